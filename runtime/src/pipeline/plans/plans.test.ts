import { expect, it } from 'vitest';
import type { Plan } from './plan.ts';
import { Plans } from './plans.ts';

it('another plan holds within a second; while nobody can be asked the one before does', async () => {
  let [nowMs, asked, isAway] = [0, 0, false];
  let plan: Plan = { limits: { burst: 10 } };
  const find = (): Promise<Plan> => {
    asked += 1;
    return isAway ? Promise.reject(new Error('away')) : Promise.resolve(plan);
  };
  const plans = new Plans(find, () => nowMs);
  expect(await plans.of('app_1')).toBe(plan);
  const before = plan;
  plan = { limits: { burst: 20 } };
  nowMs = 999;
  expect([plans.of('app_1'), asked]).toEqual([before, 1]);
  nowMs = 1_000;
  expect([await plans.of('app_1'), asked]).toEqual([plan, 2]);
  isAway = true;
  nowMs = 2_000;
  expect([await plans.of('app_1'), asked]).toEqual([plan, 3]);
});

it('many calls that come together ask once; of ten thousand applications and one none is known any more', async () => {
  let asked = 0;
  const plans = new Plans(
    () => Promise.resolve({ limits: { burst: (asked += 1) } }),
    () => 0,
  );
  const together = await Promise.all([1, 2, 3].map(async () => plans.of('app_0')));
  expect([asked, new Set(together).size]).toEqual([1, 1]);
  for (let n = 1; n < 10_000; n++) await plans.of(`app_${n}`);
  expect(plans.of('app_0')).toEqual({ limits: { burst: 1 } });
  await plans.of('app_new');
  expect(plans.of('app_0')).toBeInstanceOf(Promise);
});
