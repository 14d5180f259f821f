import { fromWireId, pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { sql } from 'kysely';
import { toConversation } from '../conversation.ts';
import { assistantDb } from '../tables.ts';

/** Latest first. */
export const listConversations: ReadHandler<'assistant.listConversations'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  const filters = { customerId: ctx.owner, control: input.control };
  const after = readCursor(input.cursor, filters, ['instant', 'id:cnv']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  let query = assistantDb(ctx.db)
    .selectFrom('conversations')
    .selectAll()
    .orderBy('startedAt', 'desc')
    .orderBy('id', 'desc');
  if (filters.customerId !== undefined) query = query.where('customerId', '=', filters.customerId);
  if (filters.control !== undefined) query = query.where('control', '=', filters.control);
  if (after) {
    const id = fromWireId('cnv', String(after[1])) ?? '';
    query = query.where(sql<boolean>`(started_at, id) < (${after[0]}::timestamptz, ${id}::uuid)`);
  }
  const rows = await query.limit(limit + 1).execute();
  return reply(
    200,
    pageOf(rows.map(toConversation), limit, (row) => [row.startedAt, row.id], filters),
  );
};
