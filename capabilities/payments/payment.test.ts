import { describe, expect, it } from 'vitest';
import { hasCardNumber, stateOf } from './payment.ts';

describe('hasCardNumber', () => {
  it('sees digits that pass Luhn, however they are spaced', () => {
    expect(hasCardNumber('4111111111111111')).toBe(true);
    expect(hasCardNumber('card 4111 1111-1111 1111')).toBe(true);
  });

  it('lets tokens, order ids and other numbers pass', () => {
    expect(hasCardNumber('card_ok')).toBe(false);
    expect(hasCardNumber('ord_01m86zpj2vet696y7hmryg5cgj')).toBe(false);
    expect(hasCardNumber('4111111111111112')).toBe(false);
    expect(hasCardNumber('123456789012')).toBe(false);
  });
});

describe('stateOf', () => {
  it('follows from what was taken and given back', () => {
    expect(stateOf({ capturedMinor: 0n, refundedMinor: 0n })).toBe('authorized');
    expect(stateOf({ capturedMinor: 500n, refundedMinor: 0n })).toBe('captured');
    expect(stateOf({ capturedMinor: 500n, refundedMinor: 499n })).toBe('captured');
    expect(stateOf({ capturedMinor: 500n, refundedMinor: 500n })).toBe('refunded');
  });
});
