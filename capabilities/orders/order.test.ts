import { describe, expect, it } from 'vitest';
import { cancellable, mayMove, splitPayment } from './order.ts';

describe('the payment of an order', () => {
  it('takes points first and the card for the rest', () => {
    expect(splitPayment(2450, 450)).toEqual({ cardMinor: 2000, points: 450 });
  });

  it('never takes more points than the order costs', () => {
    expect(splitPayment(999, 5000)).toEqual({ cardMinor: 0, points: 999 });
  });
});

describe('an order', () => {
  it('is cancelled once, and asking again is the same wish', () => {
    expect(cancellable('placed')).toEqual({ ok: true, value: 'start' });
    expect(cancellable('cancelling')).toEqual({ ok: true, value: 'already' });
    expect(cancellable('cancelled')).toEqual({ ok: true, value: 'already' });
  });

  it('that was sent or never placed cannot be cancelled', () => {
    expect(cancellable('fulfilled')).toEqual({ ok: false, reason: 'already-shipped' });
    expect(cancellable('rejected')).toEqual({ ok: false, reason: 'not-placed' });
  });

  it('never comes back from an end', () => {
    for (const end of ['fulfilled', 'rejected', 'cancelled'] as const) {
      for (const to of ['received', 'placed', 'fulfilled', 'cancelling', 'cancelled'] as const) {
        expect(mayMove(end, to)).toBe(false);
      }
    }
  });
});
