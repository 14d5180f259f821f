import { toWireId, type WriteContext } from '@plinth/runtime';
import type { Message } from './generated.ts';
import { type MessageRow, notificationsDb } from './tables.ts';

export interface Wish {
  customerId: string;
  title: string;
  text: string;
  kind: MessageRow['kind'];
  link?: string | undefined;
  emailAddress?: string | undefined;
  dedupeKey: string;
}

/**
 * One message per customer and key: asked again, the first one is returned. Consent is looked at now, not when the wish
 * was made. An e-mail leaves by a job after the commit.
 */
export async function deliver(ctx: WriteContext, wish: Wish): Promise<MessageRow> {
  const mayReach = wish.kind !== 'marketing' || (await ctx.consents.has(ctx.db, wish.customerId, 'marketing'));
  const row: MessageRow = {
    id: ctx.ids.uuid(),
    customerId: wish.customerId,
    title: wish.title,
    text: wish.text,
    kind: wish.kind,
    state: mayReach ? (wish.emailAddress ? 'pending' : 'delivered') : 'suppressed',
    suppressedBecause: mayReach ? null : 'no consent to offers and news',
    link: wish.link ?? null,
    emailAddress: mayReach ? (wish.emailAddress ?? null) : null,
    dedupeKey: wish.dedupeKey,
    sentAt: ctx.clock.now(),
    readAt: null,
  };
  const inserted = await notificationsDb(ctx.db)
    .insertInto('messages')
    .values(row)
    .onConflict((conflict) => conflict.columns(['customerId', 'dedupeKey']).doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows !== 1n) {
    return notificationsDb(ctx.db)
      .selectFrom('messages')
      .selectAll()
      .where('customerId', '=', wish.customerId)
      .where('dedupeKey', '=', wish.dedupeKey)
      .executeTakeFirstOrThrow();
  }
  const messageId = toWireId('msg', row.id);
  if (row.state !== 'suppressed')
    ctx.emit('message.sent', { subject: messageId, customerId: row.customerId, data: { messageId, kind: row.kind } });
  if (row.emailAddress) ctx.enqueue({ name: 'notifications.send-mail', data: { id: row.id }, key: row.id });
  return row;
}

export function toMessage(row: MessageRow): Message {
  return {
    id: toWireId('msg', row.id),
    customerId: row.customerId,
    title: row.title,
    text: row.text,
    kind: row.kind,
    state: row.state,
    ...(row.suppressedBecause ? { suppressedBecause: row.suppressedBecause } : {}),
    ...(row.link ? { link: row.link } : {}),
    sentAt: row.sentAt.toString(),
    ...(row.readAt ? { readAt: row.readAt.toString() } : {}),
  };
}
