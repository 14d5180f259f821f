import { fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { toEndpoint } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

export const removeEndpoint: WriteHandler<'partners.removeEndpoint'> = async (input, ctx) => {
  const id = fromWireId('whe', input.endpointId);
  if (id === undefined) return problem('not-found');
  const row = await partnersDb(ctx.db)
    .updateTable('endpoints')
    .set({ state: 'removed' })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
  return row ? reply(200, toEndpoint(row)) : problem('not-found');
};
