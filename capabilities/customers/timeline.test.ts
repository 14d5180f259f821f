import type { PlinthEvent } from '@plinth/runtime';
import { describe, expect, it } from 'vitest';
import { lineOf } from './timeline.ts';

const event = (type: string, data: unknown = {}): PlinthEvent => ({
  id: '1',
  type,
  source: '/x',
  subject: 's',
  sequence: 1,
  time: '2026-11-24T00:00:00Z',
  data,
  traceId: 't',
  position: 1,
});

describe('a line of the timeline', () => {
  it('names the thing in the words people know', () => {
    expect(lineOf(event('order.placed', { number: 'ORD-1' }))).toEqual({
      title: 'Order ORD-1 placed',
      operation: 'orders.getOrder',
      visibility: 'customer',
    });
  });

  it('writes money as people read it, also deeper in the data', () => {
    const moved = { id: 'att_1', amount: { amount: 123456, currency: 'EUR' } };
    expect(lineOf(event('payment.captured', { moved }))).toMatchObject({
      title: '1,234.56 EUR paid by card',
      operation: 'payments.getPayment',
    });
    expect(lineOf(event('payment.captureFailed', { moved }))?.title).toBe(
      'Card payment of 1,234.56 EUR rejected later',
    );
    expect(lineOf(event('payment.refundFailed', { moved }))?.title).toBe(
      '1,234.56 EUR could not be paid back to the card',
    );
    const fee = { amount: 0, currency: 'JPY' };
    expect(lineOf(event('transfer.posted', { amount: { amount: 2500, currency: 'JPY' }, fee }))?.title).toBe(
      '2,500 JPY transferred',
    );
  });

  it('says what became of an account', () => {
    const titles = ['opened', 'frozen', 'unfrozen', 'closed'].map(
      (what) => lineOf(event(`account.${what}`, { name: 'Holidays' }))?.title,
    );
    expect(titles).toEqual([
      'Account Holidays opened',
      'Account Holidays frozen',
      'Account Holidays can be used again',
      'Account Holidays closed',
    ]);
  });

  it('is made from the type for a fact nobody has heard of', () => {
    expect(lineOf(event('card.frozen'))?.title).toBe('Card frozen');
    expect(lineOf(event('travelPass.bookedAgain'))?.title).toBe('Travel pass booked again');
  });

  it('is missing for what says nothing to a person, and for staff only where customers need not know', () => {
    expect(lineOf(event('turn.posted'))).toBeUndefined();
    expect(lineOf(event('ticket.assigned', { number: 'T', assigneeName: 'Mia' }))?.visibility).toBe('staff');
  });
});
