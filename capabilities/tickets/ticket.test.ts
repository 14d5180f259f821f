import { describe, expect, it } from 'vitest';
import { dueAt, mayMove, priorityOf } from './ticket.ts';

describe('a ticket', () => {
  it('is answered sooner the more it hurts', () => {
    expect(priorityOf('My card was stolen', '')).toBe('P1');
    expect(priorityOf('Kettle', 'I was charged twice for it')).toBe('P2');
    expect(priorityOf('Opening hours', 'When are you open?')).toBe('P3');
    const opened = Temporal.Instant.from('2026-11-24T09:00:00Z');
    expect(dueAt(opened, 'P1').toString()).toBe('2026-11-24T10:00:00Z');
  });

  it('comes back when the customer writes again, until it is closed', () => {
    expect(mayMove('resolved', 'customerReply')).toBe(true);
    expect(mayMove('closed', 'customerReply')).toBe(false);
    expect(mayMove('closed', 'reopen')).toBe(false);
  });
});
