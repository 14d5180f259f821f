import { expect, it } from 'vitest';
import { seededRandom } from '../kernel/index.ts';
import { Pace } from './pace.ts';

it('the pace of an operation is near the median of its durations, and follows when they change', () => {
  const random = seededRandom(7);
  const pace = new Pace();
  expect(pace.medianMs).toBe(0);
  // Nine in ten take 1 to 3 ms, the others ten times as long: the median is about 2.1 ms, the mean 3.8 ms.
  const draw = (): number => (1 + random.next() * 2) * (random.next() < 0.1 ? 10 : 1);
  for (let n = 0; n < 1_000; n++) pace.note(draw());
  expect(pace.medianMs).toBeGreaterThan(1.8);
  expect(pace.medianMs).toBeLessThan(2.5);
  for (let n = 0; n < 300; n++) pace.note(20);
  expect(pace.medianMs).toBeCloseTo(20, 0);
});
