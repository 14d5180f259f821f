// Contracts of somebody else, as they come: one word for two things, lists without pages, headers that are demanded.

import { expect, it } from 'vitest';
import { load } from '../load/load.ts';
import type { Contract, JsonObject } from '../model/contract.ts';
import type { MockAnswer } from './answer.ts';
import { createMock } from './mock.ts';

const now = Temporal.Instant.from('2026-11-24T12:00:00Z');

const text = `
openapi: 3.1.0
info: { title: Company, version: 1.0.0 }
paths:
  /users:
    get: { operationId: listUsers, responses: { '200': { description: All., content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/User' } } } } } } }
    post:
      operationId: addUser
      requestBody: { content: { application/json: { schema: { type: object, properties: { name: { type: string } } } } } }
      responses: { '200': { description: It., headers: { Transfer-Encoding: { required: true, schema: { type: string } }, X-Kept: { required: true, schema: { const: 'yes' } } }, content: { application/json: { schema: { $ref: '#/components/schemas/User' } } } } }
  /users/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get: { operationId: readUser, responses: { '200': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/User' } } } }, '400': { description: No., headers: { X-Trace: { required: true, schema: { const: abc } } } } } }
  /projects/{project}/users:
    parameters: [{ name: project, in: path, required: true, schema: { type: string } }]
    post:
      operationId: addMember
      requestBody: { content: { application/json: { schema: { type: object, properties: { role: { type: string }, since: { type: integer } } } } } }
      responses: { '200': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Member' } } } } }
  /projects/{project}/users/{version}:
    parameters: [{ name: project, in: path, required: true, schema: { type: string } }, { name: version, in: path, required: true, schema: { type: string } }]
    get: { operationId: readMember, responses: { '200': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Member' } } } } } }
components:
  schemas:
    User: { type: object, required: [id, name], properties: { id: { type: string }, name: { type: string } } }
    Member:
      type: object
      required: [id, version, role, level]
      properties: { id: { type: string }, version: { type: string }, role: { type: string }, level: { type: integer }, since: { type: integer } }
`;

async function mockOf(): Promise<{ call: (id: string, input: object) => MockAnswer; contract: Contract }> {
  const { contract } = await load('company.yaml', { read: () => Promise.resolve(text), foreign: true });
  if (!contract) throw new Error('it does not load');
  const mock = createMock(contract, { seed: 3 });
  const call = (id: string, input: object): MockAnswer => {
    const operation = contract.operations.find((each) => each.id === id);
    if (!operation) throw new Error(`no operation ${id}`);
    return mock.answer({ operation, input: { ...input }, now });
  };
  return { call, contract };
}

it('things of one name that are read in different forms are kept apart, each by the id its path names', async () => {
  const { call } = await mockOf();
  const made = call('addMember', { project: 'p1', body: { role: 'owner', since: 7 } });
  expect(made.body).toMatchObject({ role: 'owner', since: 7 });
  const { version } = made.body as JsonObject;
  expect(call('readMember', { project: 'p1', version }).body).toEqual(made.body);
  const user = call('addUser', { body: { name: 'Ada' } });
  const { id } = user.body as JsonObject;
  expect(call('readUser', { id }).body).toEqual({ id, name: 'Ada' });
});

it('a list whose further pages nobody can ask for is whole', async () => {
  const { call } = await mockOf();
  const ids = Array.from({ length: 40 }, () => (call('addUser', { body: { name: 'Ada' } }).body as JsonObject)['id']);
  const listed = (call('listUsers', {}).body as JsonObject[]).map((user) => user['id']);
  expect(ids.filter((id) => !listed.includes(id ?? null))).toEqual([]);
});

it('headers that are demanded are there, also on refusals; how the message is framed is nobody’s to say', async () => {
  const { call, contract } = await mockOf();
  const { headers } = call('addUser', { body: { name: 'Ada' } });
  expect(headers).toMatchObject({ 'x-kept': 'yes' });
  expect(headers).not.toHaveProperty('transfer-encoding');
  const operation = contract.operations.find(({ id }) => id === 'readUser');
  const refused = operation && createMock(contract).declaredError(operation, { title: 'No', status: 400 }, now);
  expect(refused).toMatchObject({ status: 400, type: 'application/problem+json', headers: { 'x-trace': 'abc' } });
});
