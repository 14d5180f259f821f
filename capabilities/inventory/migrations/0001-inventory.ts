import { type Kysely, sql } from 'kysely';
import { ledgerTables } from '../../ledger/index.ts';

/** The book of stock units, and who has first call on them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await ledgerTables('inventory').up(db);
  await sql`
    create table inventory.reservations (
      id uuid primary key,
      reference text unique,
      state text not null check (state in ('held', 'confirmed', 'shipped', 'released', 'expired')),
      lines jsonb not null,
      expires_at timestamptz,
      version bigint not null default 1
    );
    create index reservations_expires_at_idx on inventory.reservations (expires_at) where state = 'held';
  `.execute(db);
}
