import { expect, it } from 'vitest';
import { notesContract } from '../test-edge.ts';
import { faultOfPlan } from './plan.ts';

const contract = await notesContract();
const quotaOf = (product: string) => ({ quotas: [{ product, per: 'day', calls: 0 } as const] });
const create = contract.operations.find(({ id }) => id === 'createNote');

it('a plan may give less of a limit than the contract, but not less than one call costs', () => {
  const [limit] = create?.policy.limits ?? [];
  if (limit === undefined) throw new Error('there must be a limit');
  limit.cost = 20;
  expect(faultOfPlan({ limits: { writes: 20 } }, [contract])).toBe(undefined);
  expect(faultOfPlan({ limits: { writes: 19 } }, [contract])).toBe(
    'A call of notes.createNote costs 20 of the limit writes: with 19 none would ever pass.',
  );
});

it('the dearest call must fit into a limit, wherever it is', async () => {
  const [dear, cheap] = [await notesContract(), await notesContract()];
  for (const [cost, { operations }] of [
    [20, dear],
    [5, cheap],
  ] as const)
    for (const { policy } of operations) for (const limit of policy.limits) limit.cost = cost;
  for (const contracts of [
    [dear, cheap],
    [cheap, dear],
  ]) {
    expect(faultOfPlan({ limits: { writes: 20 } }, contracts)).toBe(undefined);
    expect(faultOfPlan({ limits: { writes: 6 } }, contracts)).toContain('costs 20');
  }
});

it('a plan names limits of operations for partners, and products there are', () => {
  // Only customers and staff change notes.
  expect(faultOfPlan({ limits: { changes: 5 } }, [contract])).toBe('No operation for partners has a limit changes.');
  expect(faultOfPlan({ limits: { standard: 5 } }, [contract])).toBe('No operation for partners has a limit standard.');
  if (create !== undefined) create.policy.limits = [];
  expect(faultOfPlan({ limits: { standard: 5 } }, [contract])).toBe(undefined);
  expect(faultOfPlan(quotaOf('notes'), [contract])).toBe(undefined);
  expect(faultOfPlan(quotaOf('nots'), [contract])).toBe('There is no product nots.');
});
