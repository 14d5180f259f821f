import { problem, reply, webhooks, type WriteHandler } from '@plinth/runtime';
import { contactColumns, findEndpoint } from '../endpoint.ts';
import { toEndpoint } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

export const removeEndpoint: WriteHandler<'partners.removeEndpoint'> = async (input, ctx) => {
  const endpoint = await findEndpoint(ctx.db, input.endpointId);
  if (!endpoint) return problem('not-found');
  const now = ctx.clock.now();
  await partnersDb(ctx.db)
    .updateTable('endpoints')
    .set({ removedAt: now, ...contactColumns(null) })
    .where('id', '=', endpoint.id)
    .execute();
  const target = await webhooks.moveTarget(ctx.db, endpoint.id, {
    from: ['active', 'paused', 'disabled'],
    to: 'removed',
    now,
  });
  return target ? reply(200, toEndpoint({ ...endpoint, ...contactColumns(null), target })) : problem('not-found');
};
