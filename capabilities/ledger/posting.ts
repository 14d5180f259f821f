// The arithmetic of double entry, without a database: what a set of moves makes of its accounts, or why it may not be.

import { assert } from '@plinth/runtime/kernel';

/** An account as its row stands now, locked by the caller. Credit is plus. */
export interface LedgerAccount {
  id: string;
  /** `points:cus_…`, `stock:KETTLE-17`, `house:clearing`. */
  code: string;
  /** `EUR`, `points`, `sku:KETTLE-17`; units never mix. */
  unit: string;
  /** Least `posted - held`; null = without (accounts of the house). */
  floor: bigint | null;
  /** Least `posted`; null = without. */
  bottom: bigint | null;
  posted: bigint;
  held: bigint;
  /** Number of lines so far; the next line of the account gets `seq + 1`. */
  seq: bigint;
  /** Locked last when high: accounts that everybody needs. */
  rank: number;
  status: 'open' | 'frozen' | 'closed';
  lastBookedAt: Temporal.Instant | null;
}

/** Out of `from`, into `to`; accounts by code. Amount ≥ 1 in the unit's smallest part. */
export interface Move {
  from: string;
  to: string;
  amount: bigint;
}

/** What is promised: more when `by` > 0, freed when < 0. */
export interface HeldChange {
  account: string;
  by: bigint;
}

export interface PostingLine {
  line: number;
  unit: string;
  src: string;
  dst: string;
  amount: bigint;
  srcSeq: bigint;
  dstSeq: bigint;
  srcAfter: bigint;
  dstAfter: bigint;
}

export interface PostingPlan {
  /** Accounts after the moves; `seqBefore` is what the row must still have. */
  accounts: (LedgerAccount & { seqBefore: bigint })[];
  lines: PostingLine[];
}

export type LedgerFailure =
  | { ok: false; reason: 'insufficient-funds'; account: string; available: bigint; shortfall: bigint }
  | { ok: false; reason: 'account-frozen' | 'account-closed' | 'unit-mismatch' | 'unknown-account'; account: string };

/**
 * Applies moves and held changes to accounts. Floors are judged at the end, so moves of one posting may net.
 * Asserted: every amount is positive, no move leads from an account to itself.
 *
 * @param accounts all that are named, by code; not changed.
 */
export function planPosting(
  accounts: ReadonlyMap<string, LedgerAccount>,
  moves: readonly Move[],
  held: readonly HeldChange[] = [],
): { ok: true; value: PostingPlan } | LedgerFailure {
  const after = new Map<string, LedgerAccount & { seqBefore: bigint }>();
  const touch = (code: string): (LedgerAccount & { seqBefore: bigint }) | undefined => {
    const known = after.get(code);
    if (known) return known;
    const row = accounts.get(code);
    if (!row) return undefined;
    const copy = { ...row, seqBefore: row.seq };
    after.set(code, copy);
    return copy;
  };
  const lines: PostingLine[] = [];
  for (const { from, to, amount } of moves) {
    assert(amount > 0n && from !== to, 'a move has a positive amount and two accounts');
    const src = touch(from);
    const dst = touch(to);
    if (!src || !dst) return { ok: false, reason: 'unknown-account', account: src ? to : from };
    const refused = refusal(src, dst);
    if (refused) return refused;
    src.posted -= amount;
    dst.posted += amount;
    src.seq += 1n;
    dst.seq += 1n;
    lines.push({
      line: lines.length + 1,
      unit: src.unit,
      src: src.id,
      dst: dst.id,
      amount,
      srcSeq: src.seq,
      dstSeq: dst.seq,
      srcAfter: src.posted,
      dstAfter: dst.posted,
    });
  }
  for (const { account, by } of held) {
    const row = touch(account);
    if (!row) return { ok: false, reason: 'unknown-account', account };
    if (by > 0n && row.status !== 'open') return { ok: false, reason: `account-${row.status}`, account };
    row.held += by;
    assert(row.held >= 0n, 'no more is freed than was held');
  }
  for (const row of after.values()) {
    const short = shortfall(row);
    if (short === 0n) continue;
    const before = accounts.get(row.code) as LedgerAccount;
    return {
      ok: false,
      reason: 'insufficient-funds',
      account: row.code,
      available: available(before) ?? 0n,
      shortfall: short,
    };
  }
  return { ok: true, value: { accounts: [...after.values()], lines } };
}

/** What may still be spent or promised: `posted - held` above the floor. undefined for accounts without a floor. */
export function available(account: Pick<LedgerAccount, 'posted' | 'held' | 'floor'>): bigint | undefined {
  return account.floor === null ? undefined : account.posted - account.held - account.floor;
}

function refusal(src: LedgerAccount, dst: LedgerAccount): LedgerFailure | undefined {
  if (src.unit !== dst.unit) return { ok: false, reason: 'unit-mismatch', account: dst.code };
  if (src.status !== 'open') return { ok: false, reason: `account-${src.status}`, account: src.code };
  // Money may still arrive at a frozen account.
  if (dst.status === 'closed') return { ok: false, reason: 'account-closed', account: dst.code };
  return undefined;
}

/** How much an account would fall below what it must keep; 0 = allowed. */
function shortfall({ posted, held, floor, bottom }: LedgerAccount): bigint {
  const belowFloor = floor === null ? 0n : floor - (posted - held);
  const belowBottom = bottom === null ? 0n : bottom - posted;
  const worst = belowFloor > belowBottom ? belowFloor : belowBottom;
  return worst > 0n ? worst : 0n;
}
