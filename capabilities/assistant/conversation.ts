// Rows of a conversation: find, append, show. Appending takes the row's lock, so sequences have no gaps.

import { plainText } from '@plinth/conversation';
import { fromWireId, type Db, toWireId, type WriteContext } from '@plinth/runtime';
import { sql } from 'kysely';
import type { Control, Conversation, ConversationDetail, Message, Part } from './generated.ts';
import { assistantDb, type ConversationRow, type MessageRow } from './tables.ts';

export const shownMessages = 200;
const longestPreview = 200;

export async function findConversation(db: Db, wireId: string): Promise<ConversationRow | undefined> {
  const id = fromWireId('cnv', wireId);
  if (id === undefined) return undefined;
  return assistantDb(db).selectFrom('conversations').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The latest 200 messages, oldest first. */
export async function messagesOf(db: Db, id: string): Promise<MessageRow[]> {
  const rows = await assistantDb(db)
    .selectFrom('messages')
    .selectAll()
    .where('conversationId', '=', id)
    .orderBy('sequence', 'desc')
    .limit(shownMessages)
    .execute();
  return rows.toReversed();
}

export interface NewMessage {
  author: Message['author'];
  parts: readonly Part[];
  id?: string;
  name?: string | null;
  turnKey?: string;
}

/** Adds a message and tells it. An id or key that is there already is the same message: nothing changes. */
export async function appendMessage(
  ctx: WriteContext,
  conversation: ConversationRow,
  message: NewMessage,
): Promise<MessageRow> {
  const db = assistantDb(ctx.db);
  const { turnSeq } = await db
    .updateTable('conversations')
    .set({ turnSeq: sql<bigint>`turn_seq + 1` })
    .where('id', '=', conversation.id)
    .returning('turnSeq')
    .executeTakeFirstOrThrow();
  const known = await findTwin(ctx.db, conversation.id, message);
  if (known !== undefined) {
    await db
      .updateTable('conversations')
      .set({ turnSeq: sql<bigint>`turn_seq - 1` })
      .where('id', '=', conversation.id)
      .execute();
    return known;
  }
  const row: MessageRow = {
    id: message.id ?? ctx.ids.of('trn'),
    conversationId: conversation.id,
    sequence: turnSeq,
    author: message.author,
    name: message.name ?? null,
    parts: [...message.parts],
    at: ctx.clock.now(),
    turnKey: message.turnKey ?? null,
  };
  await db
    .insertInto('messages')
    .values({ ...row, parts: JSON.stringify(row.parts) as unknown as Part[] })
    .execute();
  const said = plainText(row.parts);
  await db
    .updateTable('conversations')
    .set({ lastText: said.slice(0, longestPreview) })
    .where('id', '=', conversation.id)
    .execute();
  const conversationId = toWireId('cnv', conversation.id);
  ctx.emit('turn.posted', {
    subject: conversationId,
    customerId: conversation.customerId,
    data: {
      conversationId,
      messageId: row.id,
      sequence: Number(row.sequence),
      author: row.author,
      control: conversation.control,
      text: said.slice(0, 4000),
      ...(row.name === null ? {} : { name: row.name }),
      ...(conversation.ticketId === null ? {} : { ticketId: conversation.ticketId }),
    },
  });
  return row;
}

async function findTwin(db: Db, conversationId: string, message: NewMessage): Promise<MessageRow | undefined> {
  const { id, turnKey } = message;
  if (id === undefined && turnKey === undefined) return undefined;
  const query = assistantDb(db).selectFrom('messages').selectAll().where('conversationId', '=', conversationId);
  return (
    id === undefined ? query.where('turnKey', '=', turnKey ?? '') : query.where('id', '=', id)
  ).executeTakeFirst();
}

/** Gives the word to somebody else and tells it; the assistant's words under way no longer commit. */
export async function changeControl(
  ctx: WriteContext,
  conversation: ConversationRow,
  control: Control,
  change: { staffName?: string | null; ticketId?: string } = {},
): Promise<ConversationRow> {
  const row = await assistantDb(ctx.db)
    .updateTable('conversations')
    .set({ ...change, control, version: sql<bigint>`version + 1` })
    .where('id', '=', conversation.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const conversationId = toWireId('cnv', row.id);
  ctx.emit('control.changed', {
    subject: conversationId,
    customerId: row.customerId,
    data: { conversationId, control, ...(row.staffName === null ? {} : { staffName: row.staffName }) },
  });
  return row;
}

export function toConversation(row: ConversationRow): Conversation {
  return {
    id: toWireId('cnv', row.id),
    customerId: row.customerId,
    control: row.control,
    ...(row.staffName === null ? {} : { staffName: row.staffName }),
    ...(row.ticketId === null ? {} : { ticketId: row.ticketId }),
    channel: row.channel,
    startedAt: row.startedAt.toString(),
    lastText: row.lastText,
    version: Number(row.version),
  };
}

export function toMessage(row: MessageRow): Message {
  return {
    id: row.id,
    sequence: Number(row.sequence),
    author: row.author,
    ...(row.name === null ? {} : { name: row.name }),
    parts: row.parts,
    at: row.at.toString(),
  };
}

export async function detailOf(db: Db, row: ConversationRow): Promise<ConversationDetail> {
  return { ...toConversation(row), messages: (await messagesOf(db, row.id)).map(toMessage) };
}
