import { fromWireId, pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { sql } from 'kysely';
import { toRecord } from '../decision.ts';
import { personalizationDb } from '../tables.ts';

export const listDecisions: ReadHandler<'personalization.listDecisions'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  const filters = { customerId: input.customerId };
  const after = readCursor(input.cursor, filters, ['instant', 'id:dec']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  let query = personalizationDb(ctx.db).selectFrom('decisions').selectAll().orderBy('at', 'desc').orderBy('id', 'desc');
  if (input.customerId) query = query.where('customerId', '=', input.customerId);
  if (after)
    query = query.where(
      sql<boolean>`(at, id) < (${after[0]}::timestamptz, ${fromWireId('dec', String(after[1])) ?? ''}::uuid)`,
    );
  const rows = await query.limit(limit + 1).execute();
  return reply(
    200,
    pageOf(
      rows.map((row) => toRecord(row, true)),
      limit,
      (record) => [record.at, record.id],
      filters,
    ),
  );
};
