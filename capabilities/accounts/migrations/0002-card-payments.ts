import { type Kysely, sql } from 'kysely';

/** Which account a card payment came from, so that what is given back goes there again. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table accounts.card_bookings (
      moved_id text primary key,
      payment_id text not null,
      account uuid not null references accounts.accounts (id),
      posting uuid not null unique references accounts.ledger_posting (id),
      amount_minor bigint not null
    );
    create index card_bookings_payment_id_idx on accounts.card_bookings (payment_id);
  `.execute(db);
}
