import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryLimitStore } from './index.ts';

describe('the sliding window', () => {
  it('never holds more than the quota, whatever the alignment', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 50, maxLength: 300 }),
        fc.integer({ min: 1, max: 9 }),
        (gaps, quota) => {
          const store = new MemoryLimitStore();
          const taken: number[] = [];
          let now = 1_000_000;
          for (const gap of gaps) {
            now += gap;
            if (store.take('k', quota, 10, now).allowed) taken.push(now);
            expect(taken.filter((at) => at > now - 10_000).length).toBeLessThanOrEqual(quota);
          }
        },
      ),
    );
  });

  it('lets the next one through after resetS, and a refused take costs nothing', () => {
    const store = new MemoryLimitStore();
    expect(store.take('k', 2, 10, 0)).toMatchObject({ allowed: true, remaining: 1 });
    expect(store.take('k', 2, 10, 100)).toMatchObject({ allowed: true, remaining: 0 });
    const refused = store.take('k', 2, 10, 200);
    expect(refused.allowed).toBe(false);
    for (let index = 0; index < 5; index++) store.take('k', 2, 10, 300);
    expect(store.take('k', 2, 10, 200 + refused.resetS * 1000).allowed).toBe(true);
  });
});
