import { type Kysely, sql } from 'kysely';
import { ledgerTables } from '../../ledger/index.ts';

/** The book of points, what members see of it, and points held for orders under way. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await ledgerTables('loyalty').up(db);
  await sql`
    create table loyalty.movements (
      id uuid primary key,
      customer_id text not null,
      points bigint not null,
      kind text not null check (kind in ('earned', 'redeemed', 'returned', 'reversed')),
      reason text not null,
      reference text not null,
      at timestamptz not null,
      unique (kind, reference)
    );
    create index movements_customer_id_at_idx on loyalty.movements (customer_id, at desc, id desc);
    create table loyalty.redemptions (
      id uuid primary key,
      customer_id text not null,
      points bigint not null,
      state text not null check (state in ('held', 'captured', 'released')),
      reference text not null,
      hold uuid
    );
  `.execute(db);
}
