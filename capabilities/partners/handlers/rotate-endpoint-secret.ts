import { problem, reply, webhooks, type WriteHandler } from '@plinth/runtime';
import { findEndpoint } from '../endpoint.ts';

export const rotateEndpointSecret: WriteHandler<'partners.rotateEndpointSecret'> = async (input, ctx) => {
  const endpoint = await findEndpoint(ctx.db, input.endpointId);
  if (!endpoint) return problem('not-found');
  return reply(201, await webhooks.rotateSecret(ctx.db, endpoint.id, ctx.clock.now()));
};
