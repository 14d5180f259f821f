import { describe, expect, it } from 'vitest';
import { pointsFor, repayment, tierOf } from './points.ts';

describe('points', () => {
  it('are one a whole euro', () => {
    expect([pointsFor(0), pointsFor(99), pointsFor(2450)]).toEqual([0, 0, 24]);
  });

  it('pay what is owed, and no more', () => {
    expect([repayment(10n, 0n), repayment(10n, 4n), repayment(10n, 10n), repayment(10n, 25n)]).toEqual([
      0n,
      4n,
      10n,
      10n,
    ]);
  });

  it('make a tier, and say what is missing to the next', () => {
    expect(tierOf(0)).toEqual({ tier: 'blue', toNext: 1000 });
    expect(tierOf(1000)).toEqual({ tier: 'silver', toNext: 4000 });
    expect(tierOf(9000)).toEqual({ tier: 'gold', toNext: null });
  });
});
