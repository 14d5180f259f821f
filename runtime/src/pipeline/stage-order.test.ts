import { afterAll, beforeAll, expect, it } from 'vitest';
import { read } from '../capability.ts';
import { reply } from '../context.ts';
import type { Confirmations } from '../security/confirmations.ts';
import { edgeProblems } from './catalogue.ts';
import { stages } from './stages.ts';
import { notesContract, startTestEdge, type TestEdge } from './test-edge.ts';

let world: TestEdge;
const tokens: Record<string, string> = {};

const confirmations = {
  issue: () =>
    Promise.resolve({ id: 'c', readback: 'r', operation: 'o', state: 'readBack', idempotencyKey: 'k', expiresAt: '' }),
  use: () => Promise.resolve('required'),
} as unknown as Confirmations;

beforeAll(async () => {
  world = await startTestEdge({
    handlers: {
      replaceNote: read(async () => reply(200, { id: 'n', text: 't', version: 1 })),
      listAdverts: read(async () => reply(200, {})),
    },
    edge: { confirmations },
  });
  const nowS = Math.floor(Date.now() / 1000);
  tokens['expired device'] = await world.token({ plinth_audience: 'device', exp: nowS - 100 });
  tokens['device without scope'] = await world.token({ plinth_audience: 'device', scope: '' });
  tokens['suspended device without scope'] = await world.token({
    plinth_audience: 'device',
    scope: '',
    partner_id: 'ptn_out',
  });
  world.authenticator.revocations.suspend('ptn:ptn_out');
  tokens['without scope'] = await world.token({ scope: '' });
  tokens['ada'] = await world.token();
  tokens['exhausted'] = await world.token({ customer_id: 'cus_bob', sub: 'bob' });
  tokens['agent'] = await world.token({
    act: { sub: 'assistant' },
    sub: 'agent',
    plinth_audience: 'customer',
    customer_id: 'cus_agent',
  });
  for (let index = 0; index < 3; index++) await send({ as: 'exhausted', path: '/notes/note_bob1' });
});
afterAll(() => world.close());

interface Faulty {
  method?: string;
  path?: string;
  as?: string;
  headers?: Record<string, string>;
  body?: string;
}

const good = { 'content-type': 'application/json', 'if-match': '"1"' };

async function send({
  method = 'PUT',
  path = '/notes/note_ada1',
  as,
  headers = good,
  body = '{"text":"a"}',
}: Faulty): Promise<string> {
  const authorization = as === undefined ? {} : { authorization: `Bearer ${tokens[as]}` };
  const response = await fetch(`${world.url}/notes/v1${path}`, {
    method,
    headers: { ...headers, ...authorization },
    ...(method === 'GET' ? {} : { body }),
  });
  const text = await response.text();
  return response.ok ? 'ok' : (JSON.parse(text) as { code: string }).code;
}

const pairs: [earlier: string, laterStage: string, request: Faulty][] = [
  ['method-not-allowed', 'authenticate', { method: 'PATCH' }],
  ['not-found', 'authenticate', { path: '/nothing' }],
  ['unauthenticated', 'owner', { path: '/notes/note_bob1' }],
  ['unauthenticated', 'validate parameters', { headers: {} }],
  ['invalid-token', 'authorize', { as: 'expired device' }],
  ['partner-suspended', 'authorize', { as: 'suspended device without scope' }],
  ['audience-not-allowed', 'authorize (scope)', { as: 'device without scope' }],
  ['insufficient-scope', 'owner', { as: 'without scope', path: '/notes/note_bob1' }],
  ['insufficient-scope', 'consent', { as: 'without scope', method: 'GET', path: '/adverts' }],
  ['consent-required', 'validate parameters', { as: 'ada', method: 'GET', path: '/adverts?unknown=1' }],
  ['not-found', 'limit', { as: 'exhausted', path: '/notes/note_ada1' }],
  ['rate-limited', 'validate parameters', { as: 'exhausted', path: '/notes/note_bob1', headers: {} }],
  ['precondition-required', 'read body', { as: 'ada', headers: { 'content-type': 'text/plain' } }],
  [
    'unsupported-media-type',
    'validate body',
    { as: 'ada', headers: { ...good, 'content-type': 'text/plain' }, body: '{' },
  ],
  ['invalid-body', 'confirm', { as: 'agent', path: '/notes/note_agent1', body: '{"text":1}' }],
  ['confirmation-required', 'dispatch', { as: 'agent', path: '/notes/note_agent1' }],
];

it.each(pairs)('%s is answered before %s looks', async (code, _, request) => {
  expect(await send(request)).toBe(code);
});

it('a draining server says so before it asks who calls', async () => {
  const draining = await startTestEdge();
  draining.edge.admission.drain();
  const response = await fetch(`${draining.url}/notes/v1/notes`);
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([503, 'draining']);
  await draining.close();
});

it('stages stand in the order of the design and refuse only with known codes', () => {
  expect(stages.map(({ name }) => name).join(' > ')).toBe(
    'trace > route > life > admit > authenticate > leave > authorize > step-up > consent > owner > limit > validate parameters > ' +
      'read body > receive > validate body > owner of the body > field consent > callback addresses > confirm > deadline > read cache > prefer > replay and dispatch > ' +
      'check response > respond > record',
  );
  const unknown = stages.flatMap(({ refuses }) => refuses).filter((code) => !edgeProblems.has(code));
  expect(unknown).toEqual([]);
});

const steps = (id: string) => world.edge.operations.get(`notes.${id}`)?.steps.length ?? 0;

it('an operation carries only the stages it needs', () => {
  // admit, limit, parameters, dispatch: no principal, no body, no owner.
  expect(steps('getMotto')).toBe(4);
  expect(steps('replaceNote')).toBeGreaterThan(steps('getNote'));
});

it('a contract whose owner check nobody can answer is not installed, and the old ones stay', async () => {
  const contract = await notesContract();
  expect(() => world.edge.install([{ contract, handlers: {}, owners: {} }])).toThrow('nothing tells who owns a note');
  expect(() =>
    world.edge.install([{ contract, handlers: { fly: read(async () => 1) }, owners: { note: async () => new Map() } }]),
  ).toThrow('no operation of that name');
  expect(world.edge.operations.size).toBe(6);
});

it('a contract that lets keys move money is not installed', async () => {
  const contract = await notesContract();
  const { schemas } = contract.document['components'] as { schemas: Record<string, { properties: object }> };
  const price = { type: 'object', properties: { amount: { type: 'integer' }, currency: { type: 'string' } } };
  Object.assign(schemas['NewNote']?.properties as object, { price });
  const owners = { note: async () => new Map() };
  expect(() => world.edge.install([{ contract, handlers: {}, owners }])).toThrow('createNote moves money');
  const create = contract.operations.find(({ id }) => id === 'createNote') as (typeof contract.operations)[0];
  create.security = [{ oidc: ['notes.write'] }];
  expect(() => world.edge.install([{ contract, handlers: {}, owners }])).not.toThrow();
});
