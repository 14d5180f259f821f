// Money: integer minor units and an ISO 4217 currency. Never a float, never a bare number.

import { assert } from './assert.ts';

/** Minor units (cents, yen, fils) of one currency, in code and SQL. */
export interface Money {
  readonly amount: bigint;
  readonly currency: string;
}

/** The same two names on the wire, where the amount is a safe integer. */
export interface WireMoney {
  amount: number;
  currency: string;
}

const exponents: Readonly<Record<string, number>> = {
  BHD: 3,
  CLP: 0,
  ISK: 0,
  JOD: 3,
  JPY: 0,
  KRW: 0,
  KWD: 3,
  OMR: 3,
  TND: 3,
  UGX: 0,
  VND: 0,
  XAF: 0,
  XOF: 0,
};

/** Digits after the point in people's notation: EUR 2, JPY 0, KWD 3 (ISO 4217). */
export function exponentOf(currency: string): number {
  return exponents[currency] ?? 2;
}

export function money(amount: bigint | number, currency: string): Money {
  return { amount: BigInt(amount), currency };
}

/** Sum of two amounts of one currency. Asserted: currencies are equal. */
export function add(left: Money, right: Money): Money {
  assert(left.currency === right.currency, `cannot add ${right.currency} to ${left.currency}`);
  return { amount: left.amount + right.amount, currency: left.currency };
}

/** Difference of two amounts of one currency. Asserted: currencies are equal. */
export function subtract(left: Money, right: Money): Money {
  assert(left.currency === right.currency, `cannot subtract ${right.currency} from ${left.currency}`);
  return { amount: left.amount - right.amount, currency: left.currency };
}

/** Asserted: |amount| ≤ 2^53−1, so nothing is rounded. */
export function toWire(value: Money): WireMoney {
  const amount = Number(value.amount);
  assert(Number.isSafeInteger(amount), 'money on the wire must be a safe integer');
  return { amount, currency: value.currency };
}

export function fromWire(value: WireMoney): Money {
  return { amount: BigInt(value.amount), currency: value.currency };
}

/**
 * Splits an amount by weights so that the parts add up exactly.
 * Largest remainder first; ties go to the earlier part, so the result depends on nothing but the input.
 *
 * @param weights 1..1,000, each ≥ 0, at least one > 0. Asserted: weights come from our own code.
 * Example: 100 by [1, 1, 1] → 34, 33, 33.
 */
export function split(value: Money, weights: readonly bigint[]): Money[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  assert(total > 0n && weights.length <= 1000, 'split needs 1..1,000 weights with a positive sum');
  const sign = value.amount < 0n ? -1n : 1n;
  const amount = value.amount * sign;
  const parts = weights.map((weight, index) => ({
    index,
    share: (amount * weight) / total,
    rest: (amount * weight) % total,
  }));
  let left = amount - parts.reduce((sum, part) => sum + part.share, 0n);
  const order = parts.toSorted((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
  for (const part of order) {
    if (left === 0n) break;
    part.share += 1n;
    left -= 1n;
  }
  return parts.map((part) => ({ amount: part.share * sign, currency: value.currency }));
}

/**
 * `1234, EUR` → `12.34 EUR`: plain text for logs, chat fallbacks, read-backs and problems.
 * @param locale whose marks separate thousands and decimals (BCP 47): `12,34 EUR` in `de`.
 */
export function formatMoney(value: WireMoney | Money, locale = 'en'): string {
  const digits = exponentOf(value.currency);
  const amount = BigInt(value.amount);
  const sign = amount < 0n ? '-' : '';
  const text = (amount < 0n ? -amount : amount).toString().padStart(digits + 1, '0');
  const [group, point] = locale === 'en' ? englishMarks : marksOf(locale);
  const whole = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+$)/g, group);
  return `${sign}${whole}${digits > 0 ? `${point}${text.slice(-digits)}` : ''} ${value.currency}`;
}

const englishMarks = [',', '.'] as const;

function marksOf(locale: string): readonly [group: string, point: string] {
  const parts = new Intl.NumberFormat(locale).formatToParts(1_234_567.5);
  const mark = (type: 'group' | 'decimal'): string => parts.find((part) => part.type === type)?.value ?? '';
  return [mark('group'), mark('decimal')];
}
