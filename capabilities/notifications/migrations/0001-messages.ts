import { type Kysely, sql } from 'kysely';

/** Messages to customers: inbox, and e-mail where asked. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table notifications.messages (
      id uuid primary key,
      customer_id text not null,
      title text not null,
      text text not null,
      kind text not null check (kind in ('service', 'marketing', 'urgent')),
      state text not null check (state in ('delivered', 'suppressed', 'failed', 'pending')),
      suppressed_because text,
      link text,
      email_address text,
      dedupe_key text not null,
      sent_at timestamptz not null,
      read_at timestamptz,
      unique (customer_id, dedupe_key)
    );
    create index messages_customer_id_sent_at_idx on notifications.messages (customer_id, sent_at desc, id desc);
  `.execute(db);
}
