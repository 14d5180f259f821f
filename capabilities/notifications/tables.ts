import { type Db, inSchema } from '@plinth/runtime';
import type { Kysely } from 'kysely';

export interface MessageRow {
  id: string;
  customerId: string;
  title: string;
  text: string;
  kind: 'service' | 'marketing' | 'urgent';
  state: 'delivered' | 'suppressed' | 'failed' | 'pending';
  suppressedBecause: string | null;
  link: string | null;
  /** Personal data; emptied when the mail has left. */
  emailAddress: string | null;
  dedupeKey: string;
  sentAt: Temporal.Instant;
  readAt: Temporal.Instant | null;
}

export function notificationsDb(db: Db): Kysely<{ messages: MessageRow }> {
  return inSchema<{ messages: MessageRow }>(db, 'notifications');
}
