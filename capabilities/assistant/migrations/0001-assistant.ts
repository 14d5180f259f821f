import { type Kysely, sql } from 'kysely';

/** Conversations with their dialogue state, and every message. Texts are personal data. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table assistant.conversations (
      id uuid primary key,
      customer_id text not null,
      start_key text not null unique,
      control text not null check (control in ('assistant', 'waiting', 'staff', 'ended')),
      staff_name text,
      ticket_id text,
      channel text not null,
      started_at timestamptz not null,
      last_text text not null,
      state jsonb not null,
      -- Sequence of the latest message.
      turn_seq bigint not null default 0,
      -- Grows when the state or the control changes: the assistant's words commit only on the version they were made for.
      version bigint not null default 1
    );
    create index conversations_customer_id_started_at_idx on assistant.conversations (customer_id, started_at desc, id desc);
    create index conversations_control_started_at_idx on assistant.conversations (control, started_at desc, id desc);
    create table assistant.messages (
      id text primary key,
      conversation_id uuid not null references assistant.conversations (id),
      sequence bigint not null,
      author text not null check (author in ('customer', 'assistant', 'staff', 'system')),
      name text,
      parts jsonb not null,
      at timestamptz not null,
      -- Key of the request that brought it: a repetition is the same message.
      turn_key text,
      unique (conversation_id, sequence),
      unique (conversation_id, turn_key)
    );
  `.execute(db);
}
