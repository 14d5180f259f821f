import { type Kysely, sql } from 'kysely';
import { ledgerTables } from '../../ledger/index.ts';

/** Payments, what was asked of the provider for them, the book of money, and the simulated provider. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await ledgerTables('payments').up(db);
  await sql`
    create table payments.payments (
      id uuid primary key,
      key text unique,
      customer_id text not null,
      amount_minor bigint not null check (amount_minor >= 0),
      captured_minor bigint not null default 0 check (captured_minor between 0 and amount_minor),
      refunded_minor bigint not null default 0 check (refunded_minor between 0 and captured_minor),
      currency text not null,
      method text not null,
      reference text not null,
      state text not null check (state in ('processing', 'unknown', 'authorized', 'captured', 'refunded',
        'failed', 'cancelled')),
      declined_because text,
      created_at timestamptz not null,
      version bigint not null default 1
    );
    create index payments_customer_id_created_at_idx on payments.payments (customer_id, created_at desc, id desc);
    create index payments_created_at_idx on payments.payments (created_at desc, id desc);
    create table payments.attempts (
      provider_key text primary key,
      id uuid not null unique,
      payment_id uuid not null references payments.payments (id),
      kind text not null check (kind in ('authorize', 'capture', 'refund', 'void')),
      amount_minor bigint not null check (amount_minor > 0),
      state text not null check (state in ('started', 'succeeded', 'declined')),
      at timestamptz not null
    );
    create index attempts_payment_id_idx on payments.attempts (payment_id);
    create index attempts_at_idx on payments.attempts (at) where state = 'started';
    create table payments.simulator_charge (
      key text primary key,
      kind text not null,
      payment_id uuid not null,
      amount_minor bigint not null,
      currency text not null,
      outcome text not null check (outcome in ('succeeded', 'declined', 'insufficient', 'sca')),
      answers_at timestamptz
    );
  `.execute(db);
}
