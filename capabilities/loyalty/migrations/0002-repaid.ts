import { type Kysely, sql } from 'kysely';

/** Points that pay what a member owes have a line of their own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table loyalty.movements drop constraint movements_kind_check;
    alter table loyalty.movements add constraint movements_kind_check
      check (kind in ('earned', 'redeemed', 'returned', 'reversed', 'repaid'));
  `.execute(db);
}
