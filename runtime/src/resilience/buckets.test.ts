import { expect, it } from 'vitest';
import { Buckets } from './buckets.ts';

it('forgets a second when as many have begun after it as are kept, however long nobody came by', () => {
  for (let laterS = 0; laterS < 40; laterS++) {
    const buckets = new Buckets(10);
    buckets.add(7_999, 3, 1);
    expect(buckets.sums((7 + laterS) * 1_000)).toEqual(laterS < 10 ? { first: 3, second: 1 } : { first: 0, second: 0 });
  }
});

it('counts what is told late with the present, and forgets nothing by it', () => {
  const buckets = new Buckets(10);
  buckets.add(20_000, 1, 0);
  buckets.add(18_000, 1, 1);
  expect(buckets.sums(20_000)).toEqual({ first: 2, second: 1 });
});
