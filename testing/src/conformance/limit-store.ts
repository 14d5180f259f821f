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
        lateTakesMoveNothing(open());
      },
    },
    {
      name: '2. a refused take costs nothing',
      async check() {
        const store = open();
        const first = store.take('law', { quota: 1, windowS }, 0);
        assert.deepEqual([first.allowed, first.remaining], [true, 0]);
        for (let ms = 1; ms < 5000; ms += 100)
          assert.equal(store.take('law', { quota: 1, windowS }, ms).allowed, false);
        assert.equal(store.take('law', { quota: 1, windowS }, first.resetS * 1000).allowed, true);
      },
    },
    {
      name: '3. resetS is enough',
      async check() {
        for (let seed = 0; seed < runs; seed++) resetIsEnough(open(), seed);
      },
    },
    {
      name: '4. a take of cost n counts n, and is refused when fewer than n are left; one of cost 0 only looks',
      async check() {
        costCounts(open());
        looksOnly(open());
        for (let seed = 0; seed < runs; seed++) resetIsEnoughForCosts(open(), seed);
      },
    },
    {
      name: 'keys do not share a window',
      async check() {
        const store = open();
        assert.equal(store.take('law-a', { quota: 1, windowS }, 0).allowed, true);
        assert.equal(store.take('law-b', { quota: 1, windowS }, 0).allowed, true);
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
    const { allowed, resetS } = store.take('law', { quota, windowS }, now);
    assert.ok(Number.isSafeInteger(resetS) && resetS >= 1, `seed ${seed}: a reset in ${resetS} s`);
    if (allowed) taken.push(now);
    const inWindow = taken.filter((at) => at > now - windowS * 1000).length;
    assert.ok(inWindow <= quota, `seed ${seed}: ${inWindow} of ${quota} at ${now}`);
  }
  assert.ok(taken.length > quota, 'a limit must not refuse for ever');
}

/** Who waited in a queue comes with the time at which it began to wait. */
function lateTakesMoveNothing(store: LimitStore): void {
  const take = (nowMs: number) => store.take('law', { quota: 1, windowS }, nowMs).allowed;
  assert.equal(take(9_000), true);
  for (let n = 0; n < 40; n++) assert.deepEqual([take(1_000), take(9_000)], [false, false], `round ${n}`);
}

function resetIsEnough(store: LimitStore, seed: number): void {
  const random = seededRandom(seed);
  const quota = 1 + random.int(5);
  let now = 5_000_000;
  for (let n = 0; n < 60; n++) {
    now += random.int(900);
    const take = store.take('law', { quota, windowS }, now);
    if (take.allowed) continue;
    now += take.resetS * 1000;
    assert.equal(store.take('law', { quota, windowS }, now).allowed, true, `seed ${seed}: refused after resetS`);
  }
}

function costCounts(store: LimitStore): void {
  const take = (cost: number | undefined, nowMs: number) => {
    const { allowed, remaining } = store.take('law', { quota: 10, windowS, cost }, nowMs);
    return [allowed, remaining];
  };
  assert.deepEqual(take(7, 0), [true, 3]);
  assert.deepEqual(take(4, 1), [false, 3], 'one fewer than the cost is left');
  assert.deepEqual(take(3, 2), [true, 0], 'what was refused has counted nothing');
  assert.deepEqual(take(undefined, 3), [false, 0]);
  // A quota that was lowered meanwhile leaves nothing, and not less.
  assert.deepEqual(store.take('law', { quota: 5, windowS }, 4).remaining, 0);
  const never = store.take('law', { quota: 10, windowS, cost: 11 }, 1_000_000);
  assert.deepEqual([never.allowed, never.remaining, never.resetS], [false, 10, windowS]);
}

function looksOnly(store: LimitStore): void {
  const look = { quota: 2, windowS, cost: 0 };
  const seen = (nowMs: number) => {
    const { allowed, remaining } = store.take('law', look, nowMs);
    return [allowed, remaining];
  };
  for (let n = 0; n < 5; n++) assert.deepEqual(seen(n), [true, 2]);
  store.take('law', { quota: 2, windowS }, 5);
  assert.deepEqual(seen(6), [true, 1]);
  const last = store.take('law', { quota: 2, windowS }, 7);
  const used = store.take('law', look, 8);
  assert.deepEqual([used.allowed, used.remaining, used.resetS], [true, 0, last.resetS], 'also when nothing is left');
}

function resetIsEnoughForCosts(store: LimitStore, seed: number): void {
  const random = seededRandom(seed);
  const quota = 4 + random.int(8);
  const taken: { at: number; cost: number }[] = [];
  let now = 5_000_000;
  for (let n = 0; n < 100; n++) {
    now += random.int(900);
    const counted = { quota, windowS, cost: 1 + random.int(4) };
    const take = store.take('law', counted, now);
    if (!take.allowed) {
      now += take.resetS * 1000;
      assert.equal(store.take('law', counted, now).allowed, true, `seed ${seed}: refused after resetS`);
    }
    taken.push({ at: now, cost: counted.cost });
    let inWindow = 0;
    for (const { at, cost } of taken) if (at > now - windowS * 1000) inWindow += cost;
    assert.ok(inWindow <= quota, `seed ${seed}: ${inWindow} of ${quota} at ${now}`);
  }
}
