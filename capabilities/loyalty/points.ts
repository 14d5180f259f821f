import { type Db, type WriteContext } from '@plinth/runtime';
import { createBook, type NewAccount } from '../ledger/index.ts';
import type { Member } from './generated.ts';

/** Points as units of a ledger: nobody spends one twice. */
export const book = createBook('loyalty');

const unit = 'points:club';

/** House accounts: where points come from, where spent ones go, and what members owe after a reversal. */
export const house: readonly NewAccount[] = [
  { code: 'house:issued', unit, floor: null, rank: 1 },
  { code: 'house:spent', unit, floor: null, rank: 1 },
];

export function memberAccounts(customerId: string): NewAccount[] {
  return [
    { code: `member:${customerId}`, unit, floor: 0n },
    { code: `arrears:${customerId}`, unit, floor: null },
  ];
}

const tiers = [
  { name: 'blue', from: 0 },
  { name: 'silver', from: 1000 },
  { name: 'gold', from: 5000 },
] as const;

/** Tier by points ever earned, and how many are missing to the next; null at the top. */
export function tierOf(earned: number): { tier: Member['tier']; toNext: number | null } {
  const reached = tiers.findLastIndex((tier) => earned >= tier.from);
  const next = tiers[reached + 1];
  return { tier: tiers[Math.max(0, reached)]?.name ?? 'blue', toNext: next ? next.from - earned : null };
}

/** One point a euro paid by card; cents are not rounded up. */
export function pointsFor(cardMinor: number): number {
  return Math.floor(cardMinor / 100);
}

/** How many of the points just earned pay what was owed. */
export function repayment(earned: bigint, owed: bigint): bigint {
  return earned < owed ? earned : owed;
}

export async function ensureMember(ctx: WriteContext, customerId: string): Promise<void> {
  await book.ensure(ctx, [...house, ...memberAccounts(customerId)]);
}

export async function balanceOf(db: Db, customerId: string): Promise<{ posted: number; held: number }> {
  const balance = (await book.balance(db, [`member:${customerId}`])).get(`member:${customerId}`);
  return { posted: Number(balance?.posted ?? 0n), held: Number(balance?.held ?? 0n) };
}

/** Points taken back after they had been spent, and not earned again since; ≥ 0. */
export async function owedBy(db: Db, customerId: string): Promise<bigint> {
  const balance = (await book.balance(db, [`arrears:${customerId}`])).get(`arrears:${customerId}`);
  return -(balance?.posted ?? 0n);
}
