import { type Kysely, sql } from 'kysely';

/** Tickets and what was said in them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table tickets.tickets (
      id uuid primary key,
      number text not null unique,
      customer_id text,
      contact text,
      subject text not null,
      state text not null check (state in ('new', 'open', 'waitingCustomer', 'resolved', 'closed')),
      priority text not null check (priority in ('P1', 'P2', 'P3', 'P4')),
      channel text not null,
      assignee text,
      assignee_name text,
      about_ref text,
      conversation_id text,
      dedupe_key text,
      opened_at timestamptz not null,
      due_at timestamptz not null,
      first_reply_at timestamptz,
      version bigint not null default 1
    );
    create index tickets_customer_id_opened_at_idx on tickets.tickets (customer_id, opened_at desc, id desc);
    create index tickets_due_at_idx on tickets.tickets (due_at, id) where state not in ('resolved', 'closed');
    create unique index tickets_dedupe_key_idx on tickets.tickets (customer_id, dedupe_key) where dedupe_key is not null and state not in ('resolved', 'closed');
    create table tickets.entries (
      id text primary key,
      ticket_id uuid not null references tickets.tickets (id),
      kind text not null check (kind in ('customer', 'staff', 'assistant', 'note', 'system')),
      author text not null,
      text text not null,
      at timestamptz not null
    );
    create index entries_ticket_id_at_idx on tickets.entries (ticket_id, at, id);
  `.execute(db);
}
