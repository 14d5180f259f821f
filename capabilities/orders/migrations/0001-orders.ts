import { workflowTables } from '@plinth/runtime';
import { type Kysely, sql } from 'kysely';

/** Orders, their cancellations, and the workflow runs that place and cancel them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table orders.orders (
      id uuid primary key,
      number text not null unique,
      key text not null unique,
      customer_id text not null,
      state text not null check (state in ('received', 'placed', 'fulfilled', 'rejected', 'cancelling', 'cancelled')),
      lines jsonb not null,
      currency text not null,
      total_minor bigint not null check (total_minor >= 0),
      points_spent bigint not null default 0 check (points_spent between 0 and total_minor),
      reservation_id text,
      payment_id text,
      redemption_id text,
      rejected_because text,
      carrier text,
      tracking_code text,
      phone_ending text not null,
      placed_at timestamptz not null,
      version bigint not null default 1
    );
    create index orders_customer_id_placed_at_idx on orders.orders (customer_id, placed_at desc, id desc);
    create index orders_placed_at_idx on orders.orders (placed_at desc, id desc);
    create table orders.cancellations (
      id uuid primary key,
      order_id uuid not null unique references orders.orders (id),
      state text not null check (state in ('requested', 'done')),
      reason text,
      requested_at timestamptz not null
    );
  `.execute(db);
  await workflowTables('orders').up(db);
}
