import { problem, reply, webhooks, type WriteHandler } from '@plinth/runtime';
import { findEndpoint } from '../endpoint.ts';

export const replayDeliveries: WriteHandler<'partners.replayDeliveries'> = async (input, ctx) => {
  const endpoint = await findEndpoint(ctx.db, input.endpointId);
  if (!endpoint) return problem('not-found');
  if (endpoint.target.state !== 'active') return problem('conflicting-state', { currentState: endpoint.target.state });
  const { state = 'dead', eventType, from, until } = input.body;
  const filter = { targetId: endpoint.id, state, eventType, from, until };
  const replayed = await webhooks.replayDeliveries(ctx.db, filter, ctx.clock.now());
  return reply(201, { count: replayed.length });
};
