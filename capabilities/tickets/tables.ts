import { type Db, inSchema } from '@plinth/runtime';
import type { Generated, Kysely } from 'kysely';

export type TicketState = 'new' | 'open' | 'waitingCustomer' | 'resolved' | 'closed';
export type EntryKind = 'customer' | 'staff' | 'assistant' | 'note' | 'system';

export interface TicketRow {
  id: string;
  number: string;
  customerId: string | null;
  /** How to reach somebody who did not sign in. Personal data, kept as long as the ticket. */
  contact: string | null;
  subject: string;
  state: TicketState;
  priority: 'P1' | 'P2' | 'P3' | 'P4';
  channel: string;
  assignee: string | null;
  assigneeName: string | null;
  aboutRef: string | null;
  conversationId: string | null;
  /** One open ticket per customer and key. */
  dedupeKey: string | null;
  openedAt: Temporal.Instant;
  dueAt: Temporal.Instant;
  firstReplyAt: Temporal.Instant | null;
  version: bigint;
}

export interface EntryRow {
  id: string;
  ticketId: string;
  kind: EntryKind;
  author: string;
  text: string;
  at: Temporal.Instant;
}

export interface AttachmentRow {
  id: string;
  ticketId: string;
  /** In the store of files. */
  fileId: string;
  name: string;
  type: string;
  /** Bytes. */
  size: number;
  kind: 'customer' | 'staff';
  author: string;
  at: Temporal.Instant;
}

interface TicketsTables {
  tickets: Omit<TicketRow, 'version'> & { version: Generated<bigint> };
  entries: EntryRow;
  attachments: AttachmentRow;
}

export function ticketsDb(db: Db): Kysely<TicketsTables> {
  return inSchema<TicketsTables>(db, 'tickets');
}
