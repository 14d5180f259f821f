import { describe, expect, it } from 'vitest';
import { pointsFor, tierOf } from './points.ts';

describe('points', () => {
  it('are one a whole euro', () => {
    expect([pointsFor(0), pointsFor(99), pointsFor(2450)]).toEqual([0, 0, 24]);
  });

  it('make a tier, and say what is missing to the next', () => {
    expect(tierOf(0)).toEqual({ tier: 'blue', toNext: 1000 });
    expect(tierOf(1000)).toEqual({ tier: 'silver', toNext: 4000 });
    expect(tierOf(9000)).toEqual({ tier: 'gold', toNext: null });
  });
});
