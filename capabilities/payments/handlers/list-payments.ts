import { fromWireId, pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { sql } from 'kysely';
import { toPayment } from '../payment.ts';
import { paymentsDb } from '../tables.ts';

export const listPayments: ReadHandler<'payments.listPayments'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  // A customer's list is filtered by the owner, whatever customerId says.
  const filters = {
    customerId: ctx.owner ?? input.customerId,
    state: input.state,
    reference: ctx.owner === undefined ? input.reference : undefined,
  };
  const after = readCursor(input.cursor, filters, ['instant', 'id:pay']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  let query = paymentsDb(ctx.db)
    .selectFrom('payments')
    .selectAll()
    // Marks of payments that never arrived are nobody's business.
    .where('customerId', '<>', '')
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc');
  if (filters.customerId) query = query.where('customerId', '=', filters.customerId);
  if (filters.reference) query = query.where('reference', '=', filters.reference);
  if (input.state) query = query.where('state', '=', input.state);
  if (after) {
    const id = fromWireId('pay', String(after[1])) ?? '';
    query = query.where(sql<boolean>`(created_at, id) < (${after[0]}::timestamptz, ${id}::uuid)`);
  }
  const rows = await query.limit(limit + 1).execute();
  return reply(
    200,
    pageOf(rows.map(toPayment), limit, (payment) => [payment.createdAt, payment.id], filters),
  );
};
