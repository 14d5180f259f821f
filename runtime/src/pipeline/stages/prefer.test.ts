import { expect, it } from 'vitest';
import { appliedHeader, mostWaitMs, readPrefer, waitMsOf } from './prefer.ts';

it('reads respond-async and wait in any case, with parameters and quotes', () => {
  expect(readPrefer('Respond-Async; x=1, WAIT="5"')).toEqual({ respondAsync: true, waitS: 5 });
  expect(readPrefer('wait = 10')).toEqual({ respondAsync: false, waitS: 10 });
});

it('ignores what it does not know and values that are no number of seconds', () => {
  const none = { respondAsync: false, waitS: undefined };
  expect(readPrefer(undefined)).toEqual(none);
  for (const field of ['return=minimal', 'wait=soon', 'wait', 'wait=-1', 'wait=1.5', ', ,;', 'respond-async-x'])
    expect(readPrefer(field)).toEqual(none);
});

it('takes the first of two waits, and none longer than 30 s', () => {
  expect(readPrefer('wait=2, wait=9').waitS).toBe(2);
  expect(waitMsOf(readPrefer('wait=30'))).toBe(mostWaitMs);
  expect(waitMsOf(readPrefer('wait=31'))).toBe(mostWaitMs);
  expect(waitMsOf(readPrefer('respond-async'))).toBe(0);
  // What stands beyond 500 letters is not read.
  expect(readPrefer(`${'x,'.repeat(247)}wait=5`).waitS).toBe(5);
  expect(readPrefer(`${'x,'.repeat(250)}wait=5`).waitS).toBeUndefined();
});

it('tells which preferences were applied', () => {
  expect(appliedHeader(readPrefer('wait=5, respond-async'))).toEqual(['Preference-Applied', 'respond-async, wait=5']);
  expect(appliedHeader(readPrefer('return=minimal'))).toEqual([]);
});
