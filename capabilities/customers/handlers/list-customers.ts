import { fromWireId, pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { sql } from 'kysely';
import { toCustomer } from '../customer.ts';
import { customersDb } from '../tables.ts';

export const listCustomers: ReadHandler<'customers.listCustomers'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  const filters = { q: input.q };
  const after = readCursor(input.cursor, filters, ['text', 'text', 'id:cus']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  let query = customersDb(ctx.db)
    .selectFrom('customers')
    .selectAll()
    .orderBy('familyName')
    .orderBy('givenName')
    .orderBy('id');
  for (const word of (input.q ?? '').toLowerCase().split(/\s+/).filter(Boolean).slice(0, 6)) {
    const pattern = `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    query = query.where(
      sql<boolean>`lower(given_name || ' ' || family_name || ' ' || email || ' ' || number) like ${pattern}`,
    );
  }
  if (after) {
    const id = fromWireId('cus', String(after[2])) ?? '';
    query = query.where(sql<boolean>`(family_name, given_name, id) > (${after[0]}, ${after[1]}, ${id}::uuid)`);
  }
  const rows = await query.limit(limit + 1).execute();
  return reply(
    200,
    pageOf(rows.map(toCustomer), limit, (item) => [item.familyName, item.givenName, item.id], filters),
  );
};
