import { fail, ok, type Result } from '@plinth/runtime/kernel';
import type { AccountRow } from './tables.ts';

type Party = Pick<AccountRow, 'id' | 'customerId' | 'currency' | 'product' | 'state'>;

/** Minor units for money that leaves a savings account to somebody else. */
const savingsFeeMinor = 25n;

/** What a transfer costs its sender. Own accounts and everyday accounts pay nothing. */
export function feeFor(from: Party, to: Party): bigint {
  return from.product === 'savings' && from.customerId !== to.customerId ? savingsFeeMinor : 0n;
}

export type TransferRefusal = 'same-account' | 'currency-mismatch' | 'account-closed';

/** Whether money may go between two accounts at all; balances are judged by the book. */
export function planTransfer(
  from: Party,
  to: Party,
  currency: string,
): Result<{ fee: bigint; isOwn: boolean }, TransferRefusal> {
  if (from.id === to.id) return fail('same-account');
  if (from.currency !== currency || to.currency !== currency) return fail('currency-mismatch');
  if (to.state === 'closed' || from.state === 'closed') return fail('account-closed');
  return ok({ fee: feeFor(from, to), isOwn: from.customerId === to.customerId });
}

export type NameCheck = 'match' | 'closeMatch' | 'noMatch' | 'notGiven';

/** Typing slips that are still worth a question instead of a no: one in five letters, at most two. */
const mostSlips = (name: string): number => Math.min(2, Math.floor(name.length / 5));

/** Letters that Unicode does not take apart, as people type them without their keyboard. */
const plainLetters: Readonly<Record<string, string>> = {
  ı: 'i',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
};

/** Compares a name as typed with the holder's: case, accents, order and punctuation do not matter. */
export function checkName(typed: string | undefined, holder: string): NameCheck {
  const given = wordsOf(typed ?? '');
  const known = wordsOf(holder);
  if (given.length === 0) return 'notGiven';
  if (given.toSorted().join(' ') === known.toSorted().join(' ')) return 'match';
  const isInitial = given.length === known.length && given.at(-1) === known.at(-1) && given[0]?.[0] === known[0]?.[0];
  const isSlip = slips(given.join(' '), known.join(' ')) <= mostSlips(known.join(' '));
  return isInitial || isSlip ? 'closeMatch' : 'noMatch';
}

function wordsOf(name: string): string[] {
  const bare = name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  const plain = bare.replaceAll(/[ıøłđðþßæœ]/g, (letter) => plainLetters[letter] ?? letter);
  return plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}

/** Levenshtein distance; names are at most 100 characters. */
function slips(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
