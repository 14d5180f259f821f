import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { elapsedMs } from '../kernel/index.ts';
import { Deadlines } from './deadlines.ts';
import type { Exchange } from './exchange.ts';

let expired: string[];
let deadlines: Deadlines;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  expired = [];
  deadlines = new Deadlines(({ traceId }) => expired.push(traceId));
});
afterEach(() => {
  vi.useRealTimers();
});

/** Added, with so much time. */
function added(traceId: string, leftMs: number): Exchange {
  const x = { traceId, deadlineMs: elapsedMs() + leftMs, isTimed: false } as Exchange;
  deadlines.add(x);
  return x;
}

it('each expires once, within 50 ms of its time, and not before', () => {
  for (const [name, leftMs] of [
    ['a', 10],
    ['b', 120],
    ['c', 50],
    ['d', 49],
  ] as const)
    added(name, leftMs);
  vi.advanceTimersByTime(49);
  expect(expired).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(expired.toSorted()).toEqual(['a', 'c', 'd']);
  vi.advanceTimersByTime(69);
  expect(expired).toHaveLength(3);
  vi.advanceTimersByTime(31);
  expect(expired.at(-1)).toBe('b');
  vi.advanceTimersByTime(1_000);
  expect(expired).toHaveLength(4);
  expect(vi.getTimerCount()).toBe(0);
  added('e', 1);
  vi.advanceTimersByTime(50);
  expect(expired.at(-1)).toBe('e');
});

it.each([
  [[0, 1, 2, 3], ''],
  [[1, 0], 'c d'],
  [[1, 2], 'a d'],
  [[2, 1], 'a d'],
  [[3, 2], 'a b'],
  [[0, 3], 'b c'],
  [[1], 'a c d'],
  [[1, 1], 'a c d'],
  [[], 'a b c d'],
])('without those at %j, removed in this order, %s are left', (removed, left) => {
  const all = ['a', 'b', 'c', 'd'].map((name) => added(name, 1));
  for (const at of removed) deadlines.remove(all[at] as Exchange);
  deadlines.remove({ traceId: 'never added', isTimed: false } as Exchange);
  vi.advanceTimersByTime(50);
  expect(expired.toSorted().join(' ')).toBe(left);
  // Who is removed holds nobody else.
  for (const { earlier, later, isTimed } of all)
    expect([earlier, later, isTimed]).toEqual([undefined, undefined, false]);
});
