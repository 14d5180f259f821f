import type { Operation } from '@plinth/contract';
import { expect, it } from 'vitest';
import { readBackText } from './read-back.ts';

const operation = (readback?: string[]): Operation =>
  ({ id: 'pay', summary: 'Pay', policy: { skill: { say: { readback } } } }) as unknown as Operation;

it.each<[string, Record<string, unknown>, string[] | undefined, string]>([
  [
    'everything that was sent',
    { orderId: 'ord_1', body: { reason: 'late' } },
    undefined,
    'Pay: order ord_1, reason late.',
  ],
  [
    'what the contract names',
    { orderId: 'ord_1', body: { reason: 'late', note: 'x' } },
    ['body.reason'],
    'Pay: reason late.',
  ],
  ['money as people write it', { body: { sum: { amount: 2450, currency: 'EUR' } } }, undefined, 'Pay: sum 24.50 EUR.'],
  [
    'what only looks like money as it was sent',
    { body: { sum: { amount: 3, currency: 'points' } } },
    undefined,
    'Pay: amount 3, currency points.',
  ],
  ['nothing', {}, undefined, 'Pay.'],
])('a read-back says %s', (_, input, readback, text) => {
  expect(readBackText(operation(readback), input)).toBe(text);
});
