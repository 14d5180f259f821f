import { fromWireId, pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { sql } from 'kysely';
import { toMovement } from '../movement.ts';
import { loyaltyDb } from '../tables.ts';

export const listPointMovements: ReadHandler<'loyalty.listPointMovements'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  const customerId = input.customerId === 'me' ? (ctx.principal.customerId ?? input.customerId) : input.customerId;
  const after = readCursor(input.cursor, { customerId }, ['instant', 'id:mov']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  let query = loyaltyDb(ctx.db)
    .selectFrom('movements')
    .selectAll()
    .where('customerId', '=', customerId)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc');
  if (after)
    query = query.where(
      sql<boolean>`(at, id) < (${after[0]}::timestamptz, ${fromWireId('mov', String(after[1])) ?? ''}::uuid)`,
    );
  const rows = await query.limit(limit + 1).execute();
  return reply(
    200,
    pageOf(rows.map(toMovement), limit, (movement) => [movement.at, movement.id], { customerId }),
  );
};
