// As whom a capability calls another's operation: as a service, for the caller's customer, with all who stand behind it.

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { read } from '../capability.ts';
import { reply } from '../context.ts';
import type { Principal } from '../kernel/index.ts';
import { notesContract, startTestEdge, type TestEdge } from '../pipeline/test-edge.ts';

let world: TestEdge;
/** As whom the callee was called. */
let seen: Principal | undefined;

beforeAll(async () => {
  const contract = await notesContract();
  const callee = contract.operations.find(({ id }) => id === 'getNote') as (typeof contract.operations)[0];
  callee.policy.audience = ['service'];
  world = await startTestEdge({
    contract,
    calls: { notes: ['notes.getNote'] },
    handlers: {
      listNotes: read(async (_, ctx) => reply(200, await ctx.call('notes.getNote' as never, note as never))),
      getNote: read(async ({ noteId }: typeof note, ctx) => {
        seen = ctx.principal;
        return reply(200, { id: noteId, text: '', version: 1 });
      }),
    },
  });
});
afterAll(() => world.close());
beforeEach(() => {
  seen = undefined;
});

const note = { noteId: 'note_bob1' };

async function ask(target: string, claims: Record<string, unknown>): Promise<number> {
  const headers = { authorization: `Bearer ${await world.token(claims)}` };
  return (await fetch(`${world.url}/notes/v1${target}`, { headers })).status;
}

it.each([
  ['a customer', {}, 'cus_ada', ['notes', 'ada']],
  ['staff', { sub: 'sue', plinth_audience: 'staff', customer_id: undefined }, undefined, ['notes', 'sue']],
  [
    'software for a customer',
    { act: { sub: 'assistant', act: { sub: 'model' } } },
    'cus_ada',
    ['notes', 'assistant', 'model'],
  ],
])('called by %s, it comes as a service with the whole chain of who acts', async (_, claims, customerId, actor) => {
  expect(await ask('/notes', { ...claims, plinth_channels: 'mobile' })).toBe(200);
  expect(seen).toMatchObject({ issuer: 'plinth', subject: 'notes', audience: 'service', actor, channel: 'mobile' });
  expect([seen?.customerId, seen?.scopes]).toEqual([customerId, new Set(['*'])]);
});

it('opens to nobody else what is for services', async () => {
  expect(await ask('/notes/note_ada1', {})).toBe(403);
  expect(seen).toBeUndefined();
});
