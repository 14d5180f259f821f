import { reply, type WriteHandler } from '@plinth/runtime';
import { answerConsent } from '../consent.ts';
import { resolveMe } from '../customer.ts';

export const withdrawConsent: WriteHandler<'customers.withdrawConsent'> = async (input, ctx) =>
  reply(200, await answerConsent(ctx, resolveMe(input.customerId, ctx.principal), input.purpose, false));
