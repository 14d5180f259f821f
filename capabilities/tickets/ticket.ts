import {
  checkedNumber,
  type Db,
  fromWireId,
  type Principal,
  toWireId,
  type Tx,
  type WriteContext,
} from '@plinth/runtime';
import { sql } from 'kysely';
import type { Entry, Ticket } from './generated.ts';
import { type EntryKind, type EntryRow, type TicketRow, ticketsDb, type TicketState } from './tables.ts';

export type Move = 'assign' | 'reply' | 'customerReply' | 'resolve' | 'reopen' | 'close';

/** From which states a move may be made and where it leads. */
const moves: Readonly<Record<Move, { from: readonly TicketState[]; to: TicketState }>> = {
  assign: { from: ['new', 'open', 'waitingCustomer'], to: 'open' },
  reply: { from: ['new', 'open', 'waitingCustomer'], to: 'waitingCustomer' },
  customerReply: { from: ['new', 'open', 'waitingCustomer', 'resolved'], to: 'open' },
  resolve: { from: ['new', 'open', 'waitingCustomer'], to: 'resolved' },
  reopen: { from: ['resolved'], to: 'open' },
  close: { from: ['resolved'], to: 'closed' },
};

export function mayMove(state: TicketState, move: Move): boolean {
  return moves[move].from.includes(state);
}

/** Hours until the first answer is promised. */
const promiseHours: Readonly<Record<TicketRow['priority'], number>> = { P1: 1, P2: 4, P3: 8, P4: 24 };

/** Complaints and money first; people who ask how something works can wait a little. */
export function priorityOf(subject: string, text: string): TicketRow['priority'] {
  const words = `${subject} ${text}`.toLowerCase();
  if (/\b(fraud|stolen|hacked|unauthori[sz]ed)\b/.test(words)) return 'P1';
  if (/\b(charged twice|refund|wrong amount|complain|complaint|broken|does not work|not working)\b/.test(words))
    return 'P2';
  return 'P3';
}

export function dueAt(openedAt: Temporal.Instant, priority: TicketRow['priority']): Temporal.Instant {
  return openedAt.add({ hours: promiseHours[priority] });
}

export interface NewTicketRow {
  customerId: string | null;
  contact?: string | null;
  subject: string;
  text: string;
  kind: EntryKind;
  author: string;
  aboutRef?: string | null;
  conversationId?: string | null;
  dedupeKey?: string | null;
}

/** Opens a ticket with its first entry. With a dedupe key, an open one of the customer gets the entry instead. */
export async function openTicketRow(ctx: WriteContext, wish: NewTicketRow): Promise<TicketRow> {
  const now = ctx.clock.now();
  const id = ctx.ids.uuid();
  const wireId = toWireId('tkt', id);
  const priority = priorityOf(wish.subject, wish.text);
  const inserted = await ticketsDb(ctx.db)
    .insertInto('tickets')
    .values({
      id,
      number: checkedNumber('REQ', wireId),
      customerId: wish.customerId,
      contact: wish.contact ?? null,
      subject: wish.subject,
      state: 'new',
      priority,
      channel: ctx.principal.channel,
      assignee: null,
      assigneeName: null,
      aboutRef: wish.aboutRef ?? null,
      conversationId: wish.conversationId ?? null,
      dedupeKey: wish.dedupeKey ?? null,
      openedAt: now,
      dueAt: dueAt(now, priority),
      firstReplyAt: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  const ticket = inserted ?? (await findOpenDuplicate(ctx.db, wish));
  await addEntry(ctx, ticket.id, { kind: wish.kind, author: wish.author, text: wish.text });
  if (inserted)
    ctx.emit('ticket.opened', { subject: wireId, customerId: wish.customerId ?? undefined, data: toTicket(ticket) });
  return ticket;
}

async function findOpenDuplicate(db: Db, wish: NewTicketRow): Promise<TicketRow> {
  return ticketsDb(db)
    .selectFrom('tickets')
    .selectAll()
    .where('customerId', '=', wish.customerId)
    .where('dedupeKey', '=', wish.dedupeKey ?? null)
    .where('state', 'not in', ['resolved', 'closed'])
    .executeTakeFirstOrThrow();
}

/** Adds what was said. An id that is there already is the same message: nothing changes, and it says so. */
export async function addEntry(
  ctx: WriteContext,
  ticketId: string,
  entry: { id?: string; kind: EntryKind; author: string; text: string; at?: Temporal.Instant },
): Promise<{ row: EntryRow; isNew: boolean }> {
  const row: EntryRow = {
    id: entry.id ?? ctx.ids.of('ent'),
    ticketId,
    kind: entry.kind,
    author: entry.author,
    text: entry.text,
    at: entry.at ?? ctx.clock.now(),
  };
  const inserted = await ticketsDb(ctx.db)
    .insertInto('entries')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return { row, isNew: inserted.numInsertedOrUpdatedRows === 1n };
}

export async function findTicket(db: Db, wireId: string): Promise<TicketRow | undefined> {
  const id = fromWireId('tkt', wireId);
  if (!id) return undefined;
  return ticketsDb(db).selectFrom('tickets').selectAll().where('id', '=', id).executeTakeFirst();
}

/** As it is until the transaction ends. */
export async function lockTicket(tx: Tx, wireId: string): Promise<TicketRow | undefined> {
  const id = fromWireId('tkt', wireId);
  if (!id) return undefined;
  return ticketsDb(tx).selectFrom('tickets').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

/** One conditional update; undefined when the state does not allow the move. */
export async function moveTicket(
  tx: Tx,
  id: string,
  move: Move,
  change: Partial<Pick<TicketRow, 'assignee' | 'assigneeName' | 'firstReplyAt'>> = {},
): Promise<TicketRow | undefined> {
  return ticketsDb(tx)
    .updateTable('tickets')
    .set({ ...change, state: moves[move].to, version: sql`version + 1` })
    .where('id', '=', id)
    .where('state', 'in', [...moves[move].from])
    .returningAll()
    .executeTakeFirst();
}

/** Who speaks: name and kind of entry follow from the caller. */
export function speaker(principal: Principal): { kind: 'customer' | 'staff'; author: string } {
  const isStaff = principal.audience === 'staff' || principal.audience === 'service';
  return { kind: isStaff ? 'staff' : 'customer', author: principal.name ?? (isStaff ? 'Support' : 'Customer') };
}

export function toTicket(row: TicketRow): Ticket {
  return {
    id: toWireId('tkt', row.id),
    number: row.number,
    ...(row.customerId ? { customerId: row.customerId } : {}),
    subject: row.subject,
    state: row.state,
    priority: row.priority,
    channel: row.channel,
    ...(row.assignee ? { assignee: row.assignee } : {}),
    ...(row.assigneeName ? { assigneeName: row.assigneeName } : {}),
    ...(row.aboutRef ? { aboutRef: row.aboutRef } : {}),
    ...(row.conversationId ? { conversationId: row.conversationId } : {}),
    openedAt: row.openedAt.toString(),
    dueAt: row.dueAt.toString(),
    ...(row.firstReplyAt ? { firstReplyAt: row.firstReplyAt.toString() } : {}),
    version: Number(row.version),
  };
}

export function toEntry(row: EntryRow): Entry {
  return { id: row.id, kind: row.kind, author: row.author, text: row.text, at: row.at.toString() };
}
