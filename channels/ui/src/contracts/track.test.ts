import { expect, test } from 'vitest';
import { trackOf } from './track.ts';

const order = {
  property: 'state',
  initial: 'received',
  final: ['fulfilled', 'rejected', 'cancelled'],
  moves: [
    { name: 'place', from: ['received'], to: 'placed', by: 'placeOrder' },
    { name: 'reject', from: ['received'], to: 'rejected', by: 'placeOrder' },
    { name: 'fulfil', from: ['placed'], to: 'fulfilled', by: 'recordFulfilment' },
    { name: 'cancel', from: ['placed'], to: 'cancelling', by: 'cancelOrder' },
    { name: 'cancelled', from: ['cancelling'], to: 'cancelled', by: 'cancelOrder' },
  ],
};
const words = (current: string): string =>
  trackOf(order, current)
    .map((step) => `${step.state} ${step.is}`)
    .join(', ');

test('a thing on its usual way shows what is ahead', () => {
  expect(words('placed')).toBe('received done, placed current, fulfilled ahead');
});

test('a thing off its usual way shows how it came there and nothing ahead', () => {
  expect(words('cancelled')).toBe('received done, placed done, cancelling done, cancelled current');
});

test('a state the contract does not know stands alone', () => {
  expect(words('lost')).toBe('lost current');
});
