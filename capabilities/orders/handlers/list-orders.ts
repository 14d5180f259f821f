import { fromWireId, pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { sql } from 'kysely';
import { toOrder } from '../order.ts';
import { ordersDb } from '../tables.ts';

export const listOrders: ReadHandler<'orders.listOrders'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  // A customer's list is filtered by the owner, whatever customerId says.
  const customerId = ctx.owner ?? input.customerId;
  const filters = { customerId, state: input.state };
  const after = readCursor(input.cursor, filters, ['instant', 'id:ord']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  let query = ordersDb(ctx.db).selectFrom('orders').selectAll().orderBy('placedAt', 'desc').orderBy('id', 'desc');
  if (customerId) query = query.where('customerId', '=', customerId);
  if (input.state) query = query.where('state', '=', input.state);
  if (after) {
    const id = fromWireId('ord', String(after[1])) ?? '';
    query = query.where(sql<boolean>`(placed_at, id) < (${after[0]}::timestamptz, ${id}::uuid)`);
  }
  const rows = await query.limit(limit + 1).execute();
  return reply(
    200,
    pageOf(rows.map(toOrder), limit, (order) => [order.placedAt, order.id], filters),
  );
};
