import type { Db } from '@plinth/runtime';
import { sql } from 'kysely';

export async function up(db: Db): Promise<void> {
  await sql`
    create table tickets.attachments (
      id uuid primary key,
      ticket_id uuid not null references tickets.tickets (id),
      file_id text not null unique,
      name text not null,
      type text not null,
      size integer not null,
      kind text not null check (kind in ('customer', 'staff')),
      author text not null,
      at timestamptz not null
    );
    create index attachments_ticket_id_at_idx on tickets.attachments (ticket_id, at, id);
  `.execute(db);
}
