// What a confirmation is bound to, and when the customer is asked: the stage over records that a test holds.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { write } from '../../capability.ts';
import { reply } from '../../context.ts';
import type { Principal } from '../../kernel/index.ts';
import type { ConfirmedCall, Confirmations } from '../../security/confirmations.ts';
import { notesContract, staff, startTestEdge, type TestEdge } from '../test-edge.ts';

const agent: Principal = { ...staff(), audience: 'agent', customerId: 'cus_ada', actor: ['assistant'] };
const record = {
  readback: 'Write a note: text t.',
  expiresAt: '2030-01-01T00:00:00Z',
  idempotencyKey: 'of the record',
};

let use: 'ok' | 'used' | 'waiting' | 'required';
let lent: { idempotencyKey: string; isConfirmed: boolean } | undefined;
/** How often the handler ran. */
let runs: number;
/** What the customer was asked anew. */
let issued: ConfirmedCall[];
const worlds: TestEdge[] = [];

beforeEach(() => {
  [use, lent, issued, runs] = ['required', undefined, [], 0];
});
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const records = {
  use: async () => use,
  find: async (id: string) => ({ ...record, id }),
  lend: async () => lent,
  issue: async (call: ConfirmedCall) => {
    issued.push(call);
    return { ...record, id: 'new', idempotencyKey: call.idempotencyKey };
  },
} as unknown as Confirmations;

/** An edge whose `createNote` has this policy, in this contract. */
async function start(policy: object = {}, of: { id?: string; version?: string } = {}): Promise<TestEdge> {
  const contract = Object.assign(await notesContract(), of);
  Object.assign(contract.operations.find(({ id }) => id === 'createNote')?.policy ?? {}, policy);
  const world = await startTestEdge({
    contract,
    handlers: { createNote: write(async () => reply(201, { id: 'n', text: 't', version: (runs += 1) })) },
    services: { database: undefined },
    edge: { confirmations: records },
  });
  worlds.push(world);
  return world;
}

interface More {
  confirmation?: string;
  lendsKey?: boolean;
  idempotencyKey?: string;
}

async function call(world: TestEdge, more: More = {}) {
  const input = { body: { text: 't' } };
  const asked = { operation: 'notes.createNote', principal: agent, input, idempotencyKey: 'own', ...more };
  const { status, body } = await world.edge.invoke(asked);
  return [status, (body as { confirmation?: { id: string; idempotencyKey: string } }).confirmation] as const;
}

it('a confirmation is bound to the version of the contract: what was agreed to under another is asked anew', async () => {
  for (const version of ['1.2.0', '1.2.0', '1.2.1']) await call(await start({}, { version }));
  const [first, same, next] = issued.map(({ contractHash }) => contractHash);
  expect([same === first, next === first]).toEqual([true, false]);
});

describe('with the id of one', () => {
  it.each([
    ['ok', 201, undefined],
    ['used', 409, undefined],
    ['required', 428, 'new'],
    // The same question again, not a second one.
    ['waiting', 428, 'c1'],
  ] as const)('that is %s the answer is %i', async (state, status, id) => {
    use = state;
    const [got, confirmation] = await call(await start(), { confirmation: 'c1' });
    expect([got, confirmation?.id, issued.length]).toEqual([status, id, id === 'new' ? 1 : 0]);
  });
});

describe('without an id', () => {
  it('what is open is looked for only for software that keeps none', async () => {
    lent = { idempotencyKey: 'lent', isConfirmed: true };
    expect((await call(await start()))[0]).toBe(428);
    expect((await call(await start(), { lendsKey: true }))[0]).toBe(201);
    expect(issued.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['own']);
  });

  it('the key that is lent is that of the call: however many keys come, there is one effect', async () => {
    lent = { idempotencyKey: 'lent', isConfirmed: true };
    const world = await start();
    for (const idempotencyKey of ['first', 'second'])
      expect((await call(world, { lendsKey: true, idempotencyKey }))[0]).toBe(201);
    expect(runs).toBe(1);
  });

  it('what nobody has answered is asked again under the key it lends', async () => {
    lent = { idempotencyKey: 'lent', isConfirmed: false };
    expect(await call(await start(), { lendsKey: true })).toEqual([
      428,
      expect.objectContaining({ id: 'new', idempotencyKey: 'lent' }),
    ]);
  });
});

it('what the contract says is never confirmed is not', async () => {
  expect((await call(await start({ skill: { confirm: 'never' } })))[0]).toBe(201);
  expect(issued).toEqual([]);
});
