import { assert, fail, ok, type Result } from '@plinth/runtime/kernel';
import type { AccountRow } from './tables.ts';

/** Accounts one customer may have. */
export const mostAccounts = 10;

/** Below this much to spend, in minor units, the owner is told. */
export const lowBalanceMinor = 5000n;

export type Freezer = 'customer' | 'bank';

/** Freezing twice is the same wish; the bank's freeze stands above the customer's. */
export function freeze(
  account: Pick<AccountRow, 'state' | 'frozenBy'>,
  by: Freezer,
): Result<{ state: 'frozen'; frozenBy: Freezer } | 'already', 'closed'> {
  if (account.state === 'closed') return fail('closed');
  if (account.state === 'frozen' && (by === 'customer' || account.frozenBy === 'bank')) return ok('already');
  return ok({ state: 'frozen', frozenBy: by });
}

/** What the bank has frozen only the bank unfreezes. */
export function unfreeze(
  account: Pick<AccountRow, 'state' | 'frozenBy'>,
  by: Freezer,
): Result<{ state: 'active'; frozenBy: null } | 'already', 'closed' | 'frozen-by-bank'> {
  if (account.state === 'closed') return fail('closed');
  if (account.state === 'active') return ok('already');
  if (account.frozenBy === 'bank' && by === 'customer') return fail('frozen-by-bank');
  return ok({ state: 'active', frozenBy: null });
}

/** An account ends empty. Closing twice is the same wish; what is frozen is looked at first. */
export function close(
  account: Pick<AccountRow, 'state'>,
  balance: { posted: bigint; held: bigint },
): Result<'close' | 'already', 'frozen' | 'not-empty'> {
  if (account.state === 'closed') return ok('already');
  if (account.state === 'frozen') return fail('frozen');
  return balance.posted === 0n && balance.held === 0n ? ok('close') : fail('not-empty');
}

/** True when the owner is to be told now: it fell below the line and had not been there before. */
export function ranLow(availableBefore: bigint, availableAfter: bigint): boolean {
  return availableBefore >= lowBalanceMinor && availableAfter < lowBalanceMinor;
}

/** Numbers of ours: `XN` is a country code that is never assigned, so no number can be somebody's real one. */
const country = 'XN';
const bank = 'NFLD';
const serials = 10_000_000_000n;

/** Prime to `serials`, so neighbours in order are no neighbours in number and no two serials meet. */
const scatter = 7_321_987_631n;

/**
 * The account number of the n-th account: country, two check digits (ISO 7064, mod 97-10), bank, ten digits.
 *
 * @param serial 1..9,999,999,999, from the schema's sequence.
 */
export function accountNumber(serial: bigint): string {
  assert(serial > 0n && serial < serials, 'serials of accounts have at most ten digits');
  const basic = bank + String((serial * scatter) % serials).padStart(10, '0');
  const check = 98n - remainder(`${basic}${country}00`);
  return `${country}${String(check).padStart(2, '0')}${basic}`;
}

/** Capitals without spaces, as stored; undefined when the check digits do not fit. */
export function readNumber(text: string): string | undefined {
  const number = text.replaceAll(/\s/g, '').toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{4,30}$/.test(number)) return undefined;
  return remainder(number.slice(4) + number.slice(0, 4)) === 1n ? number : undefined;
}

/** ISO 7064: letters count from 10 (A) to 35 (Z). */
function remainder(text: string): bigint {
  return BigInt(text.replaceAll(/[A-Z]/g, (letter) => String(Number.parseInt(letter, 36)))) % 97n;
}
