import { fromWireId, pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { sql } from 'kysely';
import { toMessage } from '../message.ts';
import { notificationsDb } from '../tables.ts';

export const listInbox: ReadHandler<'notifications.listInbox'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  const after = readCursor(input.cursor, { owner: ctx.owner }, ['instant', 'id:msg']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  let query = notificationsDb(ctx.db)
    .selectFrom('messages')
    .selectAll()
    .where('state', '!=', 'suppressed')
    .orderBy('sentAt', 'desc')
    .orderBy('id', 'desc');
  if (ctx.owner !== undefined) query = query.where('customerId', '=', ctx.owner);
  if (after)
    query = query.where(
      sql<boolean>`(sent_at, id) < (${after[0]}::timestamptz, ${fromWireId('msg', String(after[1])) ?? ''}::uuid)`,
    );
  const rows = await query.limit(limit + 1).execute();
  return reply(
    200,
    pageOf(rows.map(toMessage), limit, (message) => [message.sentAt, message.id], { owner: ctx.owner }),
  );
};
