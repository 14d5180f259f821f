import { limitStoreLaws } from '@plinth/testing';
import { describe, expect, it } from 'vitest';
import { MemoryLimitStore } from './index.ts';

describe('limits in memory keep the laws of the LimitStore port', () => {
  it.each(limitStoreLaws(() => new MemoryLimitStore()))('$name', async ({ check }) => {
    await expect(check()).resolves.toBeUndefined();
  });
});

describe('limits in memory', () => {
  it('forget only keys that two generations of others have passed', () => {
    const store = new MemoryLimitStore();
    store.take('first', { quota: 1, windowS: 10 }, 0);
    for (let n = 0; n < 50_000; n++) store.take(`other-${n}`, { quota: 1, windowS: 10 }, 0);
    expect(store.take('first', { quota: 1, windowS: 10 }, 1).allowed).toBe(false);
  });

  it('hold no more keys than two generations, however many callers come', () => {
    const store = new MemoryLimitStore();
    for (let n = 0; n < 200_000; n++) store.take(`caller-${n}`, { quota: 1, windowS: 10 }, 0);
    expect(store.size).toBeLessThanOrEqual(100_000);
  });
});
