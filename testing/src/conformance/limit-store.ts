// Laws of the LimitStore port. Chance comes from a seeded stream, so a failure comes back.

import assert from 'node:assert/strict';
import { type LimitStore, seededRandom } from '@plinth/runtime';
import type { Law } from '../law.ts';

const windowS = 10;
const runs = 40;

/** Numbered as in runtime/src/ports/limit-store.ts. */
export function limitStoreLaws(open: () => LimitStore): Law[] {
  return [
    {
      name: '1. no window of any alignment holds more than the quota',
      async check() {
        for (let seed = 0; seed < runs; seed++) noWindowHoldsMore(open(), seed);
      },
    },
    {
      name: '2. a refused take costs nothing',
      async check() {
        const store = open();
        const first = store.take('law', 1, windowS, 0);
        assert.deepEqual([first.allowed, first.remaining], [true, 0]);
        for (let ms = 1; ms < 5000; ms += 100) assert.equal(store.take('law', 1, windowS, ms).allowed, false);
        assert.equal(store.take('law', 1, windowS, first.resetS * 1000).allowed, true);
      },
    },
    {
      name: '3. resetS is enough',
      async check() {
        for (let seed = 0; seed < runs; seed++) resetIsEnough(open(), seed);
      },
    },
    {
      name: 'keys do not share a window',
      async check() {
        const store = open();
        assert.equal(store.take('law-a', 1, windowS, 0).allowed, true);
        assert.equal(store.take('law-b', 1, windowS, 0).allowed, true);
      },
    },
  ];
}

function noWindowHoldsMore(store: LimitStore, seed: number): void {
  const random = seededRandom(seed);
  const quota = 1 + random.int(8);
  const taken: number[] = [];
  let now = 1_000_000;
  for (let n = 0; n < 400; n++) {
    now += random.int(700);
    if (store.take('law', quota, windowS, now).allowed) taken.push(now);
    const inWindow = taken.filter((at) => at > now - windowS * 1000).length;
    assert.ok(inWindow <= quota, `seed ${seed}: ${inWindow} of ${quota} at ${now}`);
  }
  assert.ok(taken.length > quota, 'a limit must not refuse for ever');
}

function resetIsEnough(store: LimitStore, seed: number): void {
  const random = seededRandom(seed);
  const quota = 1 + random.int(5);
  let now = 5_000_000;
  for (let n = 0; n < 60; n++) {
    now += random.int(900);
    const take = store.take('law', quota, windowS, now);
    if (take.allowed) continue;
    now += take.resetS * 1000;
    assert.equal(store.take('law', quota, windowS, now).allowed, true, `seed ${seed}: refused after resetS`);
  }
}
