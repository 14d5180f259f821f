import { type Kysely, sql } from 'kysely';

/** Partners that are shut out, and why. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table partners.suspensions (partner_id text primary key, reason text not null, since timestamptz not null)`.execute(
    db,
  );
}
