import { type Kysely, sql } from 'kysely';

/** What an application was sold; null = what everybody gets. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table partners.apps add column plan jsonb`.execute(db);
}
