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

  it('is made from the type for a fact nobody has heard of', () => {
    expect(lineOf(event('card.frozen'))?.title).toBe('Card frozen');
    expect(lineOf(event('travelPass.bookedAgain'))?.title).toBe('Travel pass booked again');
  });

  it('is missing for what says nothing to a person, and for staff only where customers need not know', () => {
    expect(lineOf(event('turn.posted'))).toBeUndefined();
    expect(lineOf(event('ticket.assigned', { number: 'T', assigneeName: 'Mia' }))?.visibility).toBe('staff');
  });
});
