// The tables of a book. Each capability that keeps one has them in its own schema.

import type { Db, Migration } from '@plinth/runtime';
import { sql } from 'kysely';

export type HoldState = 'open' | 'captured' | 'released' | 'expired';

export interface HoldRow {
  id: string;
  account: string;
  reference: string;
  amount: bigint;
  /** What is still promised; 0 when the hold has ended. */
  remaining: bigint;
  state: HoldState;
  /** null = until it is resolved. */
  expiresAt: Temporal.Instant | null;
}

/** A migration that makes accounts, postings, moves and holds. Postings and moves can never be changed or deleted. */
export function ledgerTables(schema: string): Migration {
  return {
    async up(db: Db) {
      await sql.raw(ddl(schema)).execute(db);
    },
  };
}

const ddl = (schema: string): string => `
  create table ${schema}.ledger_account (
    id uuid primary key,
    code text not null unique,
    unit text not null,
    floor bigint,
    bottom bigint,
    posted bigint not null default 0,
    held bigint not null default 0 check (held >= 0),
    seq bigint not null default 0,
    last_booked_at timestamptz,
    rank smallint not null default 0,
    status text not null default 'open' check (status in ('open', 'frozen', 'closed')),
    unique (id, unit),
    check (floor is null or posted - held >= floor),
    check (bottom is null or posted >= bottom)
  );
  create table ${schema}.ledger_posting (
    id uuid primary key,
    kind text not null,
    reference text not null,
    reverses uuid unique references ${schema}.ledger_posting (id),
    booked_at timestamptz not null,
    value_date date not null,
    actor text not null,
    unique (kind, reference)
  );
  create table ${schema}.ledger_move (
    posting uuid not null references ${schema}.ledger_posting (id),
    line smallint not null,
    unit text not null,
    src uuid not null,
    dst uuid not null check (src <> dst),
    amount bigint not null check (amount > 0),
    src_seq bigint not null,
    dst_seq bigint not null,
    src_after bigint not null,
    dst_after bigint not null,
    primary key (posting, line),
    unique (src, src_seq),
    unique (dst, dst_seq),
    foreign key (src, unit) references ${schema}.ledger_account (id, unit),
    foreign key (dst, unit) references ${schema}.ledger_account (id, unit)
  );
  create table ${schema}.ledger_hold (
    id uuid primary key,
    account uuid not null references ${schema}.ledger_account (id),
    reference text not null unique,
    amount bigint not null check (amount > 0),
    remaining bigint not null check (remaining between 0 and amount),
    state text not null check (state in ('open', 'captured', 'released', 'expired')),
    expires_at timestamptz,
    check (state = 'open' or remaining = 0)
  );
  create index ledger_hold_account_idx on ${schema}.ledger_hold (account) where state = 'open';
  create index ledger_hold_expires_at_idx on ${schema}.ledger_hold (expires_at) where state = 'open';
  create function ${schema}.ledger_is_immutable() returns trigger language plpgsql as $$
    begin
      raise exception 'postings and moves are never changed: reverse them' using errcode = 'restrict_violation';
    end $$;
  create trigger ledger_posting_immutable before update or delete or truncate on ${schema}.ledger_posting
    for each statement execute function ${schema}.ledger_is_immutable();
  create trigger ledger_move_immutable before update or delete or truncate on ${schema}.ledger_move
    for each statement execute function ${schema}.ledger_is_immutable();
`;
