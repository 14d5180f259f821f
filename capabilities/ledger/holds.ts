// Promises on accounts: placed all or none, ended exactly once. Whoever ends one locks its account first, so that the
// state read under the lock is the state written.

import type { Db } from '@plinth/runtime';
import { assert } from '@plinth/runtime/kernel';
import { sql } from 'kysely';
import type { Book, BookContext, Posted, Posting } from './book.ts';
import { type HeldChange, type Move, planPosting, type PostingPlan } from './posting.ts';
import { insertHolds, lockAccounts, readHolds, type Table, updateAccounts, updateHolds } from './rows.ts';
import type { HoldRow, HoldState } from './tables.ts';

export interface HoldOrder {
  /** A new uuid when absent. */
  id?: string;
  account: string;
  amount: bigint;
  /** Unique in the book. */
  reference: string;
}

export interface HoldPart {
  id: string;
  /** All of it when absent; the rest is freed. */
  amount?: bigint;
  to: string;
}

export type HoldFailure = { ok: false; reason: 'hold-ended'; hold: string; state: HoldState | 'unknown' };

type KnownHold = HoldRow & { code: string };
type Write = (ctx: BookContext, posting: Omit<Posting, 'moves'>, plan: PostingPlan) => Promise<Posted>;
type Found = { ok: true; holds: KnownHold[]; accounts: Awaited<ReturnType<typeof lockAccounts>> };

export function createHolds(
  table: Table,
  write: Write,
): Pick<Book, 'hold' | 'capture' | 'release' | 'keep' | 'expireHolds'> {
  return {
    hold: (ctx, order) => place(ctx, table, order),
    capture: (ctx, order) => capture(ctx, { table, write, ...order }),
    async release(ctx, ids, as = 'released') {
      const found = await lockOpen(ctx, table, { ids, alive: false });
      if (!found.ok) return found;
      await end(ctx, table, { found, as });
      return { ok: true };
    },
    async keep(ctx, ids) {
      const found = await lockOpen(ctx, table, { ids, alive: true });
      if (!found.ok) return found;
      await sql`update ${table('ledger_hold')} set expires_at = null where id = any(${[...ids]}::uuid[])`.execute(
        ctx.db,
      );
      return { ok: true };
    },
    expireHolds: (ctx, limit = 500) => expire(ctx, table, limit),
  };
}

async function place(
  ctx: BookContext,
  table: Table,
  { holds, expiresAt }: Parameters<Book['hold']>[1],
): ReturnType<Book['hold']> {
  const codes = holds.map((hold) => hold.account);
  const accounts = await lockAccounts(ctx.db, table, codes);
  const more = holds.map(({ account, amount }) => ({ account, by: amount }));
  const plan = planPosting(accounts, [], more);
  if (!plan.ok) return plan;
  const rows = holds.map(({ id = ctx.ids.uuid(), account, amount, reference }) => ({
    id,
    account: accounts.get(account)?.id as string,
    reference,
    amount,
    remaining: amount,
    state: 'open' as const,
    expiresAt,
  }));
  await insertHolds(ctx.db, table, rows);
  await updateAccounts(ctx.db, table, plan.value.accounts, undefined);
  return { ok: true, ids: rows.map((row) => row.id) };
}

async function capture(
  ctx: BookContext,
  order: Omit<Posting, 'moves'> & { table: Table; write: Write; holds: readonly HoldPart[] },
): ReturnType<Book['capture']> {
  const { table, write, holds: parts, ...posting } = order;
  const ids = parts.map((part) => part.id);
  const found = await lockOpen(ctx, table, { ids, alsoAccounts: parts.map((part) => part.to), alive: true });
  if (!found.ok) return found;
  const byId = new Map(found.holds.map((hold) => [hold.id, hold]));
  const moves: Move[] = parts.map(({ id, to, amount }) => {
    const hold = byId.get(id) as KnownHold;
    assert((amount ?? 0n) <= hold.remaining, 'no more is captured than was held');
    return { from: hold.code, to, amount: amount ?? hold.remaining };
  });
  const plan = planPosting(found.accounts, moves, freed(found.holds));
  if (!plan.ok) return plan;
  const captured = found.holds.map(({ id }) => ({ id, remaining: 0n, state: 'captured' as const }));
  await updateHolds(ctx.db, table, captured);
  return write(ctx, posting, plan.value);
}

async function expire(ctx: BookContext, table: Table, limit: number): Promise<HoldRow[]> {
  const due = await dueHolds(ctx.db, table, ctx.clock.now(), limit);
  if (due.length === 0) return [];
  const codes = due.map((hold) => hold.code);
  const accounts = await lockAccounts(ctx.db, table, codes);
  const ids = due.map((hold) => hold.id);
  const locked = await readHolds(ctx.db, table, ids, true);
  // Some may have ended while we waited for the accounts.
  const holds = locked.filter((hold) => hold.state === 'open' && stateOf(hold, ctx.clock.now()) === 'expired');
  if (holds.length > 0) await end(ctx, table, { found: { ok: true, holds, accounts }, as: 'expired' });
  return holds;
}

/** Accounts, then holds, locked; fails unless all holds are open (and, when `alive`, not past their time). */
async function lockOpen(
  ctx: BookContext,
  table: Table,
  wish: { ids: readonly string[]; alsoAccounts?: readonly string[]; alive: boolean },
): Promise<Found | HoldFailure> {
  const known = await readHolds(ctx.db, table, wish.ids);
  const codes = [...known.map((hold) => hold.code), ...(wish.alsoAccounts ?? [])];
  const accounts = await lockAccounts(ctx.db, table, codes);
  const holds = await readHolds(ctx.db, table, wish.ids, true);
  for (const id of wish.ids) {
    const hold = holds.find((each) => each.id === id);
    const state = hold ? stateOf(hold, wish.alive ? ctx.clock.now() : undefined) : 'unknown';
    if (state !== 'open') return { ok: false, reason: 'hold-ended', hold: id, state };
  }
  return { ok: true, holds, accounts };
}

/** Frees locked holds. */
async function end(ctx: BookContext, table: Table, how: { found: Found; as: HoldState }): Promise<void> {
  const { holds, accounts } = how.found;
  const plan = planPosting(accounts, [], freed(holds));
  assert(plan.ok, 'freeing a promise passes no floor');
  const ended = holds.map(({ id }) => ({ id, remaining: 0n, state: how.as }));
  await updateHolds(ctx.db, table, ended);
  await updateAccounts(ctx.db, table, plan.value.accounts, undefined);
}

function freed(holds: readonly KnownHold[]): HeldChange[] {
  return holds.map((hold) => ({ account: hold.code, by: -hold.remaining }));
}

function stateOf(hold: HoldRow, now: Temporal.Instant | undefined): HoldState {
  const isOver = now && hold.expiresAt && Temporal.Instant.compare(hold.expiresAt, now) <= 0;
  return hold.state === 'open' && isOver ? 'expired' : hold.state;
}

async function dueHolds(db: Db, table: Table, now: Temporal.Instant, limit: number): Promise<KnownHold[]> {
  const { rows } = await sql<KnownHold>`
    select h.*, a.code from ${table('ledger_hold')} h join ${table('ledger_account')} a on a.id = h.account
    where h.state = 'open' and h.expires_at <= ${now.toString()}::timestamptz
    order by h.expires_at limit ${limit}`.execute(db);
  return rows;
}
