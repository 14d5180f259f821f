import { pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { sql } from 'kysely';
import { toApp } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

export const listApps: ReadHandler<'partners.listApps'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  const after = readCursor(input.cursor, null, ['text', 'uuid']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  let query = partnersDb(ctx.db).selectFrom('apps').selectAll().orderBy('name').orderBy('id');
  if (ctx.owner !== undefined) query = query.where('partnerId', '=', ctx.owner);
  if (after) query = query.where(sql<boolean>`(name, id) > (${after[0]}, ${after[1]}::uuid)`);
  const rows = await query.limit(limit + 1).execute();
  const page = pageOf(rows, limit, (row) => [row.name, row.id]);
  return reply(200, { items: page.items.map(toApp), next: page.next });
};
