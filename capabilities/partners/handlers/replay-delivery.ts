import { fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { toDelivery } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

/** The same delivery, tried again at once. Receivers know it by its id. */
export const replayDelivery: WriteHandler<'partners.replayDelivery'> = async (input, ctx) => {
  const id = fromWireId('dlv', input.deliveryId);
  if (id === undefined) return problem('not-found');
  const row = await partnersDb(ctx.db)
    .updateTable('deliveries')
    .set({ state: 'pending', nextAttemptAt: null })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
  if (!row) return problem('not-found');
  ctx.enqueue({ name: 'partners.deliver', data: { id: row.id } });
  return reply(201, toDelivery(row));
};
