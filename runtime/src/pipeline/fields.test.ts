// What of an answer is for some readers only, over HTTP and for invocations: audiences, scopes, purposes and secrets.

import type { JsonObject } from '@plinth/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { read, write } from '../capability.ts';
import { type Relations, reply, type WriteContext } from '../context.ts';
import { seal, sealingKey, unseal } from '../operations/seal.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { consentsOf, notesContract, staff, startTestEdge, type TestEdge } from './test-edge.ts';

const note = {
  id: 'note_ada1',
  text: 't',
  version: 1,
  margin: 7,
  hint: 'h',
  deep: 'd',
  study: 's',
  key: 'canary-secret',
};
const given = new Set(['cus_ada marketing']);
let store: TestDatabase;
let world: TestEdge;
beforeAll(async () => {
  store = await openTestDatabase();
  const contract = await notesContract();
  const schemas = (contract.document['components'] as JsonObject)['schemas'] as Record<
    string,
    { properties: JsonObject }
  >;
  Object.assign(schemas['Note']?.properties as object, {
    margin: { type: 'integer', 'x-plinth': { audience: ['staff'] } },
    hint: { type: 'string', 'x-plinth': { purpose: ['marketing'] } },
    deep: { type: 'string', 'x-plinth': { scopes: ['notes.deep'] } },
    study: { type: 'string', 'x-plinth': { purpose: ['research'] } },
    key: { type: 'string', 'x-plinth': { sensitivity: 'secret', reveal: 'once' } },
  });
  Object.assign(schemas['NewNote']?.properties as object, {
    margin: { type: 'integer', 'x-plinth': { audience: ['staff'] } },
  });
  const getNote = contract.operations.find(({ id }) => id === 'getNote');
  Object.assign(getNote?.policy.ownerCheck[0] as object, { relation: ['owner', 'delegate'] });
  // What is shown once is sent nowhere else.
  for (const operation of contract.operations) operation.callbacks = [];
  world = await startTestEdge({
    contract,
    handlers: {
      getNote: read(async () => reply(200, note)),
      createNote: write(async () => reply(201, note)),
    },
    edge: { next: { 'consent-required': ['notes.replaceNote', 'elsewhere.unknown'] } },
    services: {
      database: store,
      consents: consentsOf(given),
      relations: {
        granter: async (_, { grantee, customers }) =>
          grantee === 'cus_ada' && customers.includes('cus_bob') ? 'cus_bob' : undefined,
      } as Relations,
      sealingKey: 'ours',
      beginWrite: (base, tx) => ({
        context: { ...base, db: tx } as unknown as WriteContext,
        flush: () => Promise.resolve(undefined),
      }),
    },
  });
});
afterAll(async () => {
  await world.close();
  await store.close();
});

async function get(claims: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${await world.token(claims)}` };
  return (await (await fetch(`${world.url}/notes/v1/notes/note_ada1`, { headers })).json()) as Record<string, unknown>;
}

async function create(
  key: string,
  body: unknown = { text: 't' },
  at: TestEdge = world,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${at.url}/notes/v1/notes`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await at.token()}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

it('a customer sees what is for customers, by scope and by consent', async () => {
  expect(Object.keys(await get())).toEqual(['id', 'text', 'version', 'hint']);
  expect(Object.keys(await get({ scope: 'notes.read notes.deep' }))).toEqual(['id', 'text', 'version', 'hint', 'deep']);
});

it('each purpose shows its own part of an answer', async () => {
  given.add('cus_ada research');
  expect(Object.keys(await get())).toEqual(['id', 'text', 'version', 'hint', 'study']);
  given.delete('cus_ada marketing');
  expect(Object.keys(await get())).toEqual(['id', 'text', 'version', 'study']);
  given.delete('cus_ada research');
  given.add('cus_ada marketing');
});

it('a consent that was withdrawn binds the next answer', async () => {
  given.clear();
  expect(Object.keys(await get())).toEqual(['id', 'text', 'version']);
  const headers = { authorization: `Bearer ${await world.token()}` };
  expect(await (await fetch(`${world.url}/notes/v1/adverts`, { headers })).json()).toMatchObject({
    code: 'consent-required',
    purpose: 'marketing',
    next: [{ operation: 'notes.replaceNote', href: '/notes/v1/notes/{noteId}', title: 'Change a note' }],
  });
  given.add('cus_ada marketing');
});

it('every purpose needs its consent, and who is no customer has none to give', async () => {
  const { contract } = world.edge.bindings[0] as (typeof world.edge.bindings)[0];
  const adverts = contract.operations.find(({ path }) => path === '/adverts') as (typeof contract.operations)[0];
  const { policy } = adverts;
  const [purpose, audience] = [policy.purpose, policy.audience];
  Object.assign(policy, { purpose: ['marketing', 'research'], audience: ['customer', 'staff'] });
  world.edge.install(world.edge.bindings);
  const code = async (claims?: Record<string, unknown>) => {
    const headers = { authorization: `Bearer ${await world.token(claims)}` };
    return ((await (await fetch(`${world.url}/notes/v1/adverts`, { headers })).json()) as { code?: string }).code;
  };
  const asked = [await code(), await code({ plinth_audience: 'staff', sub: 'sue', customer_id: undefined })];
  given.add('cus_ada research');
  asked.push(await code());
  given.delete('cus_ada research');
  Object.assign(policy, { purpose, audience });
  world.edge.install(world.edge.bindings);
  // Nothing answers behind the consent.
  expect(asked).toEqual(['consent-required', 'not-implemented', 'not-implemented']);
});

it('a delegate sees what the owner agreed to, whatever they agreed to themselves', async () => {
  const headers = { authorization: `Bearer ${await world.token()}` };
  const bobs = async (): Promise<string[]> =>
    Object.keys((await (await fetch(`${world.url}/notes/v1/notes/note_bob1`, { headers })).json()) as object);
  expect(await bobs()).toEqual(['id', 'text', 'version']);
  given.add('cus_bob marketing');
  expect(await bobs()).toEqual(['id', 'text', 'version', 'hint']);
  given.delete('cus_bob marketing');
});

it('a repetition shows what needs a consent only while there is one', async () => {
  expect(Object.keys((await create('c1')).body)).toContain('hint');
  given.clear();
  const again = await create('c1');
  expect([again.status, Object.keys(again.body).includes('hint')]).toEqual([201, false]);
  given.add('cus_ada marketing');
  expect(Object.keys((await create('c1')).body)).toContain('hint');
});

it('an invocation sees the same with the same eyes; staff see the margin and what the owner agreed to', async () => {
  const call = { operation: 'notes.getNote', input: { noteId: 'note_ada1' } };
  const { body } = await world.edge.invoke({ ...call, principal: staff() });
  expect(Object.keys(body as object)).toEqual(['id', 'text', 'version', 'margin', 'hint', 'deep']);
  const bobs = await world.edge.invoke({ ...call, input: { noteId: 'note_bob1' }, principal: staff() });
  expect(Object.keys(bobs.body as object)).not.toContain('hint');
});

it('what only others may say is refused', async () => {
  const { status, body } = await create('k0', { text: 't', margin: 1 });
  expect([status, body['code']]).toEqual([400, 'invalid-body']);
  expect(body['errors']).toMatchObject([{ pointer: '/margin', rule: 'other-audience' }]);
});

it('a secret stands in the answer that makes it, in its repetition, and nowhere in the database', async () => {
  const made = await create('k1');
  expect(made.body['key']).toBe('canary-secret');
  expect(await create('k1')).toEqual(made);
  const rows = await store.rows(`select encode(body, 'escape') as text from runtime.idempotency where state = 'done'`);
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toContain('canary');
});

it('what is personal in it is kept sealed, too; what could not be sealed is given as it is, and a secret never', async () => {
  const contract = await notesContract();
  const schemas = (contract.document['components'] as JsonObject)['schemas'] as Record<
    string,
    { properties: Record<string, JsonObject> }
  >;
  Object.assign(schemas['Note']?.properties['text'] as object, { 'x-plinth': { sensitivity: 'pii' } });
  const personal = await startTestEdge({
    contract,
    handlers: { createNote: write(async () => reply(201, { id: 'note_ada1', text: 'canary-person', version: 1 })) },
    services: {
      database: store,
      sealingKey: 'ours',
      beginWrite: (base, tx) => ({
        context: { ...base, db: tx } as unknown as WriteContext,
        flush: () => Promise.resolve(undefined),
      }),
    },
  });
  const again = (): Promise<{ status: number; body: Record<string, unknown> }> => create('p1', { text: 't' }, personal);
  const made = await again();
  expect(made).toMatchObject({ status: 201, body: { text: 'canary-person' } });
  expect(await again()).toEqual(made);
  const kept = JSON.stringify(await store.rows(`select encode(body, 'escape') as text from runtime.idempotency`));
  expect(kept).not.toContain('canary-person');
  const put = (bytes: string): Promise<unknown> => store.rows(`update runtime.idempotency set body = ${bytes}`);
  // As whoever finds out later what came of a call keeps it.
  await put(`convert_to('{"id":"note_ada1","text":"found out","version":1}', 'UTF8')`);
  expect(await again()).toMatchObject({ status: 201, body: { text: 'found out' } });
  expect(await create('k1')).toMatchObject({ status: 409, body: { code: 'outcome-unknown' } });
  await put(`decode(repeat('7b', 60), 'hex')`);
  expect(await again()).toMatchObject({ status: 409, body: { code: 'outcome-unknown' } });
  await personal.close();
});

it('what is sealed opens with the key of caller and deployment only', () => {
  const who = Buffer.alloc(32, 1);
  const key = sealingKey('k', who, 'ours');
  const sealed = seal(key, Buffer.from('text'));
  expect(unseal(key, sealed)?.toString()).toBe('text');
  for (const other of [
    sealingKey('l', who, 'ours'),
    sealingKey('k', Buffer.alloc(32), 'ours'),
    sealingKey('k', who, ''),
  ])
    expect(unseal(other, sealed)).toBeUndefined();
  expect(unseal(key, sealed.subarray(0, 20))).toBeUndefined();
  sealed[30] = (sealed[30] as number) ^ 1;
  expect(unseal(key, sealed)).toBeUndefined();
});
