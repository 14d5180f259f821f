import { describe, expect, it } from 'vitest';
import { type AttemptResult, judge, type Tried } from './schedule.ts';

const now = Temporal.Instant.from('2030-01-01T00:00:00Z');
const none: AttemptResult = { status: 500, retryAfter: undefined };

/** Seconds until the next attempt, or what the end is. */
function next(result: AttemptResult, tried: Partial<Tried> = {}): number | string {
  const verdict = judge(result, { tries: 1, firstAt: now, retryForS: undefined, now, chance: 0.5, ...tried });
  return verdict.kind === 'again' ? verdict.at.since(now).total('seconds') : verdict.kind;
}

// As the guide promises them: 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h, 8 h, 12 h, 24 h.
const waitsS = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400];

describe('between attempts', () => {
  it.each(waitsS.map((waitS, index) => [index + 1, waitS] as const))(
    'behind attempt %i it waits %i s, a fifth shorter or longer by chance',
    (tries, waitS) => {
      expect(next(none, { tries, chance: 0 })).toBeCloseTo(waitS * 0.8, 2);
      expect(next(none, { tries, chance: 0.25 })).toBeCloseTo(waitS * 0.9, 2);
      expect(next(none, { tries, chance: 0.5 })).toBeCloseTo(waitS, 2);
      expect(next(none, { tries, chance: 1 - 2 ** -53 })).toBeCloseTo(waitS * 1.2, 2);
    },
  );

  it('there are eleven waits, and behind the twelfth attempt none', () => {
    expect(next(none, { tries: 12 })).toBe('dead');
    expect(waitsS.reduce((sum, waitS) => sum + waitS, 0) / 3600).toBeCloseTo(52, 0);
  });
});

it.each([
  [200, 'delivered'],
  [299, 'delivered'],
  [199, 5],
  [300, 5],
  [308, 5],
  [400, 5],
  [410, 'gone'],
  [undefined, 5],
])('%s → %s', (status, end) => {
  expect(next({ status, retryAfter: undefined })).toBe(end);
});

it('Retry-After lengthens a wait and never shortens it', () => {
  expect(next({ status: 503, retryAfter: '1' })).toBe(5);
  expect(next({ status: 503, retryAfter: '86400' })).toBe(86_400);
  expect(next({ status: 503, retryAfter: '86401' })).toBe(86_400);
  expect(next({ status: 429, retryAfter: 'Tue, 01 Jan 2030 00:01:00 GMT' })).toBe(60);
  expect(next({ status: 429, retryAfter: 'Mon, 31 Dec 2029 23:59:00 GMT' })).toBe(5);
  expect(next({ status: 200, retryAfter: '60' })).toBe('delivered');
});

it('no attempt is planned for later than retryFor allows, and one at its very end is', () => {
  expect(next(none, { retryForS: 5 })).toBe(5);
  expect(next(none, { retryForS: 4.999 })).toBe('dead');
  expect(next({ status: 503, retryAfter: '61' }, { retryForS: 60 })).toBe('dead');
  // From the first attempt on.
  const firstAt = now.subtract({ seconds: 10 });
  expect(next(none, { retryForS: 15, firstAt })).toBe(5);
  expect(next(none, { retryForS: 14.999, firstAt })).toBe('dead');
});
