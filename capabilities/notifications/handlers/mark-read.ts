import { fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { toMessage } from '../message.ts';
import { notificationsDb } from '../tables.ts';

/** Reading twice keeps the first time. */
export const markRead: WriteHandler<'notifications.markRead'> = async (input, ctx) => {
  const id = fromWireId('msg', input.messageId);
  if (!id) return problem('not-found');
  const db = notificationsDb(ctx.db);
  const read = await db
    .updateTable('messages')
    .set({ readAt: ctx.clock.now() })
    .where('id', '=', id)
    .where('readAt', 'is', null)
    .executeTakeFirst();
  const row = await db.selectFrom('messages').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) return problem('not-found');
  if (read.numUpdatedRows === 1n)
    ctx.emit('message.read', {
      subject: input.messageId,
      customerId: row.customerId,
      data: { messageId: input.messageId },
    });
  return reply(200, toMessage(row));
};
