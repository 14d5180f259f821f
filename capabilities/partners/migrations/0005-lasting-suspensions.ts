import { type Kysely, sql } from 'kysely';

/** Suspensions of before ended after a day for tokens of other issuers; now they stand (revocation-book.ts). */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    insert into runtime.revocation (what, at, until)
      select 'ptn:' || partner_id, clock_timestamp(), timestamptz '9999-12-31 00:00:00+00' from partners.suspensions
    on conflict (what) do update set at = excluded.at, until = excluded.until`.execute(db);
}
