import { type Kysely, sql } from 'kysely';

/** Who is written to about an endpoint, and what is still to be written. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table partners.endpoints
      add column contact_email text, add column contact_language text check (contact_language in ('en', 'de'));
    -- Gone when the mail has left.
    create table partners.mail_notices (
      id uuid primary key,
      endpoint_id uuid not null references partners.endpoints (id),
      kind text not null check (kind in ('failing', 'disabled')),
      because text not null check (because in ('gone', 'failing')),
      failing_since timestamptz,
      made_at timestamptz not null,
      due_at timestamptz not null,
      tries integer not null default 0
    );
    create index mail_notices_due_at_idx on partners.mail_notices (due_at);
  `.execute(db);
}
