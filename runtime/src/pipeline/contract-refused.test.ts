import type { Operation } from '@plinth/contract';
import { expect, it } from 'vitest';
import { read } from '../capability.ts';
import { reply } from '../context.ts';
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

it.each<[string, string, (operation: Operation) => unknown, string]>([
  ['who may call', 'getNote', (each) => (each.security = undefined), 'getNote does not say who may call it.'],
  ['what it does', 'createNote', ({ policy }) => delete policy.effect, 'createNote does not say what it does'],
  ['whose it is', 'getNote', ({ policy }) => (policy.ownerCheck = []), 'getNote takes noteId from a customer'],
])('an operation that does not say %s is not installed', async (_, id, leaveOut, words) => {
  const contract = await notesContract();
  const install = () => refuseUnsafe([{ contract, handlers: {}, owners: { note: async () => new Map() } }], false);
  expect(install).not.toThrow();
  const operation = contract.operations.find((each) => each.id === id);
  if (operation === undefined) throw new Error(`there must be ${id}`);
  leaveOut(operation);
  expect(install).toThrow(words);
});

it('a secret that is shown once is in no job and in no callback', async () => {
  const contract = await notesContract();
  const create = contract.operations.find(({ id }) => id === 'createNote');
  if (create === undefined) throw new Error('there must be createNote');
  const install = () => refuseUnsafe([{ contract, handlers: {}, owners: { note: async () => new Map() } }], false);
  const { schemas } = contract.document['components'] as { schemas: Record<string, { properties: object }> };
  const note = schemas['Note']?.properties as Record<string, unknown>;
  note['key'] = { type: 'string', 'x-plinth': { sensitivity: 'secret', reveal: 'once' } };
  expect(create.callbacks).toHaveLength(1);
  expect(install).toThrow('createNote shows a secret once');
  create.callbacks = [];
  expect(install).not.toThrow();
  create.policy.async = { mode: 'allowed', retainS: 60, cancel: true, progress: false };
  expect(install).toThrow('createNote shows a secret once');
});

const paying = (security: string, effect: string, schema: string): string => `
openapi: 3.1.0
info: { title: Pay, version: 1.0.0 }
servers: [{ url: /pay/v1 }]
x-plinth: { capability: pay, owner: { team: test, contact: test@example.org }, audience: [partner] }
paths:
  /payouts:
    post:
      operationId: payOut
      summary: Pay out
      security: ${security}
      x-plinth: { effect: ${effect}, ownerCheck: [] }
      requestBody: { required: true, content: { application/json: { schema: ${schema} } } }
      responses: { '201': { description: Paid. } }
components:
  securitySchemes:
    oidc: { type: openIdConnect, openIdConnectUrl: /oidc }
    key: { type: http, scheme: bearer }
    header: { type: apiKey, in: header, name: x-key }
  schemas:
    Money: { type: object, properties: { amount: { type: integer }, currency: { type: string } } }
    Line: { type: object, properties: { price: { $ref: '#/components/schemas/Money' } } }
`;
const money = "{ $ref: '#/components/schemas/Money' }";
const lines = "{ type: object, properties: { lines: { type: array, items: { $ref: '#/components/schemas/Line' } } } }";
const words = '{ type: object, properties: { text: { type: string } } }';

const installing = async (security: string, effect: string, schema: string) => {
  const contract = await notesContract(paying(security, effect, schema));
  return () => refuseUnsafe([{ contract, handlers: {}, owners: {} }], false);
};

it.each([
  ['by key', '[{ key: [] }]', 'write', money],
  ['by key among others', '[{ oidc: [] }, { key: [] }]', 'write', money],
  ['by a key in a header', '[{ header: [] }]', 'destructive', lines],
])('an operation that moves money %s is not installed', async (_, ...of) => {
  expect(await installing(...of)).toThrow('payOut moves money and may be called with an API key.');
});

it.each([
  ['asks about money by key', '[{ key: [] }]', 'read', money],
  ['moves money by token', '[{ oidc: [] }]', 'write', lines],
  ['writes something else by key', '[{ key: [] }]', 'write', words],
])('an operation that %s is', async (_, ...of) => {
  expect(await installing(...of)).not.toThrow();
});

const nothing = async () => reply(200, {});
const listing = (stale: string, policy = '{ ownerCheck: [] }'): string => `
openapi: 3.1.0
info: { title: Lists, version: 1.0.0 }
servers: [{ url: /lists/v1 }]
x-plinth: { capability: lists, owner: { team: test, contact: test@example.org }, audience: [staff] }
paths:
  /items:
    get:
      operationId: listItems
      summary: See items
      security: [{ oidc: [lists.read] }]
      x-plinth: ${policy}
      responses:
        '200': { description: Items., content: { application/json: { schema: { type: object, properties: { ${stale} } } } } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc } }
  schemas: { Stale: { type: boolean } }
`;

async function following(stale: string, policy?: string) {
  const contract = await notesContract(listing(stale, policy));
  return (follows: { follows?: string }) => () =>
    refuseUnsafe([{ contract, handlers: { listItems: read(nothing, follows) }, owners: {} }], false);
}

it.each(['stale: { type: boolean }', "stale: { $ref: '#/components/schemas/Stale' }"])(
  'a read whose answer can say that it is stale may follow a projection: %s',
  async (stale) => {
    const install = await following(stale);
    expect(install({ follows: 'lists.keep' })).not.toThrow();
  },
);

it.each([
  ['does not say that it is stale', 'items: { type: array }', undefined],
  ['says it in other words', 'stale: { type: string }', undefined],
  ['is kept', 'stale: { type: boolean }', '{ ownerCheck: [], cache: { ttl: PT1M, scope: private } }'],
  ['may be a job', 'stale: { type: boolean }', '{ ownerCheck: [], async: { mode: allowed } }'],
])('a read whose answer %s may not', async (_, stale, policy) => {
  const install = await following(stale, policy);
  expect(install({})).not.toThrow();
  expect(install({ follows: 'lists.keep' })).toThrow(
    'listItems follows a projection, and its 200 has no boolean stale, or it has cache or async.',
  );
});
