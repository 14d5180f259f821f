import { describe, expect, it } from 'vitest';
import { accountNumber, close, freeze, ranLow, readNumber, unfreeze } from './account.ts';

describe('an account number', () => {
  it('is read as it was made, whatever spaces and small letters somebody types', () => {
    const number = accountNumber(17n);
    expect(number).toMatch(/^XN\d{2}NFLD\d{10}$/);
    expect(readNumber(number)).toBe(number);
    expect(readNumber(number.toLowerCase().replaceAll(/(.{4})/g, '$1 '))).toBe(number);
  });

  it('with any one wrong digit, or two neighbours swapped, is refused', () => {
    const number = accountNumber(4711n);
    const wrong = Array.from({ length: 10 }, (_, index) => {
      const at = index + 8;
      const [digit = '', next = digit] = number.slice(at, at + 2);
      const other = number.slice(0, at) + String((Number(digit) + 3) % 10) + number.slice(at + 1);
      return next === digit ? [other] : [other, number.slice(0, at) + next + digit + number.slice(at + 2)];
    }).flat();
    expect(wrong.length).toBeGreaterThan(12);
    expect(wrong.filter((each) => readNumber(each) !== undefined)).toEqual([]);
  });

  it('belongs to one account only, and tells nothing about its neighbours', () => {
    const numbers = Array.from({ length: 5000 }, (_, index) => accountNumber(BigInt(index + 1)));
    expect(new Set(numbers).size).toBe(numbers.length);
    const [first = '', second = ''] = numbers.map((number) => number.slice(-10));
    expect(Math.abs(Number(second) - Number(first))).toBeGreaterThan(1_000_000);
  });

  it.each(['', 'XN', 'hello there', '1234567890', `XN00${'9'.repeat(60)}`])('is not found in “%s”', (text) => {
    expect(readNumber(text)).toBeUndefined();
  });
});

describe('a freeze', () => {
  const active = { state: 'active', frozenBy: null } as const;
  const byCustomer = { state: 'frozen', frozenBy: 'customer' } as const;
  const byBank = { state: 'frozen', frozenBy: 'bank' } as const;

  it('asked for twice is the same wish', () => {
    expect(freeze(active, 'customer')).toEqual({ ok: true, value: byCustomer });
    expect(freeze(byCustomer, 'customer')).toEqual({ ok: true, value: 'already' });
    expect(unfreeze(active, 'customer')).toEqual({ ok: true, value: 'already' });
  });

  it('of the bank stands above the customer’s and is lifted by the bank only', () => {
    expect(freeze(byCustomer, 'bank')).toEqual({ ok: true, value: byBank });
    expect(freeze(byBank, 'customer')).toEqual({ ok: true, value: 'already' });
    expect(unfreeze(byBank, 'customer')).toEqual({ ok: false, reason: 'frozen-by-bank' });
    expect(unfreeze(byBank, 'bank')).toEqual({ ok: true, value: active });
    expect(unfreeze(byCustomer, 'bank')).toEqual({ ok: true, value: active });
  });

  it('does not touch what is closed', () => {
    const closed = { state: 'closed', frozenBy: null } as const;
    expect(freeze(closed, 'bank')).toEqual({ ok: false, reason: 'closed' });
    expect(unfreeze(closed, 'bank')).toEqual({ ok: false, reason: 'closed' });
  });
});

it('a balance runs low once, when it crosses the line', () => {
  expect(ranLow(5000n, 4999n)).toBe(true);
  expect(ranLow(4999n, 100n)).toBe(false);
  expect(ranLow(9000n, 5000n)).toBe(false);
  expect(ranLow(100n, 9000n)).toBe(false);
});

describe('closing an account', () => {
  const empty = { posted: 0n, held: 0n };

  it('takes an empty account in use, and does nothing the second time', () => {
    expect(close({ state: 'active' }, empty)).toEqual({ ok: true, value: 'close' });
    expect(close({ state: 'closed' }, empty)).toEqual({ ok: true, value: 'already' });
  });

  it.each([
    { posted: 1n, held: 0n },
    { posted: -1n, held: 0n },
    { posted: 0n, held: 1n },
  ])('refuses one that holds or owes anything: %o', (balance) => {
    expect(close({ state: 'active' }, balance)).toEqual({ ok: false, reason: 'not-empty' });
  });

  it('refuses a frozen one, even when it is empty', () => {
    expect(close({ state: 'frozen' }, empty)).toEqual({ ok: false, reason: 'frozen' });
  });
});
