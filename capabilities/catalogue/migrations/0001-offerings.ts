import { type Kysely, sql } from 'kysely';

/** Goods and their prices. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table catalogue.offerings (
      id uuid primary key,
      sku text not null unique,
      name text not null,
      category text not null,
      description text not null default '',
      state text not null check (state in ('launched', 'retired')),
      version bigint not null default 1
    );
    create index offerings_name_idx on catalogue.offerings (name, id);
    create table catalogue.prices (
      sku text not null references catalogue.offerings (sku),
      amount bigint not null check (amount >= 0),
      currency text not null check (currency ~ '^[A-Z]{3}$'),
      starts_at timestamptz not null,
      primary key (sku, starts_at)
    );
  `.execute(db);
}
