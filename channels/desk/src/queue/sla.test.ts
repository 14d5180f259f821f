import { expect, test } from 'vitest';
import { byUrgency, durationWords, slaOf } from './sla.ts';

const now = Date.parse('2026-11-24T12:00:00Z');

test.each([
  [
    { state: 'new', dueAt: '2026-11-24T12:12:30Z' },
    { urgency: 'soon', words: '12 min left' },
  ],
  [
    { state: 'open', dueAt: '2026-11-24T15:00:00Z' },
    { urgency: 'calm', words: '3 h left' },
  ],
  [
    { state: 'open', dueAt: '2026-11-24T11:57:00Z' },
    { urgency: 'breached', words: '3 min late' },
  ],
  [
    { state: 'open', dueAt: '2026-11-24T11:00:00Z', firstReplyAt: '2026-11-24T10:00:00Z' },
    { urgency: 'kept', words: 'answered' },
  ],
  [
    { state: 'resolved', dueAt: '2026-11-24T11:00:00Z' },
    { urgency: 'kept', words: 'solved' },
  ],
])('a promise in words', (ticket, sla) => {
  expect(slaOf(ticket, now)).toEqual(sla);
});

test('durations in the largest unit that says enough', () => {
  expect([40_000, 61_000, 3_600_000, 47 * 3_600_000, 49 * 3_600_000].map(durationWords)).toEqual([
    '40 s',
    '1 min',
    '1 h',
    '47 h',
    '2 days',
  ]);
});

test('what breaks first comes first, what is answered comes last', () => {
  const answered = { state: 'open', dueAt: '2026-11-24T09:00:00Z', firstReplyAt: '2026-11-24T08:00:00Z' };
  const late = { state: 'new', dueAt: '2026-11-24T11:00:00Z' };
  const soon = { state: 'new', dueAt: '2026-11-24T13:00:00Z' };
  expect([soon, answered, late].toSorted(byUrgency)).toEqual([late, soon, answered]);
});
