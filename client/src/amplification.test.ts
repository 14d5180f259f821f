// What a client adds to a service in trouble: first attempts and repeats counted over a minute of virtual time.

import { expect, it } from 'vitest';
import { ordersOperations } from './generated/orders.ts';
import { createClient } from './index.ts';

const calls = 6000;
const callsPerS = 100;

/** One call every 10 ms of virtual time; the n-th attempt is refused when `isRefused` says so. */
async function load(
  isRefused: (attempt: number) => boolean,
  calls = 6000,
): Promise<{ attempts: number; heldBackAt: number[] }> {
  let now = 0;
  let attempts = 0;
  const heldBackAt: number[] = [];
  let random = 1;
  const client = createClient({
    baseUrl: 'https://northfold.example',
    fetch: async () => Response.json({}, { status: isRefused(attempts++) ? 503 : 200 }),
    timing: {
      now: () => now,
      // A linear congruential sequence: chance that is the same in every run.
      random: () => (random = (random * 48_271) % 2_147_483_647) / 2_147_483_647,
      wait: async () => {},
    },
  });
  for (let call = 0; call < calls; call++) {
    now = (call * 1000) / callsPerS;
    const result = await client.safe(ordersOperations.getOrder, { orderId: 'o' });
    if (!result.ok && result.problem.code === 'held-back') heldBackAt.push(call);
  }
  return { attempts, heldBackAt };
}

it('is at most 10 % more than without repeats while one in four is refused', async () => {
  const { attempts, heldBackAt } = await load((attempt) => attempt % 4 === 0);
  expect(heldBackAt).toEqual([]);
  // Of 6,000 calls a quarter could be repeated: the budget, not the lack of refusals, is what holds.
  expect(attempts / calls).toBeGreaterThan(1.05);
  expect(attempts / calls).toBeLessThanOrEqual(1.1);
});

it('is less than a tenth when everything is refused', async () => {
  const { attempts, heldBackAt } = await load(() => true);
  expect(attempts / calls).toBeLessThan(0.1);
  expect(heldBackAt.length).toBeGreaterThan(calls * 0.9);
});

it('sends everything again two minutes after the service is well', async () => {
  const { heldBackAt } = await load((attempt) => attempt < 40, 13_000);
  expect(heldBackAt.length).toBeGreaterThan(100);
  expect(Math.max(...heldBackAt)).toBeLessThan(120 * callsPerS);
});

it('of what matters is not held back with what does not', async () => {
  const { getOrder } = ordersOperations;
  let now = 0;
  const client = createClient({
    baseUrl: 'https://northfold.example',
    fetch: async (url) => Response.json({}, { status: url.endsWith('/dear') ? 200 : 503 }),
    timing: { now: () => now, random: () => 0.5, wait: async () => {} },
  });
  const heldBack = { dear: 0, cheap: 0 };
  for (let call = 0; call < calls; call++) {
    now = (call * 1000) / callsPerS;
    const isDear = call % 10 === 0;
    const operation = isDear ? { ...getOrder, criticality: 'critical' as const } : getOrder;
    const result = await client.safe(operation, { orderId: isDear ? 'dear' : 'cheap' });
    if (!result.ok && result.problem.code === 'held-back') heldBack[isDear ? 'dear' : 'cheap'] += 1;
  }
  expect(heldBack.dear).toBe(0);
  expect(heldBack.cheap).toBeGreaterThan(calls * 0.8);
});
