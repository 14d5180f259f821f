import { reply, webhooks, type WriteHandler } from '@plinth/runtime';

/** Held by the application's wire id, which its principals carry. */
export const rotateCallbackSecret: WriteHandler<'partners.rotateCallbackSecret'> = async (input, ctx) =>
  reply(201, await webhooks.rotateSecret(ctx.db, input.appId, ctx.clock.now()));
