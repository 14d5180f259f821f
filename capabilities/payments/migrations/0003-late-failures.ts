import { type Kysely, sql } from 'kysely';

/** What counted as done may fail later; the provider's messages name what they are about by its own reference. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table payments.attempts add column theirs text;
    alter table payments.attempts drop constraint attempts_state_check;
    alter table payments.attempts add constraint attempts_state_check
      check (state in ('started', 'succeeded', 'declined', 'failed')) not valid;
  `.execute(db);
}
