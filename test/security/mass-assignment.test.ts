// Whoever may write still says only what the contract lets them say: each write body of each contract with a property too
// many, at every level, is refused, and nothing of it comes back. And nobody reads more of a list than a page holds.

import type { Contract, JsonObject, Operation, Schema } from '@plinth/contract';
import { declaredMembers } from '@plinth/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { claimsOf, findThings, limitless, preparing, type Things } from './objects.ts';
import { ada, apiAudience, call, openIssuer, type OutsideIssuer, partner, startWorld, type World } from './world.ts';

const people = { customer: ada, partner };
const canary = 'canary-too-much';
let issuer: OutsideIssuer;
let world: World;
let things: Things;
beforeAll(async () => {
  issuer = await openIssuer();
  world = await startWorld({ issuer, platform: { limits: limitless, mostDenied: 1_000_000 } });
  things = await findThings(world.platform, people);
});
afterAll(async () => {
  await world.close();
  await issuer.close();
});

interface Attack {
  name: string;
  body: string;
}

/** The body as text, with one property more in one object of it. */
function attacksOn(contract: Contract, schema: Schema, body: unknown): Attack[] {
  const attacks: Attack[] = [];
  const add = (name: string, change: (copy: unknown) => void): void => {
    const copy = structuredClone(body);
    change(copy);
    attacks.push({ name, body: JSON.stringify(copy) });
  };
  for (const { pointer, members } of objectsIn(contract.document, schema, body)) {
    if (!members.open)
      for (const name of ['isAdmin', 'customerId2', 'constructor'])
        add(`${pointer} ${name}`, (copy) => Object.assign(at(copy, pointer), { [name]: canary }));
    for (const [name, property] of members.properties)
      if (typeof property === 'object' && property['readOnly'] === true)
        add(`${pointer} ${name}, read only`, (copy) => Object.assign(at(copy, pointer), { [name]: canary }));
  }
  const text = JSON.stringify(body);
  for (const spelled of ['__proto__', '\\u005f_proto__'])
    attacks.push({ name: spelled, body: text.replace('{', `{"${spelled}":{"isAdmin":"${canary}"},`) });
  return attacks;
}

function* objectsIn(
  document: JsonObject,
  schema: Schema,
  value: unknown,
  pointer = '',
): Iterable<{ pointer: string; members: ReturnType<typeof declaredMembers> }> {
  if (typeof value !== 'object' || value === null) return;
  const members = declaredMembers(schema, document);
  if (Array.isArray(value)) {
    if (members.items !== undefined && value.length > 0)
      yield* objectsIn(document, members.items, value[0], `${pointer}/0`);
    return;
  }
  yield { pointer, members };
  for (const [name, child] of Object.entries(value)) {
    const property = members.properties.get(name);
    if (property !== undefined) yield* objectsIn(document, property, child, `${pointer}/${name}`);
  }
}

function at(root: unknown, pointer: string): object {
  let found = root;
  for (const name of pointer.split('/').slice(1)) found = (found as Record<string, unknown>)[name];
  return found as object;
}

it('a property too many is refused in every write body, and does not come back', async () => {
  const wrong: string[] = [];
  let attacks = 0;
  const bodies: [Contract, Operation][] = world.platform
    .contracts()
    .flatMap((contract) => contract.operations.map((operation): [Contract, Operation] => [contract, operation]))
    .filter(([, { body, policy }]) => body !== undefined && policy.effect !== 'read');
  for (const [contract, operation] of bodies) {
    const schema = operation.body?.media.find(({ type }) => type.includes('json'))?.schema;
    if (schema === undefined) continue;
    const { target, headers, body } = preparing(contract, things)(operation);
    const scope = (operation.security ?? []).flatMap((each) => Object.values(each).flat()).join(' ');
    const token = await issuer.token({ ...claimsOf(operation, people), scope });
    for (const attack of attacksOn(contract, schema, body)) {
      attacks += 1;
      const response = await fetch(world.base + target, {
        method: operation.method.toUpperCase(),
        headers: { ...headers, authorization: `Bearer ${token}`, 'idempotency-key': crypto.randomUUID() },
        body: attack.body,
      });
      const text = await response.text();
      const { code } = JSON.parse(text) as { code?: string };
      const isRefused = code === 'invalid-body' || code === 'json-not-acceptable';
      if (!isRefused || text.includes(canary))
        wrong.push(`${contract.id}.${operation.id} ${attack.name}: ${response.status} ${text.slice(0, 200)}`);
    }
  }
  expect(wrong).toEqual([]);
  process.stdout.write(`${attacks} bodies with something too much, of ${bodies.length} operations: all refused\n`);
  expect(attacks).toBeGreaterThan(150);
});

it('the good bodies are not refused for what they are', async () => {
  const contract = world.platform.contracts().find(({ id }) => id === 'customers') as Contract;
  const operation = contract.operations.find(({ id }) => id === 'updateCustomer') as Operation;
  const { target } = preparing(contract, things)(operation);
  const token = await issuer.token({ ...claimsOf(operation, people), scope: 'customers.write', aud: apiAudience });
  const said = await call(world, token, target, {
    method: 'PATCH',
    body: { city: 'Uppsala' },
    headers: { 'idempotency-key': 'good' },
  });
  expect(said.status).toBe(200);
});

it('a page of any list has 25 items unless others are asked for, and at most 100', () => {
  const lists = [...world.platform.edge.operations.values()].filter(({ operation }) =>
    operation.params.some((param) => param.in === 'query' && param.name === 'limit'),
  );
  const asked = lists.map(({ key, shapes }) => {
    const pages = ['', 'limit=1', 'limit=100', 'limit=0', 'limit=101'].map((query) => {
      const read = shapes.paramAt('query.limit').readParams({}, query, () => undefined);
      return 'errors' in read ? 'refused' : read.values['limit'];
    });
    return [key, ...pages];
  });
  expect(asked).toEqual(lists.map(({ key }) => [key, 25, 1, 100, 'refused', 'refused']));
  expect(lists.length).toBeGreaterThan(15);
});
