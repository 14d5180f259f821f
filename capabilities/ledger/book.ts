// A book: the ledger of one capability, in its own schema. Whatever may not be spent twice is an account with a floor.
// Every function works inside the caller's transaction and changes nothing when it fails. Call it last: the locks on
// accounts live until the commit.

import type { Db, WriteContext } from '@plinth/runtime';
import { sql } from 'kysely';
import { createHolds, type HoldFailure, type HoldOrder, type HoldPart } from './holds.ts';
import {
  available,
  type LedgerAccount,
  type LedgerFailure,
  type Move,
  planPosting,
  type PostingPlan,
} from './posting.ts';
import { insertPosting, lockAccounts, readAccounts, type Table, updateAccounts } from './rows.ts';
import type { HoldRow } from './tables.ts';

/** What a book needs of the caller's context; a WriteContext has it. */
export type BookContext = Pick<WriteContext, 'db' | 'clock' | 'ids' | 'principal'>;

export interface NewAccount {
  /** Made up by the caller when accounts are known elsewhere by id. */
  id?: string;
  code: string;
  unit: string;
  /** Least `posted - held`; null = without. */
  floor: bigint | null;
  /** Least `posted`; null = without (default). */
  bottom?: bigint | null;
  /** 0, or 1 for accounts that everybody needs: they are locked last. */
  rank?: number;
}

export interface Posting {
  /** With `reference` unique: the same posting twice is one. At most 40 characters. */
  kind: string;
  reference: string;
  /** Day of effect; today (UTC) when absent. */
  valueDate?: Temporal.PlainDate;
  /** 1..1,000. */
  moves: readonly Move[];
}

/** `isNew` = false: kind and reference were posted before, and nothing happened now. */
export type Posted = { ok: true; isNew: boolean; id: string; plan: PostingPlan };

export interface Balance {
  posted: bigint;
  held: bigint;
  /** undefined for accounts without a floor. */
  available: bigint | undefined;
  status: LedgerAccount['status'];
}

export interface Book {
  /** Makes accounts that are not there yet. */
  ensure(ctx: Pick<BookContext, 'db' | 'ids'>, accounts: readonly NewAccount[]): Promise<void>;
  /** Locks accounts ahead, when one transaction will do several things: one order for all of them. */
  lock(ctx: Pick<BookContext, 'db'>, codes: readonly string[]): Promise<ReadonlyMap<string, LedgerAccount>>;
  /** Moves amounts, all or none. Three statements for any number of moves. */
  post(ctx: BookContext, posting: Posting): Promise<Posted | LedgerFailure>;
  /** The mirror image of a posting, once. */
  reverse(ctx: BookContext, posting: { id: string; reference: string }): Promise<Posted | LedgerFailure>;
  /** Promises amounts, all or none. */
  hold(
    ctx: BookContext,
    order: { holds: readonly HoldOrder[]; expiresAt: Temporal.Instant | null },
  ): Promise<{ ok: true; ids: string[] } | LedgerFailure>;
  /** Turns promises into a posting: the captured part moves, the rest is free again. */
  capture(
    ctx: BookContext,
    order: Pick<Posting, 'kind' | 'reference' | 'valueDate'> & { holds: readonly HoldPart[] },
  ): Promise<Posted | LedgerFailure | HoldFailure>;
  /** Frees what is promised. */
  release(ctx: BookContext, ids: readonly string[], as?: 'released' | 'expired'): Promise<{ ok: true } | HoldFailure>;
  /** Promises that expire no longer. */
  keep(ctx: BookContext, ids: readonly string[]): Promise<{ ok: true } | HoldFailure>;
  /** Frees promises whose time is over, at most `limit` (500); returns them. */
  expireHolds(ctx: BookContext, limit?: number): Promise<HoldRow[]>;
  /** Without a lock: for showing, never for deciding. */
  balance(db: Db, codes: readonly string[]): Promise<Map<string, Balance>>;
  /** Freezes, opens again or closes an account. */
  setStatus(ctx: Pick<BookContext, 'db'>, code: string, status: LedgerAccount['status']): Promise<void>;
}

/** The book in `schema`, whose tables `ledgerTables(schema)` made. */
export function createBook(schema: string): Book {
  const table: Table = (name) => sql.table(`${schema}.${name}`);
  const post = async (ctx: BookContext, posting: Posting, reverses: string | null = null) => {
    const accounts = await lockAccounts(ctx.db, table, codesOf(posting.moves));
    const plan = planPosting(accounts, posting.moves);
    if (!plan.ok) return (await postedBefore(ctx.db, table, posting)) ?? plan;
    return write(ctx, { table, posting, plan: plan.value, reverses });
  };
  return {
    async ensure(ctx, accounts) {
      const rows = accounts.toSorted((a, b) => (a.code < b.code ? -1 : 1));
      const floors = rows.map(({ floor }) => (floor === null ? null : String(floor)));
      const bottoms = rows.map(({ bottom = null }) => (bottom === null ? null : String(bottom)));
      await sql`
        insert into ${table('ledger_account')} (id, code, unit, floor, bottom, rank)
        select * from unnest(${rows.map((row) => row.id ?? ctx.ids.uuid())}::uuid[],
          ${rows.map((row) => row.code)}::text[], ${rows.map((row) => row.unit)}::text[],
          ${floors}::bigint[], ${bottoms}::bigint[], ${rows.map((row) => row.rank ?? 0)}::smallint[])
        on conflict (code) do nothing`.execute(ctx.db);
    },
    lock: (ctx, codes) => lockAccounts(ctx.db, table, codes),
    post: (ctx, posting) => post(ctx, posting),
    async reverse(ctx, { id, reference }) {
      const { rows } = await sql<{ from: string; to: string; amount: bigint }>`
        select d.code as from, s.code as to, m.amount from ${table('ledger_move')} m
        join ${table('ledger_account')} s on s.id = m.src join ${table('ledger_account')} d on d.id = m.dst
        where m.posting = ${id} order by m.line`.execute(ctx.db);
      return post(ctx, { kind: 'reversal', reference, moves: rows }, id);
    },
    ...createHolds(table, (ctx, posting, plan) => write(ctx, { table, posting, plan, reverses: null })),
    async balance(db, codes) {
      const rows = await readAccounts(db, table, codes);
      return new Map(
        [...rows].map(([code, row]) => [
          code,
          { posted: row.posted, held: row.held, available: available(row), status: row.status },
        ]),
      );
    },
    async setStatus(ctx, code, status) {
      await sql`update ${table('ledger_account')} set status = ${status} where code = ${code}`.execute(ctx.db);
    },
  };
}

/** Writes the posting first, for it tells whether it is new; then the balances. */
async function write(
  ctx: BookContext,
  work: { table: Table; posting: Omit<Posting, 'moves'>; plan: PostingPlan; reverses: string | null },
): Promise<Posted> {
  const { table, posting, plan, reverses } = work;
  const bookedAt = latest(ctx.clock.now(), plan);
  const id = ctx.ids.uuid();
  const row = {
    id,
    kind: posting.kind,
    reference: posting.reference,
    reverses,
    bookedAt,
    valueDate: posting.valueDate ?? bookedAt.toZonedDateTimeISO('UTC').toPlainDate(),
    actor: ctx.principal.subject,
  };
  if (!(await insertPosting(ctx.db, table, row, plan.lines)))
    return (await postedBefore(ctx.db, table, posting)) ?? { ok: true, isNew: false, id, plan };
  await updateAccounts(ctx.db, table, plan.accounts, bookedAt);
  return { ok: true, isNew: true, id, plan };
}

/** A repetition is answered as such, even when the money has been spent since. */
async function postedBefore(
  db: Db,
  table: Table,
  posting: Pick<Posting, 'kind' | 'reference'>,
): Promise<Posted | undefined> {
  const { rows } = await sql<{ id: string }>`
    select id from ${table('ledger_posting')}
    where kind = ${posting.kind} and reference = ${posting.reference}`.execute(db);
  return rows[0] && { ok: true, isNew: false, id: rows[0].id, plan: { accounts: [], lines: [] } };
}

/** Booking time never runs backwards on any account. */
function latest(now: Temporal.Instant, plan: PostingPlan): Temporal.Instant {
  return plan.accounts.reduce(
    (at, { lastBookedAt }) => (lastBookedAt && Temporal.Instant.compare(lastBookedAt, at) > 0 ? lastBookedAt : at),
    now,
  );
}

function codesOf(moves: readonly Move[]): string[] {
  return moves.flatMap(({ from, to }) => [from, to]);
}
