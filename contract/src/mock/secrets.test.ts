import { expect, it } from 'vitest';
import { load } from '../load/load.ts';
import type { JsonObject } from '../model/contract.ts';
import { createMock } from './mock.ts';
import type { Caller } from './secrets.ts';

const text = `
openapi: 3.1.0
info: { title: Keys, version: 1.0.0 }
x-plinth: { capability: keys, audience: [partner] }
paths:
  /keys:
    get: { operationId: listKeys, responses: { '200': { description: All., content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Key' } } } } } } }
    post:
      operationId: makeKey
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Key' } } } }
      responses: { '201': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Key' } } } } }
  /keys/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get: { operationId: readKey, responses: { '200': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Key' } } } } } }
components:
  schemas:
    Key:
      type: object
      required: [id, name]
      properties:
        id: { type: string, readOnly: true }
        name: { type: string }
        pin: { type: string, writeOnly: true }
        token: { type: string, x-plinth: { reveal: once, sensitivity: secret } }
        seed: { type: string, x-plinth: { sensitivity: secret } }
        notes: { type: string, x-plinth: { audience: [staff] } }
        risk: { type: integer, x-plinth: { scopes: [keys.risk, keys.admin] } }
        rotations:
          type: array
          items: { type: object, properties: { at: { type: string }, old: { type: string, x-plinth: { sensitivity: secret } } } }
`;

async function keys(): Promise<(id: string, input: Record<string, unknown>, caller?: Caller) => unknown> {
  const { contract } = await load('keys.yaml', { read: () => Promise.resolve(text), foreign: false });
  if (!contract) throw new Error('it does not load');
  const mock = createMock(contract, { seed: 1 });
  return (id, input, caller) => {
    const operation = contract.operations.find((each) => each.id === id);
    if (!operation) throw new Error(`no operation ${id}`);
    return mock.answer({ operation, input, caller, now: Temporal.Instant.from('2026-11-24T12:00:00Z') }).body;
  };
}

it('a secret is never said, what is revealed once stands in the answer that makes it, what is only written is not read', async () => {
  const call = await keys();
  const rotations = [{ at: 'noon', old: 'OLD' }];
  const made = call('makeKey', { body: { name: 'A', pin: 'PIN', token: 'TOKEN', seed: 'SEED', rotations } });
  expect(made).toMatchObject({ name: 'A', token: 'TOKEN', rotations: [{ at: 'noon' }] });
  expect(JSON.stringify(made)).not.toMatch(/PIN|SEED|OLD/);
  const { id } = made as JsonObject;
  const read = call('readKey', { id });
  expect(read).toMatchObject({ id, name: 'A', rotations: [{ at: 'noon' }] });
  const listed = call('listKeys', {}) as JsonObject[];
  const seen = [read, listed.find((key) => key['id'] === id)];
  expect(JSON.stringify(seen)).not.toMatch(/PIN|SEED|OLD|TOKEN/);
  expect(listed.every((key) => !('token' in key) && !('seed' in key) && !('pin' in key))).toBe(true);
});

it('a property for some audiences or scopes is shown to them alone, in things and in lists', async () => {
  const call = await keys();
  const { id } = call('makeKey', { body: { name: 'A', notes: 'NOTES', risk: 7 } }) as JsonObject;
  const seenBy = (audience: Caller['audience'], ...scopes: string[]): JsonObject[] => {
    const caller: Caller = { audience, scopes: new Set(scopes) };
    const listed = call('listKeys', {}, caller) as JsonObject[];
    return [call('readKey', { id }, caller) as JsonObject, listed.find((key) => key['id'] === id) ?? {}];
  };
  for (const key of seenBy('partner', 'keys.read')) expect(key).toEqual({ id, name: 'A' });
  for (const key of seenBy('staff')) expect(key).toEqual({ id, name: 'A', notes: 'NOTES' });
  for (const key of seenBy('partner', 'keys.admin')) expect(key).toEqual({ id, name: 'A', risk: 7 });
  for (const key of seenBy('partner', '*')) expect(key).toEqual({ id, name: 'A', risk: 7 });
  expect(call('readKey', { id })).toEqual({ id, name: 'A', notes: 'NOTES', risk: 7 });
});
