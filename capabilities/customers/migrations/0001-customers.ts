import { type Kysely, sql } from 'kysely';

/** Customers and their timeline. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table customers.customers (
      id uuid primary key,
      number text not null unique,
      given_name text not null,
      family_name text not null,
      email text not null,
      phone text,
      city text not null default '',
      country text not null default '',
      locale text not null default 'en',
      state text not null check (state in ('active', 'closed')),
      since date not null,
      version bigint not null default 1
    );
    create unique index customers_email_idx on customers.customers (lower(email)) where state = 'active';
    create index customers_family_name_idx on customers.customers (family_name, given_name, id);
    create table customers.timeline (
      id uuid primary key,
      customer_id text not null,
      at timestamptz not null,
      kind text not null,
      title text not null,
      channel text,
      subject text not null,
      operation text,
      visibility text not null check (visibility in ('customer', 'staff'))
    );
    create index timeline_customer_id_at_idx on customers.timeline (customer_id, at desc, id desc);
  `.execute(db);
}
