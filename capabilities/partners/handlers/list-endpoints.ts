import { pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { sql } from 'kysely';
import { withStates } from '../endpoint.ts';
import { toEndpoint } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

export const listEndpoints: ReadHandler<'partners.listEndpoints'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  const after = readCursor(input.cursor, null, ['instant', 'uuid']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  let query = partnersDb(ctx.db)
    .selectFrom('endpoints')
    .selectAll()
    .where('removedAt', 'is', null)
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc');
  if (ctx.owner !== undefined) query = query.where('partnerId', '=', ctx.owner);
  if (after) query = query.where(sql<boolean>`(created_at, id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`);
  const rows = await query.limit(limit + 1).execute();
  const page = pageOf(rows, limit, (row) => [row.createdAt.toString(), row.id]);
  return reply(200, { items: (await withStates(ctx.db, page.items)).map(toEndpoint), next: page.next });
};
