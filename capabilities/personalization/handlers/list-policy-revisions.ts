import { pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { sql } from 'kysely';
import { personalizationDb } from '../tables.ts';

export const listPolicyRevisions: ReadHandler<'personalization.listPolicyRevisions'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  const after = readCursor(input.cursor, null, ['number']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  let query = personalizationDb(ctx.db)
    .selectFrom('policyRevisions')
    .select(['revision', 'publishedAt', 'publishedBy', 'note'])
    .orderBy('revision', 'desc');
  if (after) query = query.where(sql<boolean>`revision < ${after[0]}::bigint`);
  const rows = await query.limit(limit + 1).execute();
  return reply(
    200,
    pageOf(
      rows.map((row) => ({ ...row, publishedAt: row.publishedAt.toString() })),
      limit,
      (row) => [row.revision],
    ),
  );
};
