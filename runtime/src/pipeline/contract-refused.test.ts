import { expect, it } from 'vitest';
import { refuseUnsafe } from './contract-refused.ts';
import { notesContract } from './test-edge.ts';

it('a call may cost all of a limit, and no more', async () => {
  const contract = await notesContract();
  const [limit] = contract.operations.find(({ id }) => id === 'createNote')?.policy.limits ?? [];
  if (limit === undefined) throw new Error('there must be a limit');
  const install = () => refuseUnsafe([{ contract, handlers: {}, owners: { note: async () => new Map() } }], false);
  limit.cost = limit.quota;
  expect(install).not.toThrow();
  limit.cost += 1;
  expect(install).toThrow('createNote costs 51 of the limit writes, which has 50.');
});
