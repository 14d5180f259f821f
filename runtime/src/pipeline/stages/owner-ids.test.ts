// Whose things they are is asked wherever in a call their ids stand, before the call is counted, over HTTP and from inside.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read } from '../../capability.ts';
import { reply, type Relations } from '../../context.ts';
import { PortError, type Principal } from '../../kernel/index.ts';
import { refuseUnsafe } from '../contract-refused.ts';
import { notesContract, staff, startTestEdge, testIssuer, type TestEdge } from '../test-edge.ts';

let world: TestEdge;
let counted = 0;
/** The ids of each question whose they are. */
let asks: (readonly string[])[] = [];

const ada: Principal = {
  ...staff(),
  issuer: testIssuer,
  subject: 'ada',
  audience: 'customer',
  customerId: 'cus_ada',
  scopes: new Set(['notes.read']),
};

beforeAll(async () => {
  world = await startTestEdge({
    contract: await notesContract(contractText()),
    handlers: { compareNotes: read(async () => reply(200, {})), moveNote: read(async () => reply(200, {})) },
    // The number 7 is Ada's too.
    binding: {
      owners: {
        note: async (ids) => {
          asks.push(ids);
          return new Map(ids.filter(isKnown).map(ownerOf));
        },
      },
    },
    edge: {
      limitStore: {
        take(_, { cost = 1 }) {
          counted += cost;
          return { allowed: true, remaining: 1, resetS: 1 };
        },
      },
    },
  });
});
afterAll(() => world.close());

const isKnown = (id: string): boolean => id === '7' || /^note_(ada|bob)/.test(id);
const ownerOf = (id: string): [string, string[]] => [id, [id.startsWith('note_bob') ? 'cus_bob' : 'cus_ada']];

interface Ids {
  query?: string | undefined;
  header?: string | undefined;
  list?: readonly string[] | undefined;
  number?: number | undefined;
}

async function overHttp({ query, header, list, number }: Ids): Promise<number> {
  const values = new URLSearchParams();
  if (query !== undefined) values.append('from', query);
  for (const each of list ?? []) values.append('several', each);
  if (number !== undefined) values.append('number', String(number));
  const response = await fetch(`${world.url}/notes/v1/compared?${values.toString()}`, {
    headers: {
      authorization: `Bearer ${await world.token()}`,
      ...(header === undefined ? {} : { 'x-other': header }),
    },
  });
  await response.text();
  return response.status;
}

async function fromInside({ query, header, list, number }: Ids): Promise<number> {
  const all = { from: query, 'X-Other': header, several: list, number };
  const input = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return (await world.edge.invoke({ operation: 'notes.compareNotes', principal: ada, input })).status;
}

describe.each([
  ['over HTTP', overHttp],
  ['from inside', fromInside],
])('%s', (_, ask) => {
  const asked = async (ids: Ids): Promise<[status: number, counted: number]> => {
    counted = 0;
    return [await ask(ids), counted];
  };

  it.each<[string, Ids]>([
    ['of the query', { query: 'note_bob1' }],
    ['of a header', { header: 'note_bob1' }],
    ['of a list', { list: ['note_ada1', 'note_bob1'] }],
    ['that is a number', { number: 8 }],
    // It stands for the caller where customers are asked about, and is the name of nothing else.
    ['that says “me” of a note', { query: 'me' }],
    ['that says “me” behind one that is the caller’s', { list: ['note_ada1', 'me'] }],
    ['behind one that is the caller’s', { query: 'note_ada1', header: 'note_nobody' }],
  ])('an id %s that is not the caller’s is refused and counts for nothing', async (__, ids) => {
    expect(await asked(ids)).toEqual([404, 0]);
  });

  it('ids of one’s own pass, as does a call without any', async () => {
    const own = { query: 'note_ada1', header: 'note_ada2', list: ['note_ada1', 'note_ada2'], number: 7 };
    expect(await asked(own)).toEqual([200, 1]);
    expect(await asked({})).toEqual([200, 1]);
  });

  it('the ids of a list are asked about together', async () => {
    asks = [];
    expect(await asked({ list: ['note_ada1', 'note_ada2', 'note_ada3'] })).toEqual([200, 1]);
    expect(asks).toEqual([['note_ada1', 'note_ada2', 'note_ada3']]);
  });

  it('a parameter that is not as declared is counted and refused with all others', async () => {
    expect(await asked({ query: `note_bob1${'x'.repeat(40)}` })).toEqual([400, 1]);
  });
});

it('an id that is not sent is the one the contract says', async () => {
  const theirs = await startTestEdge({
    contract: await notesContract(contractText('note_bob1')),
    handlers: { compareNotes: read(async () => reply(200, {})) },
  });
  const headers = { authorization: `Bearer ${await theirs.token()}` };
  expect((await fetch(`${theirs.url}/notes/v1/compared`, { headers })).status).toBe(404);
  expect((await theirs.edge.invoke({ operation: 'notes.compareNotes', principal: ada, input: {} })).status).toBe(404);
  await theirs.close();
});

it.each([
  ['note_bob1', 404],
  ['note_ada1', 200],
])('nor is one of the path that an invocation leaves out: %s', async (from, status) => {
  const text = contractText(from)
    .replace('/compared:', "'/compared/{from}':")
    .replace('id: query.from', 'id: path.from')
    .replace('name: from, in: query', 'name: from, in: path, required: true');
  const theirs = await startTestEdge({
    contract: await notesContract(text),
    handlers: { compareNotes: read(async ({ from: sent }: { from: string }) => reply(200, { sent })) },
  });
  const call = { operation: 'notes.compareNotes', principal: ada };
  const answers = [
    await theirs.edge.invoke({ ...call, input: {} }),
    await theirs.edge.invoke({ ...call, input: { from } }),
  ];
  expect(answers.map((answer) => answer.status)).toEqual([status, status]);
  expect((await theirs.edge.invoke({ ...call, input: { from: 'note_bob1' } })).status).toBe(404);
  await theirs.close();
});

it('one of several owners is an owner; who stands for no customer has what is their partner’s, or their own', async () => {
  const theirs = await startTestEdge({
    contract: await notesContract(contractText()),
    handlers: { compareNotes: read(async () => reply(200, {})) },
    binding: { owners: { note: async (ids) => new Map(ids.map((id) => [id, id.split('_')])) } },
  });
  const see = async (from: string, more: Partial<Principal>) =>
    (await theirs.edge.invoke({ operation: 'notes.compareNotes', principal: { ...nobody, ...more }, input: { from } }))
      .status;
  const { customerId: _, ...nobody } = { ...ada, subject: 'sub' };
  const statuses = [
    await see('bob_ada', { customerId: 'ada' }),
    await see('bob_ptn_sub', { customerId: 'ada', partnerId: 'ptn' }),
    await see('bob_ptn', { partnerId: 'ptn' }),
    await see('bob_sub', { partnerId: 'ptn' }),
    await see('bob_sub', {}),
  ];
  expect(statuses).toEqual([200, 404, 200, 404, 200]);
  await theirs.close();
});

it('where others may know that it is there, what is not there is missing all the same', async () => {
  const theirs = await startTestEdge({
    contract: await notesContract(contractText().replaceAll('relation: [owner]', 'relation: [owner], deny: 403')),
    handlers: { compareNotes: read(async () => reply(200, {})) },
  });
  const see = async (from: string) =>
    (await theirs.edge.invoke({ operation: 'notes.compareNotes', principal: ada, input: { from } })).status;
  expect([await see('note_bob1'), await see('note_nobody')]).toEqual([403, 404]);
  await theirs.close();
});

it.each([
  ['note_ada1', 200],
  [['note_ada1', 7], 200],
  // Nobody is asked about what is not there: that is the contract's to refuse.
  [null, 200],
  [[['note_ada1']], 404],
  [{ id: 'note_ada1' }, 404],
  [true, 404],
])('in a body %j is an id of one’s own, or is not: %i', async (noteId, status) => {
  const body = { noteId };
  expect((await world.edge.invoke({ operation: 'notes.moveNote', principal: ada, input: { body } })).status).toBe(
    status,
  );
});

const mine = (ids: readonly string[]) => new Map(ids.map((id) => [id, ['cus_ada']]));

it('of what the capability does not know the mock says whose it is, and of nothing else', async () => {
  const theirs = await startTestEdge({
    contract: await notesContract(contractText()),
    handlers: { compareNotes: read(async () => reply(200, {})) },
    binding: { mock: { owners: { note: mine }, answer: () => ({ status: 500, headers: {}, body: undefined }) } },
  });
  const see = async (from: string) =>
    (await theirs.edge.invoke({ operation: 'notes.compareNotes', principal: ada, input: { from } })).status;
  expect([await see('mocked'), await see('note_bob1')]).toEqual([200, 404]);
  await theirs.close();
});

it('things of two kinds are two things, though their ids are the same', async () => {
  const theirs = await startTestEdge({
    contract: await notesContract(contractText().replace('note, id: header', 'order, id: header')),
    handlers: { compareNotes: read(async () => reply(200, {})) },
    binding: { owners: { note: async () => new Map(), order: async () => new Map() } },
  });
  const see = async (input: Record<string, string>) =>
    (await theirs.edge.invoke({ operation: 'notes.compareNotes', principal: ada, input })).status;
  const statuses: number[] = [];
  for (let n = 0; n < 10; n++) statuses.push(await see({ from: `id${n}` }), await see({ 'X-Other': `id${n}` }));
  expect(new Set(statuses)).toEqual(new Set([404]));
  // The twenty-first.
  expect(await see({ from: 'id10' })).toBe(429);
  await theirs.close();
});

const away = () => Promise.reject(new PortError('unavailable', 'away'));

it.each(['whose it is', 'who may act for them'])('while it cannot be asked %s nobody is let in', async (what) => {
  let runs = 0;
  const theirs = await startTestEdge({
    contract: await notesContract(contractText().replaceAll('relation: [owner]', 'relation: [owner, delegate]')),
    handlers: { compareNotes: read(async () => reply(200, { runs: (runs += 1) })) },
    binding: { owners: { note: what === 'whose it is' ? away : async () => new Map([['note_bob1', ['cus_bob']]]) } },
    services: { relations: { granter: away } as unknown as Relations },
  });
  const call = { operation: 'notes.compareNotes', principal: ada, input: { from: 'note_bob1' } };
  expect([(await theirs.edge.invoke(call)).status, runs]).toEqual([503, 0]);
  await theirs.close();
});

describe('a delegate', () => {
  const asked: string[] = [];
  let theirs: TestEdge;
  beforeAll(async () => {
    const relations = {
      granter(_: unknown, { grantee, customers }: { grantee: string; customers: readonly string[] }) {
        asked.push(grantee);
        return Promise.resolve(customers.find((each) => each === 'cus_bob'));
      },
    };
    theirs = await startTestEdge({
      contract: await notesContract(contractText().replaceAll('relation: [owner]', 'relation: [owner, delegate]')),
      handlers: { compareNotes: read(async () => reply(200, {})) },
      binding: {
        owners: {
          note: async (ids) =>
            new Map(ids.filter((id) => id !== 'nothing').map((id) => [id, [`cus_${id.slice(5, 8)}`]])),
        },
      },
      services: { relations: relations as unknown as Relations },
    });
  });
  afterAll(() => theirs.close());
  const call = async (input: Record<string, unknown>, principal = ada) =>
    (await theirs.edge.invoke({ operation: 'notes.compareNotes', principal, input })).status;
  const see = (several: string[], principal = ada) => call({ several }, principal);

  it.each([
    [['note_ada1', 'note_bob1', 'note_bob2'], 200],
    [['note_eve1', 'note_bob1'], 404],
    [['note_bob1', 'note_eve1'], 404],
  ])('may see what every owner lets them see: %s', async (several, status) => {
    expect(await see(several)).toBe(status);
  });

  it('of one owner is not let in to another’s that stands elsewhere in the call', async () => {
    expect(await call({ from: 'note_bob1', 'X-Other': 'note_bob2' })).toBe(200);
    expect(await call({ from: 'note_bob1', 'X-Other': 'note_eve1' })).toBe(404);
  });

  it.each(['note_eve1', 'nothing'])('costs the same question of %s, so that its time does not tell', async (id) => {
    asked.length = 0;
    expect(await see([id])).toBe(404);
    expect(asked).toEqual(['cus_ada']);
  });

  it('is a customer: what has none is let in by nobody’s word', async () => {
    const { customerId: _, ...nobody } = ada;
    asked.length = 0;
    expect(await see(['note_bob1'], { ...nobody, audience: 'customer' })).toBe(404);
    expect(asked).toEqual([]);
  });
});

const install = async (id: string): Promise<void> => {
  const contract = await notesContract(contractText().replace('query.from', id));
  refuseUnsafe([{ contract, handlers: {}, owners: { note: async () => new Map() } }], false);
};

describe('a contract is not installed whose ids stand', () => {
  it.each(['query.of', 'path.from', 'header.from', "'body#/noteId'"])('in %s, which it does not have', async (id) => {
    const told = `compareNotes checks whose note it is by ${id.replaceAll("'", '')}, and takes no such thing.`;
    await expect(install(id)).rejects.toThrow(told);
  });

  it('in a body that describes none', async () => {
    const contract = await notesContract();
    const create = contract.operations.find(({ id }) => id === 'createNote');
    if (create === undefined) throw new Error('there must be createNote');
    const ask = (id: string) => (): void => {
      create.policy.ownerCheck = [{ object: 'note', id, relation: ['owner'], deny: 404 }];
      refuseUnsafe([{ contract, handlers: {}, owners: { note: async () => new Map() } }], false);
    };
    expect(ask('body#/text')).not.toThrow();
    expect(ask('body#/texts')).toThrow('body#/texts');
    expect(ask('body#/text/0')).toThrow('body#/text/0');
  });
});

function contractText(from?: string): string {
  return `
openapi: 3.1.0
info: { title: Notes, version: 1.0.0, description: Notes are compared. }
servers: [{ url: /notes/v1 }]
x-plinth:
  capability: notes
  owner: { team: test, contact: test@example.org }
  audience: [customer]
paths:
  /compared:
    get:
      operationId: compareNotes
      summary: See two notes
      security: [{ oidc: [notes.read] }]
      x-plinth:
        ownerCheck:
          - { object: note, id: query.from, relation: [owner] }
          - { object: note, id: header.X-Other, relation: [owner] }
          - { object: note, id: query.several, relation: [owner] }
          - { object: note, id: query.number, relation: [owner] }
      parameters:
        - { name: from, in: query, schema: { type: string, maxLength: 20${from === undefined ? '' : `, default: ${from}`} } }
        - { name: X-Other, in: header, schema: { type: string } }
        - { name: several, in: query, schema: { type: array, items: { type: string } } }
        - { name: number, in: query, schema: { type: integer } }
      responses: { '200': { description: Both., content: { application/json: { schema: { type: object } } } } }
  /moved:
    post:
      operationId: moveNote
      summary: See where notes may go
      security: [{ oidc: [notes.read] }]
      x-plinth: { effect: read, ownerCheck: [{ object: note, id: 'body#/noteId', relation: [owner] }] }
      requestBody: { content: { application/json: { schema: { type: object, properties: { noteId: {} } } } } }
      responses: { '200': { description: Places., content: { application/json: { schema: { type: object } } } } }
components:
  securitySchemes:
    oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration }
`;
}
