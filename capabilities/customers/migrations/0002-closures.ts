import { type Kysely, sql } from 'kysely';

/** When and why a customer's record was closed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table customers.customers add closed_at timestamptz, add closed_because text,
      add constraint customers_closed_check check (closed_at is null or state = 'closed')`.execute(db);
}
