import { type Kysely, sql } from 'kysely';
import { ledgerTables } from '../../ledger/index.ts';

/** The book, and what the bank says about its accounts, transfers and transactions. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await ledgerTables('accounts').up(db);
  await sql`
    create sequence accounts.account_serial;
    create table accounts.accounts (
      id uuid primary key references accounts.ledger_account (id),
      number text not null unique,
      key text not null unique,
      customer_id text not null,
      holder_name text not null,
      name text not null,
      product text not null check (product in ('everyday', 'savings')),
      currency text not null,
      overdraft_minor bigint not null check (overdraft_minor >= 0),
      state text not null check (state in ('active', 'frozen', 'closed')),
      frozen_by text check (frozen_by in ('customer', 'bank')),
      frozen_because text,
      opened_at timestamptz not null,
      version bigint not null default 1,
      check ((state = 'frozen') = (frozen_by is not null))
    );
    create index accounts_customer_id_opened_at_idx on accounts.accounts (customer_id, opened_at, id);
    create index accounts_opened_at_idx on accounts.accounts (opened_at, id);
    create table accounts.transfers (
      id uuid primary key,
      customer_id text not null,
      reference text not null,
      from_account uuid not null references accounts.accounts (id),
      to_account uuid not null references accounts.accounts (id),
      to_number text not null,
      payee_name text not null,
      amount_minor bigint not null check (amount_minor > 0),
      fee_minor bigint not null check (fee_minor >= 0),
      currency text not null,
      text text not null,
      posting uuid not null unique references accounts.ledger_posting (id),
      posted_at timestamptz not null,
      unique (customer_id, reference)
    );
    create table accounts.transactions (
      account uuid not null references accounts.accounts (id),
      seq bigint not null,
      id uuid not null unique,
      posting uuid not null,
      kind text not null check (kind in ('transfer', 'card', 'salary', 'fee', 'deposit')),
      amount_minor bigint not null,
      after_minor bigint not null,
      counterparty text not null,
      text text not null,
      transfer_id uuid,
      booked_at timestamptz not null,
      value_date date not null,
      primary key (account, seq)
    );
  `.execute(db);
}
