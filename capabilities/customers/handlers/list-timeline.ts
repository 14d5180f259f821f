import { pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { sql } from 'kysely';
import { resolveMe, toEntry } from '../customer.ts';
import { customersDb } from '../tables.ts';

export const listTimeline: ReadHandler<'customers.listTimeline'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  const customerId = resolveMe(input.customerId, ctx.principal);
  const after = readCursor(input.cursor, { customerId }, ['instant', 'uuid']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  let query = customersDb(ctx.db)
    .selectFrom('timeline')
    .selectAll()
    .where('customerId', '=', customerId)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc');
  const isStaff = ctx.principal.audience === 'staff' || ctx.principal.audience === 'service';
  if (!isStaff) query = query.where('visibility', '=', 'customer');
  if (after) query = query.where(sql<boolean>`(at, id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`);
  const rows = await query.limit(limit + 1).execute();
  return reply(
    200,
    pageOf(rows.map(toEntry), limit, (entry) => [entry.at, entry.id], { customerId }),
  );
};
