import { expect, it } from 'vitest';
import { fill } from './problem-values.ts';

const told = (value: unknown, language: string): string => fill('{it}', { it: value }, language);

it.each([
  [{ amount: 123_456, currency: 'EUR' }, '1,234.56 EUR', '1.234,56 EUR'],
  [{ amount: -5, currency: 'EUR' }, '-0.05 EUR', '-0,05 EUR'],
  [{ amount: 1_234, currency: 'JPY' }, '1,234 JPY', '1.234 JPY'],
  [{ amount: 9_007_199_254_740_991, currency: 'EUR' }, '90,071,992,547,409.91 EUR', '90.071.992.547.409,91 EUR'],
  [1_048_576, '1,048,576', '1.048.576'],
  [2026, '2026', '2026'],
  [12_345n, '12,345', '12.345'],
  [0.25, '0.25', '0,25'],
  [true, 'true', 'true'],
  [Temporal.PlainDate.from('2031-03-01'), '1 March 2031', '1. März 2031'],
  [Temporal.Instant.from('2031-03-01T09:05:00Z'), '1 March 2031 at 09:05 UTC', '1. März 2031 um 09:05 UTC'],
  [['staff', 1_000_000], 'staff, 1,000,000', 'staff, 1.000.000'],
  [{ en: 'no reason', de: 'kein Grund' }, 'no reason', 'kein Grund'],
  [{ en: 'no reason' }, 'no reason', 'no reason'],
  // Names, codes and ids are no words of a language.
  ['2031-03-01', '2031-03-01', '2031-03-01'],
  [{ other: 1 }, '{"other":1}', '{"other":1}'],
])('%s → %s, %s', (value, english, german) => {
  expect([told(value, 'en'), told(value, 'de')]).toEqual([english, german]);
});

it('names without a value stay readable, and values are not looked through for names', () => {
  expect(fill('{a} of {b}, {a}', { a: '{b}', c: 1 }, 'en')).toBe('{b} of {b}, {b}');
  expect(fill('{a}', { a: null }, 'en')).toBe('{a}');
});
