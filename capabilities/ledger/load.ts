// A book filled at once: the same arithmetic in memory, then few large inserts into empty tables. For seeds only.

import { type Tx, worldId, fromWireId } from '@plinth/runtime';
import { assert } from '@plinth/runtime/kernel';
import { type RawBuilder, sql } from 'kysely';
import type { NewAccount, Posting } from './book.ts';
import { type LedgerAccount, planPosting, type PostingLine } from './posting.ts';

export interface LedgerLoad {
  /** Adds an account; a code that is there already is left as it is. Its id follows from its code. */
  account(account: NewAccount): void;
  /** Posts in memory. Postings must come in the order of their booking times. Returns the posting's id. */
  post(posting: Posting & { bookedAt: Temporal.Instant }): string;
  hold(hold: { id: string; account: string; amount: bigint; reference: string }): void;
  balance(code: string): LedgerAccount;
  /** Writes everything. */
  flush(tx: Tx): Promise<void>;
}

interface LoadedPosting {
  id: string;
  kind: string;
  reference: string;
  bookedAt: string;
  valueDate: string;
}

/** Rows of one insert: keeps single statements below a few megabytes. */
const batch = 5000;

/** A book of `schema` to be filled; ids are deterministic. */
export function createLoad(schema: string): LedgerLoad {
  const accounts = new Map<string, LedgerAccount>();
  const postings: LoadedPosting[] = [];
  const lines: (PostingLine & { posting: string })[] = [];
  const holds: { id: string; account: string; amount: bigint; reference: string }[] = [];
  const idOf = (words: string): string => fromWireId('led', worldId('led', schema, words)) as string;
  return {
    account({ id, code, unit, floor, bottom = null, rank = 0 }) {
      if (accounts.has(code)) return;
      accounts.set(code, {
        id: id ?? idOf(`account/${code}`),
        code,
        unit,
        floor,
        bottom,
        posted: 0n,
        held: 0n,
        seq: 0n,
        rank,
        status: 'open',
        lastBookedAt: null,
      });
    },
    post({ kind, reference, valueDate, bookedAt, moves }) {
      const plan = planPosting(accounts, moves);
      assert(plan.ok, `the world's posting ${kind} ${reference} is possible`);
      const id = idOf(`posting/${kind}/${reference}`);
      for (const { seqBefore: _, ...row } of plan.value.accounts) {
        accounts.set(row.code, { ...row, lastBookedAt: bookedAt });
      }
      for (const line of plan.value.lines) lines.push({ ...line, posting: id });
      const at = bookedAt.toString();
      postings.push({ id, kind, reference, bookedAt: at, valueDate: valueDate?.toString() ?? at.slice(0, 10) });
      return id;
    },
    hold(hold) {
      const row = accounts.get(hold.account);
      assert(row, 'a hold has an account');
      row.held += hold.amount;
      holds.push({ ...hold, account: row.id });
    },
    balance(code) {
      const row = accounts.get(code);
      assert(row, `there is an account ${code}`);
      return row;
    },
    flush: (tx) => write(tx, schema, { accounts: [...accounts.values()], postings, lines, holds }),
  };
}

interface Loaded {
  accounts: LedgerAccount[];
  postings: LoadedPosting[];
  lines: (PostingLine & { posting: string })[];
  holds: { id: string; account: string; amount: bigint; reference: string }[];
}

async function write(tx: Tx, schema: string, { accounts, postings, lines, holds }: Loaded): Promise<void> {
  await load(tx, `${schema}.ledger_account`, accounts, {
    id: ['uuid', (row) => row.id],
    code: ['text', (row) => row.code],
    unit: ['text', (row) => row.unit],
    floor: ['bigint', (row) => row.floor],
    bottom: ['bigint', (row) => row.bottom],
    posted: ['bigint', (row) => row.posted],
    held: ['bigint', (row) => row.held],
    seq: ['bigint', (row) => row.seq],
    last_booked_at: ['timestamptz', (row) => row.lastBookedAt?.toString() ?? null],
    rank: ['smallint', (row) => row.rank],
  });
  await load(tx, `${schema}.ledger_posting`, postings, {
    id: ['uuid', (row) => row.id],
    kind: ['text', (row) => row.kind],
    reference: ['text', (row) => row.reference],
    booked_at: ['timestamptz', (row) => row.bookedAt],
    value_date: ['date', (row) => row.valueDate],
    actor: ['text', () => 'world'],
  });
  await load(tx, `${schema}.ledger_move`, lines, {
    posting: ['uuid', (row) => row.posting],
    line: ['smallint', (row) => row.line],
    unit: ['text', (row) => row.unit],
    src: ['uuid', (row) => row.src],
    dst: ['uuid', (row) => row.dst],
    amount: ['bigint', (row) => row.amount],
    src_seq: ['bigint', (row) => row.srcSeq],
    dst_seq: ['bigint', (row) => row.dstSeq],
    src_after: ['bigint', (row) => row.srcAfter],
    dst_after: ['bigint', (row) => row.dstAfter],
  });
  await load(tx, `${schema}.ledger_hold`, holds, {
    id: ['uuid', (row) => row.id],
    account: ['uuid', (row) => row.account],
    reference: ['text', (row) => row.reference],
    amount: ['bigint', (row) => row.amount],
    remaining: ['bigint', (row) => row.amount],
    state: ['text', () => 'open'],
  });
}

/** Columns as arrays: one parameter a column, whatever the number of rows. */
export async function load<Row>(
  tx: Tx,
  table: string,
  rows: readonly Row[],
  columns: Readonly<Record<string, readonly [type: string, of: (row: Row) => string | number | bigint | null]>>,
): Promise<void> {
  const names = Object.keys(columns);
  for (let from = 0; from < rows.length; from += batch) {
    const part = rows.slice(from, from + batch);
    const arrays: RawBuilder<unknown>[] = Object.values(columns).map(([type, of]) => {
      const values = part.map((row) => {
        const value = of(row);
        return value === null ? null : String(value);
      });
      return sql`${values}::${sql.raw(type)}[]`;
    });
    await sql`
      insert into ${sql.table(table)} (${sql.join(names.map((name) => sql.id(name)))})
      select * from unnest(${sql.join(arrays)})`.execute(tx);
  }
}
