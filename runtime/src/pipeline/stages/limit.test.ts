import { type Audience, load, type Limit } from '@plinth/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { read, write } from '../../capability.ts';
import { reply } from '../../context.ts';
import { anonymous, parseList, type Principal, type structured } from '../../kernel/index.ts';
import type { LimitStore } from '../../ports/index.ts';
import { hashSecret, keyIssuer, newApiKey, parseApiKey } from '../../security/api-key.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { cached } from '../cache/test-shop.ts';
import type { EdgeOptions } from '../edge-options.ts';
import type { Exchange } from '../exchange.ts';
import { idOfMajor } from '../majors.ts';
import type { CompiledOperation } from '../operation.ts';
import type { Plan } from '../plans/plan.ts';
import { QuotaBook } from '../plans/quota-book.ts';
import { notesContract, staff, startTestEdge, type TestEdge } from '../test-edge.ts';
import { compileLimit } from './limit.ts';

let world: TestEdge;
let store: TestDatabase | undefined;
afterEach(async () => {
  await world?.close();
  await store?.close();
  store = undefined;
});

/** Calls of a partner's application with a plan. */
async function partner(
  plan: Plan | undefined,
  quotas?: QuotaBook,
  major?: number,
  { cost, ...edge }: Partial<EdgeOptions> & { cost?: number } = {},
) {
  const key = newApiKey('live', 'partnerkey');
  const principal = {
    issuer: keyIssuer,
    subject: 'app_1',
    audience: 'partner',
    applicationId: 'app_1',
    actor: [],
    scopes: new Set(['notes.write']),
    acr: 'key',
    authTime: 0,
    channel: 'partner',
    expiresAt: Number.MAX_SAFE_INTEGER,
  } as const;
  const secretHash = hashSecret(parseApiKey(key.text)?.secret ?? '');
  const contract = await notesContract();
  if (major !== undefined) contract.id = idOfMajor(contract.id, major);
  const [limit] = contract.operations.find(({ id }) => id === 'createNote')?.policy.limits ?? [];
  if (limit !== undefined && cost !== undefined) limit.cost = cost;
  world = await startTestEdge({
    contract,
    handlers: { createNote: write(async () => reply(201, { id: 'n', text: 't', version: 1 })) },
    services: { database: undefined },
    authenticator: { findKey: async () => ({ secretHash, principal }) },
    edge: { findPlan: async () => plan, quotas, ...edge },
  });
  return async () => {
    const response = await fetch(`${world.url}/notes/v1/notes`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key.text}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      body: '{"text":"a"}',
    });
    const { code = 'ok' } = (await response.json()) as { code?: string };
    return { code, headers: response.headers };
  };
}

const params = (field: string | null) =>
  (parseList(field ?? '') as structured.Item[]).map(({ value, params }) => [value, Object.fromEntries(params)]);

it('limits are told in structured fields, and a refused call waits as long as the policy that refused says', async () => {
  const call = await partner({ limits: { writes: 2 } });
  const first = await call();
  expect(params(first.headers.get('ratelimit-policy'))).toEqual([['writes', { q: 2, w: 60 }]]);
  expect(params(first.headers.get('ratelimit'))).toEqual([['writes', { r: 1, t: 60 }]]);
  await call();
  const refused = await call();
  expect(refused.code).toBe('rate-limited');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(60);
  expect(params(refused.headers.get('ratelimit'))).toEqual([['writes', { r: 0, t: 60 }]]);
  expect(params(refused.headers.get('ratelimit-policy'))).toEqual([['writes', { q: 2, w: 60 }]]);
});

it('a plan overrides a limit upwards, by its name', async () => {
  const call = await partner({ limits: { writes: 500, others: 1 } });
  const { headers } = await call();
  expect(params(headers.get('ratelimit-policy'))).toEqual([['writes', { q: 500, w: 60 }]]);
});

it('without a plan the contract’s limits count', async () => {
  const call = await partner(undefined);
  const { headers } = await call();
  expect(params(headers.get('ratelimit-policy'))).toEqual([['writes', { q: 50, w: 60 }]]);
});

it.each([
  ['the present major', undefined],
  ['an earlier major', 1],
])('a quota of the plan ends calls of %s with 429 until its day is over', async (_, major) => {
  store = await openTestDatabase();
  const clock = { now: () => Temporal.Instant.from('2026-11-29T23:00:00Z') };
  const quotas = new QuotaBook({ database: store, clock, onError: () => undefined });
  const call = await partner({ quotas: [{ product: 'notes', per: 'day', calls: 3 }] }, quotas, major);
  const codes: string[] = [];
  for (let n = 0; n < 3; n++) codes.push((await call()).code);
  expect(codes).toEqual(['ok', 'ok', 'ok']);
  const refused = await call();
  expect([refused.code, refused.headers.get('retry-after')]).toEqual(['quota-exhausted', '3600']);
  await quotas.close();
});

it('a quota of another product is not this one’s, and a call that a limit refuses takes nothing of a quota', async () => {
  let taken = 0;
  const quotas = { take: () => ((taken += 1), { allowed: true, resetS: 1 }) } as unknown as QuotaBook;
  const quota = { per: 'day', calls: 9 } as const;
  const call = await partner({ limits: { writes: 1 }, quotas: [{ ...quota, product: 'orders' }] }, quotas);
  expect([(await call()).code, taken]).toEqual(['ok', 0]);
  await world.close();
  const own = await partner({ limits: { writes: 1 }, quotas: [{ ...quota, product: 'notes' }] }, quotas);
  expect([(await own()).code, (await own()).code, taken]).toEqual(['ok', 'rate-limited', 1]);
});

it('of several quotas of a product each counts', async () => {
  const asked: string[] = [];
  const take = (_: string, { per }: { per: string }) => (asked.push(per), { allowed: per === 'day', resetS: 7 });
  const quotas = (['day', 'month'] as const).map((per) => ({ product: 'notes', per, calls: 9 }));
  const call = await partner({ quotas }, { take } as unknown as QuotaBook);
  const refused = await call();
  expect([refused.code, refused.headers.get('retry-after'), asked]).toEqual(['quota-exhausted', '7', ['day', 'month']]);
});

it('a plan is sold to partners: where none may call, nobody asks for one', async () => {
  let looked = 0;
  const findPlan = async () => ((looked += 1), { limits: { calls: 9 } });
  const claims = { plinth_audience: 'customer', client_id: 'app_1', scope: 'notes.write' };
  for (const [audience, times, quota] of [
    [['customer', 'partner'], 1, 9],
    [['customer'], 0, 2],
  ] as const) {
    looked = 0;
    const call = await early(claims, { findPlan }, audience);
    expect([(await call())[1], looked]).toEqual([`"calls";q=${quota};w=60`, times]);
    await world.close();
  }
});

it('old headers are sent where they are asked for, about the first policy alone', async () => {
  const old = ['limit', 'remaining', 'reset'].map((name) => `x-ratelimit-${name}`);
  const told = async (oldRateLimits: boolean) => {
    const call = await partner({ limits: { writes: 1 } }, undefined, undefined, { oldRateLimits });
    const answers = [await call(), await call()];
    return answers.map(({ code, headers }) => [
      code,
      headers.get('ratelimit'),
      ...old.map((name) => headers.get(name)),
    ]);
  };
  expect(await told(true)).toEqual([
    ['ok', '"writes";r=0;t=60', '1', '0', '60'],
    ['rate-limited', '"writes";r=0;t=60', '1', '0', '60'],
  ]);
  await world.close();
  expect((await told(false)).map((answer) => answer.slice(2))).toEqual([
    [null, null, null],
    [null, null, null],
  ]);
});

/** Calls with these claims under a limit of one call of cost 2: status, policy and what is left. */
async function early(claims: Record<string, unknown>, edge: Partial<EdgeOptions> = {}, audience?: readonly Audience[]) {
  const contract = await notesContract();
  const create = contract.operations.find(({ id }) => id === 'createNote');
  if (create !== undefined) create.policy.limits = [{ name: 'calls', per: 'customer', quota: 2, windowS: 60, cost: 2 }];
  if (create !== undefined && audience !== undefined) create.policy.audience = [...audience];
  world = await startTestEdge({
    contract,
    handlers: { createNote: write(async () => reply(201, { id: 'n', text: 't', version: 1 })) },
    services: { database: undefined },
    edge,
  });
  return async (more: Record<string, unknown> = claims) => {
    const response = await fetch(`${world.url}/notes/v1/notes`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await world.token(more)}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      body: '{"text":"a"}',
    });
    const { headers } = response;
    return [response.status, headers.get('ratelimit-policy'), headers.get('ratelimit')];
  };
}

describe('a refusal that comes before limits are counted', () => {
  it('tells the caller what is left, and takes nothing of it', async () => {
    const call = await early({ scope: 'notes.read' });
    const policy = '"calls";q=2;w=60';
    for (let n = 0; n < 3; n++) expect(await call()).toEqual([403, policy, '"calls";r=2;t=60']);
    expect(await call({})).toEqual([201, policy, '"calls";r=0;t=60']);
    expect(await call()).toEqual([403, policy, '"calls";r=0;t=60']);
  });

  it('tells it the limits of its plan, also when that has to be looked up', async () => {
    const partner = { plinth_audience: 'partner', client_id: 'app_1', partner_id: 'ptn_1', scope: 'notes.read' };
    let looked = 0;
    const findPlan = async () => ((looked += 1), { limits: { calls: 9 } });
    const call = await early(partner, { findPlan });
    const said = [403, '"calls";q=9;w=60', '"calls";r=9;t=60'];
    expect([await call(), looked, await call()]).toEqual([said, 1, said]);
  });

  it('tells nobody who is not known', async () => {
    const call = await early({ aud: 'https://other.test' });
    expect(await call()).toEqual([401, null, null]);
  });
});

it('a partner that names no application has the contract’s limits', async () => {
  const call = await early(
    { plinth_audience: 'partner', partner_id: 'ptn_1', scope: 'notes.write' },
    { findPlan: () => Promise.reject(new Error('there is no application to look for')) },
  );
  const told = ['"calls";q=2;w=60', '"calls";r=0;t=60'];
  expect([await call(), await call()]).toEqual([
    [201, ...told],
    [429, ...told],
  ]);
});

it('an invocation counts, and is told what is left', async () => {
  world = await startTestEdge({ handlers: { listNotes: read(async () => reply(200, {})) } });
  const call = { operation: 'notes.listNotes', principal: staff(), input: {} };
  const left: number[] = [];
  for (let n = 0; n < 2; n++) {
    const { headers } = await world.edge.invoke(call);
    left.push(Number(/;r=(\d+);/.exec(headers['ratelimit'] ?? '')?.[1]));
  }
  expect((left[0] ?? 0) - (left[1] ?? 0)).toBe(1);
});

it('plans are looked for where partners call, and nowhere else', async () => {
  let looked = 0;
  world = await startTestEdge({
    handlers: { listNotes: read(async () => reply(200, {})) },
    edge: { findPlan: async () => ((looked += 1), { limits: { standard: 1 } }), checkReplies: 'sampled' },
  });
  const headers = { authorization: `Bearer ${await world.token({ client_id: 'app_1' })}` };
  const answers = [1, 2].map(async () => (await fetch(`${world.url}/notes/v1/notes`, { headers })).status);
  expect([await Promise.all(answers), looked]).toEqual([[200, 200], 0]);
});

it('an answer that was stored has the limits of now', async () => {
  world = await startTestEdge({
    handlers: {
      createNote: write(async () => reply(201, { id: 'n', text: 't', version: 1 })),
      getMotto: read(async () => reply(200, {})),
    },
    services: { database: undefined },
  });
  const token = await world.token();
  const call = () =>
    fetch(`${world.url}/notes/v1/notes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': '"k"' },
      body: '{"text":"a"}',
    });
  const [first, again] = [await call(), await call()];
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect([first, again].map(({ headers }) => params(headers.get('ratelimit'))[0]?.[1])).toEqual([
    { r: 49, t: 60 },
    { r: 48, t: 60 },
  ]);
});

/** Two calls by each of four: two devices of Ada, two of Bob, of two applications. */
async function callsUnder(
  per: 'principal' | 'application' | 'customer' | 'address',
): Promise<{ passed: number; refused: unknown[] }> {
  const contract = await notesContract();
  const create = contract.operations.find(({ id }) => id === 'createNote');
  if (create !== undefined) create.policy.limits = [{ name: 'calls', per, quota: 1, windowS: 60 }];
  world = await startTestEdge({
    contract,
    handlers: { createNote: write(async () => reply(201, { id: 'n', text: 't', version: 1 })) },
    services: { database: undefined },
  });
  let passed = 0;
  const refused: unknown[] = [];
  for (const [sub, customer_id, client_id] of [
    ['phone', 'cus_ada', 'app_1'],
    ['tablet', 'cus_ada', 'app_2'],
    ['desk', 'cus_bob', 'app_1'],
  ])
    for (let n = 0; n < 2; n++) {
      const response = await fetch(`${world.url}/notes/v1/notes`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await world.token({ sub, customer_id, client_id })}`,
          'content-type': 'application/json',
          'idempotency-key': crypto.randomUUID(),
        },
        body: '{"text":"a"}',
      });
      if (response.status === 201) passed += 1;
      else refused.push([response.status, response.headers.get('retry-after')]);
    }
  return { passed, refused };
}

describe('a limit counts', () => {
  it.each([
    ['principal', 3],
    ['application', 2],
    ['customer', 2],
    ['address', 1],
  ] as const)('once per %s', async (per, passed) => {
    const told = await callsUnder(per);
    expect(told).toEqual({ passed, refused: Array.from({ length: 6 - passed }, () => [429, '60']) });
  });
});

/** Under which a call is counted; `caller`: what differs from a customer of no application. */
async function keyFor(per: Limit['per'], caller: Partial<Principal> = {}, address = 'here'): Promise<string> {
  const contract = await notesContract();
  const operation = contract.operations.find(({ id }) => id === 'listNotes') as (typeof contract.operations)[0];
  operation.policy.limits = [{ name: 'calls', per, quota: 1, windowS: 60 }];
  const keys: string[] = [];
  const limitStore: LimitStore = {
    take: (key) => (keys.push(key), { allowed: true, remaining: 0, resetS: 1 }),
  };
  const parts = { limitStore, standardLimits: [], oldRateLimits: false, plans: undefined, quotas: undefined };
  const step = compileLimit({ operation, contract } as unknown as CompiledOperation, parts);
  const principal = { ...staff(), ...caller };
  // The same caller again, from another place: its key is not remembered where places count.
  for (const at of ['elsewhere', address]) step?.({ principal, transport: { address: at } } as unknown as Exchange);
  return keys[1] as string;
}

it.each<[Limit['per'], string, Partial<Principal>]>([
  ['principal', 'of another issuer', { issuer: 'https://other.test' }],
  ['principal', 'of another name', { subject: 'sam' }],
  ['application', 'of another name, both without an application', { subject: 'sam' }],
  ['application', 'of another application', { applicationId: 'app_1' }],
  ['customer', 'of another name, both without a customer', { subject: 'sam' }],
  ['customer', 'of another customer', { customerId: 'cus_1' }],
])('per %s a caller %s is another', async (per, _, other) => {
  expect(await keyFor(per, other)).not.toBe(await keyFor(per));
  expect(await keyFor(per, other, 'there')).toBe(await keyFor(per, other));
});

it('per customer a caller who is for none is one by name, whatever the application', async () => {
  expect(await keyFor('customer', { applicationId: 'app_1' })).toBe(await keyFor('customer'));
});

it.each(['principal', 'application', 'customer'] as const)(
  'per %s nobody is told from nobody by address',
  async (per) => {
    expect(await keyFor(per, anonymous, 'there')).not.toBe(await keyFor(per, anonymous));
    expect(await keyFor(per, anonymous)).toBe(await keyFor('address', anonymous));
  },
);

it('per address all who call from one are one, and one who calls from two is two', async () => {
  expect(await keyFor('address', { subject: 'sam' })).toBe(await keyFor('address'));
  expect(await keyFor('address', {}, 'there')).not.toBe(await keyFor('address'));
});

it.each<[limits: string, wrong: number]>([
  ['[{ name: a, per: customer, quota: 1, windowS: 3600, cost: 1 }]', 0],
  ['[{ name: a, per: customer, quota: 1, windowS: 3601 }]', 1],
  ['[{ name: a, per: customer, quota: 1, windowS: 0 }]', 1],
  ['[{ name: a, per: customer, quota: 0, windowS: 60 }]', 1],
  ['[{ name: a, per: customer, quota: 1, windowS: 60, cost: 0 }]', 1],
  ['[{ name: a, per: tenant, quota: 1, windowS: 60 }]', 1],
  [`[${'{ name: a, per: customer, quota: 1, windowS: 60 }, '.repeat(3)}]`, 0],
  [`[${'{ name: a, per: customer, quota: 1, windowS: 60 }, '.repeat(4)}]`, 1],
])('of a contract with the limits %s so many places are wrong: %i', async (limits, wrong) => {
  const text = cached('{ ttl: PT1M }').replace('ownerCheck: [],', `$& limits: ${limits},`);
  const { findings } = await load('shop.yaml', { read: () => Promise.resolve(text), companions: {} });
  expect(findings.filter(({ pointer }) => pointer.includes('/limits')).length).toBe(wrong);
});

it('limits of one name are each contract’s own; what declares none is counted together', async () => {
  const [notes, memos] = [await notesContract(), await notesContract()];
  Object.assign(memos, { id: 'memos', basePath: '/memos/v1' });
  for (const { operations } of [notes, memos])
    for (const { id, policy } of operations)
      if (id === 'getNote') policy.limits = [{ name: 'calls', per: 'customer', quota: 1, windowS: 60 }];
  const handlers = { getNote: read(async () => reply(200, {})), listNotes: read(async () => reply(200, {})) };
  const standardLimits = [{ name: 'standard', per: 'principal', quota: 1, windowS: 60 }] as const;
  world = await startTestEdge({ contract: notes, handlers, edge: { standardLimits, checkReplies: 'sampled' } });
  const [binding] = world.edge.bindings;
  if (binding !== undefined) world.edge.install([binding, { ...binding, contract: memos }]);
  const authorization = `Bearer ${await world.token()}`;
  const get = async (path: string) => (await fetch(`${world.url}${path}`, { headers: { authorization } })).status;
  const own = ['/notes/v1/notes/note_ada1', '/memos/v1/notes/note_ada1', '/memos/v1/notes/note_ada1'];
  const shared = ['/notes/v1/notes', '/memos/v1/notes'];
  const statuses: number[] = [];
  for (const path of [...own, ...shared]) statuses.push(await get(path));
  expect(statuses).toEqual([200, 200, 429, 200, 429]);
});

it('tells three policies at most, and refuses by the first that is used up', async () => {
  const contract = await notesContract();
  const create = contract.operations.find(({ id }) => id === 'createNote');
  if (create !== undefined)
    create.policy.limits = [9, 1, 8, 7].map((quota, n) => ({
      name: `l${n}`,
      per: 'principal',
      quota,
      windowS: 60 + n,
    }));
  world = await startTestEdge({
    contract,
    handlers: { createNote: write(async () => reply(201, { id: 'n', text: 't', version: 1 })) },
    services: { database: undefined },
    edge: { oldRateLimits: true },
  });
  const call = async (): Promise<Response> =>
    fetch(`${world.url}/notes/v1/notes`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await world.token()}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      body: '{"text":"a"}',
    });
  const first = await call();
  expect(first.status).toBe(201);
  expect(params(first.headers.get('ratelimit-policy'))).toEqual([
    ['l0', { q: 9, w: 60 }],
    ['l1', { q: 1, w: 61 }],
    ['l2', { q: 8, w: 62 }],
  ]);
  expect(['limit', 'remaining', 'reset'].map((name) => first.headers.get(`x-ratelimit-${name}`))).toEqual([
    '9',
    '8',
    '60',
  ]);
  const refused = await call();
  expect(((await refused.json()) as { detail: string }).detail).toContain('“l1”');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(61);
});

it.each([
  ['the contract’s quota', undefined, [30, 10, 10]],
  ['a plan’s quota', { limits: { writes: 45 } }, [25, 5, 5]],
])('a call of cost 20 counts 20 of %s, and one that does not fit counts nothing', async (_, plan, left) => {
  const call = await partner(plan, undefined, undefined, { cost: 20 });
  const told: unknown[] = [];
  for (let n = 0; n < 3; n++) {
    const { code, headers } = await call();
    told.push([code, headers.get('ratelimit')]);
  }
  expect(told).toEqual(['ok', 'ok', 'rate-limited'].map((code, n) => [code, `"writes";r=${left[n]};t=60`]));
});

it('a call that costs more than its plan has left of a limit passes once in its window', async () => {
  const call = await partner({ limits: { writes: 10 } }, undefined, undefined, { cost: 20 });
  const [first, second] = [await call(), await call()];
  expect(params(first.headers.get('ratelimit-policy'))).toEqual([['writes', { q: 20, w: 60 }]]);
  expect([first.code, second.code, second.headers.get('retry-after')]).toEqual(['ok', 'rate-limited', '60']);
});
