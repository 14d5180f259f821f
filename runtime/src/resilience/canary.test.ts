import { describe, expect, it } from 'vitest';
import { Canary, type CanaryEnd } from './canary.ts';

const stable = { release: '1', weight: 90 };
const trial = { release: '2', weight: 10 };

describe('a release on trial', () => {
  it('gets its share of callers, and each caller always the same release', () => {
    const { canary } = onTrial();
    const people = Array.from({ length: 5_000 }, (_, n) => `cus_${n}`);
    const onTrialNow = people.filter((who) => canary.choose(who) === trial);
    expect(onTrialNow.length / people.length).toBeGreaterThan(0.08);
    expect(onTrialNow.length / people.length).toBeLessThan(0.12);
    expect(people.filter((who) => canary.choose(who) === trial)).toEqual(onTrialNow);
    expect(canary.choose('anybody', '2')).toBe(trial);
    expect(canary.choose(onTrialNow[0] as string, 'unknown')).toBe(trial);
  });

  it.each(['autumn', 'winter', 'r1', 'x'])('gets its share of few callers with ids in a row, too (%s)', (rollout) => {
    const canary = new Canary(
      [
        { release: '1', weight: 50 },
        { release: '2', weight: 50 },
      ],
      rollout,
      () => undefined,
    );
    const share = Array.from({ length: 100 }, (_, n) => canary.choose(`cus_${n}`)).filter(
      ({ release }) => release === '2',
    );
    expect(share.length).toBeGreaterThan(32);
    expect(share.length).toBeLessThan(68);
  });

  it('meets other callers in another rollout, and nobody but by name at a weight of 0', () => {
    const people = Array.from({ length: 1_000 }, (_, n) => `cus_${n}`);
    const [autumn, winter] = ['autumn', 'winter'].map((rollout) => {
      const canary = new Canary([stable, trial], rollout, () => undefined);
      return people.filter((who) => canary.choose(who) === trial);
    });
    expect(winter).not.toEqual(autumn);
    const hidden = { release: '3', weight: 0 };
    const canary = new Canary([stable, hidden], 'autumn', () => undefined);
    expect(people.some((who) => canary.choose(who) === hidden)).toBe(false);
    expect(canary.choose('anybody', '3')).toBe(hidden);
  });

  it.each([
    [2, 0, 1],
    [1, 0, 0],
    [12, 12, 0],
    [14, 12, 1],
  ])('with %i errors in 200 calls, beside %i of the stable one, is taken out %i times', (errors, usual, times) => {
    const { canary, ends } = onTrial();
    for (let n = 0; n < 200; n++) canary.report(stable, { isError: n < usual, durationMs: 10 }, n);
    for (let n = 0; n < 200; n++) canary.report(trial, { isError: n < errors, durationMs: 10 }, n);
    expect(ends).toHaveLength(times);
  });

  it('is taken out at a whole point more errors over 200 calls, and its callers go to the stable one', () => {
    const { canary, ends } = onTrial();
    for (let n = 0; n < 1000; n++) canary.report(stable, { isError: false, durationMs: 10 }, n);
    for (let n = 0; n < 199; n++) canary.report(trial, { isError: n < 3, durationMs: 10 }, n);
    expect(ends).toEqual([]);
    canary.report(trial, { isError: false, durationMs: 10 }, 200);
    expect(ends).toMatchObject([{ release: '2', because: 'errors', calls: 200 }]);
    expect(Array.from({ length: 500 }, (_, n) => canary.choose(`cus_${n}`)).every((route) => route === stable)).toBe(
      true,
    );
    canary.report(trial, { isError: true, durationMs: 10 }, 201);
    expect(ends).toHaveLength(1);
  });

  it('is taken out when its slowest hundredth takes half as long again', () => {
    const { canary, ends } = onTrial();
    for (let n = 0; n < 300; n++) {
      canary.report(stable, { isError: false, durationMs: 10 }, n);
      canary.report(trial, { isError: false, durationMs: 14.9 }, n);
    }
    expect(ends).toEqual([]);
    for (let n = 0; n < 300; n++) canary.report(trial, { isError: false, durationMs: 15 }, n);
    expect(ends).toMatchObject([{ because: 'latency', figures: [15, 10] }]);
  });

  it.each([
    [299_999, 1],
    [300_000, 0],
    [400_000, 0],
  ])('is judged by the last five minutes only: after %i ms it is taken out %i times', (nowMs, times) => {
    const { canary, ends } = onTrial();
    for (let n = 0; n < 150; n++) canary.report(trial, { isError: true, durationMs: 1 }, 0);
    for (let n = 0; n < 500; n++) canary.report(trial, { isError: false, durationMs: 1 }, nowMs);
    expect(ends).toHaveLength(times);
  });

  it('is judged by itself when nobody has met the stable one', () => {
    const { canary, ends } = onTrial();
    for (let n = 0; n < 200; n++) canary.report(trial, { isError: n < 2, durationMs: 1 }, n);
    expect(ends).toMatchObject([{ because: 'errors', figures: [0.01, 0] }]);
  });
});

function onTrial(): { canary: Canary<typeof stable>; ends: CanaryEnd[] } {
  const ends: CanaryEnd[] = [];
  return { canary: new Canary([stable, trial], 'autumn', (end) => ends.push(end)), ends };
}
