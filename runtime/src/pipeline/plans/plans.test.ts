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
