import { expect, test } from 'vitest';
import { formatMoney, parseAmount } from './money.ts';

test('money is grouped, rounded to its currency and signed with a real minus', () => {
  expect(formatMoney({ amount: 241806, currency: 'EUR' })).toBe('2,418.06\u00A0EUR');
  expect(formatMoney({ amount: -380, currency: 'EUR' })).toBe('\u22123.80\u00A0EUR');
  expect(formatMoney({ amount: 290000, currency: 'EUR' }, { signed: true })).toBe('+2,900.00\u00A0EUR');
  expect(formatMoney({ amount: 500, currency: 'JPY' })).toBe('500\u00A0JPY');
});

test.each([
  ['12', 'EUR', 1200],
  ['12.5', 'EUR', 1250],
  ['12,50', 'EUR', 1250],
  ['1,234.56', 'EUR', 123456],
  ['1.234,56', 'EUR', 123456],
  ['1,234', 'EUR', 123400],
  ['1 234', 'EUR', 123400],
  ['500', 'JPY', 500],
  ['1.234', 'KWD', 1234],
])('%s typed for %s means %i minor units', (typed, currency, amount) => {
  expect(parseAmount(typed, currency)).toBe(amount);
});

test.each(['', 'abc', '1.2.3x', '12.345.', '--3'])('%s is no amount', (typed) => {
  expect(parseAmount(typed, 'EUR')).toBeUndefined();
});
