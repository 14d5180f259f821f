import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMoney, money, split } from './money.ts';

describe('split', () => {
  it('gives 34, 33, 33 for 100 by equal weights', () => {
    expect(split(money(100, 'EUR'), [1n, 1n, 1n]).map((part) => part.amount)).toEqual([34n, 33n, 33n]);
  });

  it('always adds up to the whole, whatever the sign', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -1_000_000n, max: 1_000_000n }),
        fc.array(fc.bigInt({ min: 0n, max: 50n }), { minLength: 1, maxLength: 20 }),
        (amount, weights) => {
          fc.pre(weights.some((weight) => weight > 0n));
          const parts = split(money(amount, 'EUR'), weights);
          expect(parts.reduce((sum, part) => sum + part.amount, 0n)).toBe(amount);
        },
      ),
    );
  });
});

describe('formatMoney', () => {
  it('uses the exponent of the currency', () => {
    expect(formatMoney(money(123_456, 'EUR'))).toBe('1,234.56 EUR');
    expect(formatMoney(money(-5, 'EUR'))).toBe('-0.05 EUR');
    expect(formatMoney(money(1234, 'JPY'))).toBe('1,234 JPY');
    expect(formatMoney(money(1, 'KWD'))).toBe('0.001 KWD');
  });
});
