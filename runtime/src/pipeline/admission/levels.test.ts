import { describe, expect, it } from 'vitest';
import { levelsOf, refusedShare, thresholds } from './levels.ts';

const calm = { heap: () => 0, poolWaitMs: () => 0, loop: () => 0 };
const levels = (delaysMs: number[], signals: Partial<typeof calm> = {}) =>
  levelsOf(
    delaysMs.map((proven) => ({ proven, unproven: 0 })),
    { ...calm, ...signals },
  ).byClass.map((level) => Math.round(level * 1000) / 1000);

describe('the level of a class', () => {
  it.each([
    [10, 0],
    [105, 0.5],
    [200, 1],
    [500, 1],
  ])('with a delay of %i ms is %f, for it and for those behind it', (delayMs, level) => {
    expect(levels([0, delayMs, 0, 0])).toEqual([0, level, level, level]);
  });

  it('is felt by those who are unproven apart, and by whoever waits behind both', () => {
    const delays = [0, 200, 0, 0].map((unproven) => ({ proven: 0, unproven }));
    expect(levelsOf(delays, calm)).toMatchObject({ byClass: [0, 0, 1, 1], unproven: [0, 1, 1, 1] });
    const others = [0, 0, 200, 0].map((proven) => ({ proven, unproven: 0 }));
    expect(levelsOf(others, calm)).toMatchObject({ byClass: [0, 0, 1, 1], unproven: [0, 0, 0, 1] });
  });

  it('is the highest of what the process feels', () => {
    expect(levels([0, 0, 0, 0], { heap: () => 0.9 })).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(levels([0, 0, 0, 0], { heap: () => 0.85 })).toEqual([0, 0, 0, 0]);
    expect(levels([0, 0, 0, 0], { poolWaitMs: () => 50 })).toEqual([0, 0, 0, 0]);
    expect(levels([0, 0, 0, 0], { poolWaitMs: () => 275 })).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(levels([0, 0, 0, 200], { poolWaitMs: () => 275 })).toEqual([0.5, 0.5, 0.5, 1]);
  });

  it('never goes beyond 0.4 for a busy event loop: a saturated process sheds the sheddable only', () => {
    expect(levels([0, 0, 0, 0], { loop: () => 0.9 })).toEqual([0, 0, 0, 0]);
    expect(levels([0, 0, 0, 0], { loop: () => 0.93 })[0]).toBeCloseTo(0.3);
    const byClass = levels([0, 0, 0, 0], { loop: () => 1 });
    expect(byClass.map((level, at) => refusedShare(level, thresholds[at] ?? 0))).toEqual([0, 0, 0, 1]);
  });

  it.each([
    [0.2, 0],
    [0.3, 0.5],
    [0.4, 1],
    [1, 1],
  ])('of %f refuses %f of a class whose threshold is 0.2', (level, share) => {
    expect(refusedShare(level, 0.2)).toBeCloseTo(share);
  });
});
