import { problem, reply, webhooks, type WriteHandler } from '@plinth/runtime';
import { findEndpoint } from '../endpoint.ts';
import { toEndpoint } from '../shapes.ts';
import { isShutOut } from '../tables.ts';

/** Failures of before are forgotten. Nothing is sent to whoever is shut out, whatever they wish. */
export const resumeEndpoint: WriteHandler<'partners.resumeEndpoint'> = async (input, ctx) => {
  const endpoint = await findEndpoint(ctx.db, input.endpointId);
  if (!endpoint) return problem('not-found');
  if (await isShutOut(ctx.db, endpoint.appId)) return problem('conflicting-state', { currentState: 'suspended' });
  const move = { from: ['active', 'paused', 'disabled'], to: 'active', now: ctx.clock.now() } as const;
  const target = await webhooks.moveTarget(ctx.db, endpoint.id, move);
  if (!target) return problem('conflicting-state', { currentState: endpoint.target.state });
  return reply(201, toEndpoint({ ...endpoint, target }));
};
