import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { open, read, write, type BoundHandler } from '../../capability.ts';
import { reply, type WriteContext } from '../../context.ts';
import { movableClock, PortError, servicePrincipal, type MovableClock } from '../../kernel/index.ts';
import type { Database, Tx } from '../../ports/index.ts';
import { noRows, notesContract, staff, startTestEdge, type TestEdge, type TestEdgeOptions } from '../test-edge.ts';

const cached = (policy: string, security = '[{ oidc: [shop.read] }]', more = ''): string => `
openapi: 3.1.0
info: { title: Shop, version: 1.0.0 }
servers: [{ url: /shop/v1 }]
x-plinth: { capability: shop, owner: { team: t, contact: t@example.org }, audience: [customer, staff, agent, service] }
paths:
  /things/{thingId}:
    get:
      operationId: getThing
      summary: See a thing
      security: ${security}
      x-plinth: { ownerCheck: [], cache: ${policy} }
      parameters:
        - { name: thingId, in: path, required: true, schema: { type: string } }
        - { name: size, in: query, schema: { type: string } }
        - { name: colours, in: query, schema: { type: array, items: { type: string } } }
        - { name: Accept-Language, in: header, schema: { type: string } }
      responses: { '200': { description: A thing., content: { application/json: { schema: { type: object } } } } }
    put:
      operationId: changeThing
      summary: Change a thing
      security: [{ oidc: [shop.write] }]
      x-plinth: { effect: write, audience: [staff, service], precondition: optional, cache: { purges: ['thing:{path.thingId}', 'thing:{response.body#/also}'] } }
      parameters: [{ name: thingId, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: Changed., content: { application/json: { schema: { type: object } } } } }
${more}
components:
  securitySchemes:
    oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration }
`;

/** A promise and the one who keeps it. */
function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: () => resolve() };
}

/** Transactions that call nobody: what they commit is what the handler did. */
const quietDatabase = {
  ...noRows,
  transaction: <T>(work: (tx: Tx) => Promise<T>) => work({} as Tx),
} as unknown as Database;

let world: TestEdge;
let clock: MovableClock;
let reads: number;
let price: number;
/** What the next read does before it answers. */
let before: (price: number) => Promise<unknown> | unknown;
let mode: 'object' | 'versioned' | 'large' | 'cookie' | 'away' | 'gone';

const getThing = read(async (input: { thingId: string; size?: string }, ctx) => {
  reads += 1;
  const seen = price;
  await before(seen);
  if (mode === 'away') throw new PortError('unavailable', 'no');
  if (mode === 'gone') return reply(404, {});
  const body = { id: input.thingId, size: input.size, price: seen, for: ctx.owner };
  if (mode === 'versioned') return reply(200, { ...body, version: 7 });
  if (mode === 'large') return reply(200, { ...body, text: 'x'.repeat(1_048_577) });
  return mode === 'cookie' ? reply(200, body, { 'Set-Cookie': 'a=b' }) : reply(200, body);
});
const changeThing = write(async (input: { thingId: string }, ctx) => {
  price += 1;
  return reply(200, { id: input.thingId, also: 'second', version: (ctx.expectedVersion ?? 0) + 1 });
});

beforeEach(() => {
  clock = movableClock(Temporal.Instant.from('2030-01-01T00:00:00Z'));
  [reads, price, mode] = [0, 1, 'object'];
  before = () => undefined;
});
afterEach(() => world.close());

const services = (database: Database): NonNullable<TestEdgeOptions['services']> => ({
  clock,
  database,
  beginWrite: (base, tx) => ({ context: { ...base, db: tx } as WriteContext, flush: () => Promise.resolve() }),
});

async function start(policy: string, security?: string, more: Partial<TestEdgeOptions> = {}): Promise<void> {
  world = await startTestEdge({
    contract: await notesContract(cached(policy, security)),
    handlers: { getThing, changeThing },
    services: services(quietDatabase),
    edge: { standardLimits: [{ name: 'standard', per: 'principal', quota: 100_000, windowS: 60 }] },
    ...more,
  });
}

const things = '/shop/v1/things';

async function get(path = '/first', headers: Record<string, string> = {}, sub = 'ada', method = 'GET') {
  const token = await world.token({ sub, customer_id: `cus_${sub}`, scope: 'shop.read' });
  const response = await fetch(`${world.url}${things}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    cache: response.headers.get('cache-status'),
    body: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
  };
}

const call = (thingId = 'first', principal = staff()) =>
  world.edge.invoke({ operation: 'shop.getThing', principal, input: { thingId } });
const change = (thingId = 'first') =>
  world.edge.invoke({ operation: 'shop.changeThing', principal: staff(), input: { thingId } });

describe('an answer that is kept', () => {
  beforeEach(() => start('{ ttl: PT1M }'));

  it('is given again until its time is over, and says what the cache did', async () => {
    expect((await get()).cache).toBe('plinth; fwd=uri-miss; stored');
    clock.advance({ seconds: 48 });
    price = 2;
    const hit = await get();
    expect(hit.cache).toBe('plinth; hit; ttl=12');
    expect(hit.headers.get('age')).toBe('48');
    expect(hit.body).toMatchObject({ price: 1 });
    clock.advance({ seconds: 12 });
    const later = await get();
    expect([later.cache, later.body?.['price']]).toEqual(['plinth; fwd=stale; stored', 2]);
    expect(reads).toBe(2);
  });

  it('is the same answer byte for byte, also to HEAD and to an invocation', async () => {
    const first = await get();
    const again = await get();
    expect(again.body).toEqual(first.body);
    for (const name of ['content-type', 'content-length', 'etag', 'cache-control', 'vary', 'plinth-contract'])
      expect(again.headers.get(name)).toBe(first.headers.get(name));
    const head = await get('/first', {}, 'ada', 'HEAD');
    expect([head.cache, head.body]).toEqual(['plinth; hit; ttl=60', undefined]);
    expect(head.headers.get('content-length')).toBe(first.headers.get('content-length'));
    const [made, kept] = [await call(), await call()];
    expect(kept.body).toEqual(made.body);
    expect(kept.headers['cache-status']).toBe('plinth; hit; ttl=60');
    expect(kept.headers['etag']).toBe(made.headers['etag']);
  });

  it('is private unless the contract says otherwise, and depends on who asks', async () => {
    const answer = await get();
    expect(answer.headers.get('cache-control')).toBe('private, max-age=60');
    expect(answer.headers.get('vary')).toBe('authorization, cookie, plinth-channel, accept-language');
    const other = await get('/first', {}, 'bob');
    expect([other.cache, other.body?.['for']]).toEqual(['plinth; fwd=uri-miss; stored', 'cus_bob']);
    expect((await get()).body?.['for']).toBe('cus_ada');
  });

  it('is another one for other parameters, header parameters, channels, scopes and audiences', async () => {
    await get('/first?size=xl&colours=red&colours=blue');
    for (const [path, headers] of [
      ['/second?size=xl&colours=red&colours=blue', {}],
      ['/first?size=l&colours=red&colours=blue', {}],
      ['/first?size=xl&colours=blue&colours=red', {}],
      ['/first?colours=red&colours=blue', {}],
      ['/first?size=xl&colours=red&colours=blue', { 'accept-language': 'de' }],
      ['/first?size=xl&colours=red&colours=blue', { 'plinth-channel': 'mobile' }],
    ] as const)
      expect((await get(path, headers)).cache).toBe('plinth; fwd=uri-miss; stored');
    await call('first', { ...staff(), scopes: new Set(['*', 'a']) });
    await call('first', { ...staff(), scopes: new Set(['a', '*']) });
    await call('first', servicePrincipal('shop'));
    await call('first', servicePrincipal('shop', 'cus_ada'));
    expect(reads).toBe(10);
  });

  it('is found whatever the order of the query and the spelling of the path', async () => {
    await get('/first?size=xl&colours=red');
    expect((await get('/fir%73t?colours=red&size=%78l')).cache).toBe('plinth; hit; ttl=60');
  });

  it('is not looked for before the caller may see it', async () => {
    await get();
    const weak = await world.token({ scope: '' });
    const refused = await fetch(`${world.url}${things}/first`, { headers: { authorization: `Bearer ${weak}` } });
    expect([refused.status, refused.headers.get('cache-control')]).toEqual([403, 'no-store']);
    expect(refused.headers.get('cache-status')).toBeNull();
  });

  it('ends when other contracts or handlers are installed', async () => {
    await get();
    world.edge.install(world.edge.bindings);
    expect((await get()).cache).toBe('plinth; fwd=uri-miss; stored');
  });

  it('is never a failure, a refusal or another status', async () => {
    for (mode of ['away', 'gone'] as const) {
      const [first, second] = [await get(), await get()];
      expect(first.status).toBeGreaterThanOrEqual(400);
      expect(first.headers.get('cache-control')).toBe('no-store');
      expect([first.cache, second.cache]).toEqual(['plinth; fwd=uri-miss', 'plinth; fwd=uri-miss']);
    }
    expect(reads).toBe(4);
  });

  it('is at most 1 MiB; a longer one is sent and not kept', async () => {
    mode = 'large';
    const [first, second] = [await get(), await get()];
    expect([first.status, first.cache, second.cache]).toEqual([200, 'plinth; fwd=uri-miss', 'plinth; fwd=uri-miss']);
  });

  it('never carries a cookie', async () => {
    mode = 'cookie';
    const answer = await get();
    expect([answer.status, answer.body?.['code']]).toEqual([500, 'response-breaks-contract']);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('is all that only-if-cached wants', async () => {
    const none = await get('/first', { 'cache-control': 'max-age=60, Only-If-Cached' });
    expect([none.status, none.body?.['code'], reads]).toEqual([504, 'not-cached', 0]);
    await get();
    expect((await get('/first', { 'cache-control': 'only-if-cached' })).status).toBe(200);
  });

  it('is not left out because a caller says so', async () => {
    await get();
    expect((await get('/first', { 'cache-control': 'no-cache, no-store' })).cache).toBe('plinth; hit; ttl=60');
  });

  it('is counted', async () => {
    await get();
    await get();
    expect(world.metrics.text()).toContain('plinth_cache_total{result="hit"} 1');
    expect(world.metrics.text()).toMatch(/plinth_cache_bytes [1-9]/);
  });
});

describe('a purge', () => {
  beforeEach(() => start("{ ttl: PT1M, tags: ['thing:{path.thingId}'] }"));

  it('lets a writer read its own write', async () => {
    await call();
    expect((await change()).status).toBe(200);
    expect((await call()).body).toMatchObject({ price: 2 });
  });

  it('ends what has one of its tags, for all callers, and nothing else', async () => {
    await Promise.all([call('first'), call('second'), call('third'), get('/first')]);
    await change('first');
    const answers = [await call('first'), await call('second'), await call('third'), await get('/first')];
    expect(answers.map(({ body }) => body?.['price' as never])).toEqual([2, 2, 1, 2]);
  });

  it('happens for tags from the answer', async () => {
    await call('second');
    await change('first');
    expect((await call('second')).body).toMatchObject({ price: 2 });
  });

  it('that comes while an old answer is on its way keeps that answer out', async () => {
    const slow = gate();
    before = () => slow.opened;
    const old = call();
    before = () => undefined;
    await change();
    slow.open();
    expect((await old).body).toMatchObject({ price: 1 });
    const fresh = await call();
    expect(fresh.headers['cache-status']).toBe('plinth; fwd=uri-miss; stored');
    expect(fresh.body).toMatchObject({ price: 2 });
  });

  it('sends who comes after it to a dispatch of their own, while older ones still wait', async () => {
    const slow = gate();
    before = () => slow.opened;
    const old = [call(), call()];
    before = () => undefined;
    await change();
    expect((await call()).body).toMatchObject({ price: 2 });
    slow.open();
    expect((await Promise.all(old)).map(({ body }) => (body as { price: number }).price)).toEqual([1, 1]);
    const kept = await call();
    expect(kept.headers['cache-status']).toBe('plinth; hit; ttl=60');
    expect(kept.body).toMatchObject({ price: 2 });
    expect(reads).toBe(2);
  });
});

it('a purge happens although the writer was told that it took too long', async () => {
  const commit = gate();
  const database = {
    ...quietDatabase,
    transaction: async <T>(work: (tx: Tx) => Promise<T>) => {
      const result = await work({} as Tx);
      await commit.opened; // The deadline comes while the commit is under way.
      return result;
    },
  } as unknown as Database;
  const contract = await notesContract(
    cached("{ ttl: PT1M, tags: ['thing:{path.thingId}'] }").replace('precondition:', 'timeoutMs: 100, precondition:'),
  );
  world = await startTestEdge({ contract, handlers: { getThing, changeThing }, services: services(database) });
  await call();
  expect((await change()).status).toBe(504);
  expect((await call()).headers['cache-status']).toBe('plinth; hit; ttl=60');
  commit.open();
  await new Promise((resolve) => setImmediate(resolve));
  expect((await call()).body).toMatchObject({ price: 2 });
});

it('what orchestrates purges also when it fails, because part of it may have happened', async () => {
  const failing = open(async () => {
    price += 1;
    throw new PortError('unavailable', 'no');
  });
  await start("{ ttl: PT1M, tags: ['thing:{path.thingId}'] }", undefined, {
    handlers: { getThing, changeThing: failing },
  });
  await call();
  expect((await change()).status).toBe(503);
  expect((await call()).body).toMatchObject({ price: 2 });
});

describe('many who ask at once', () => {
  beforeEach(() => start('{ ttl: PT1M }'));

  it('are served by one dispatch', async () => {
    const slow = gate();
    before = () => slow.opened;
    const asked = Array.from({ length: 1_000 }, () => call());
    slow.open();
    const answers = await Promise.all(asked);
    expect(reads).toBe(1);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const told = answers.map(({ headers }) => headers['cache-status']);
    expect(told.filter((status) => status === 'plinth; fwd=uri-miss; stored')).toHaveLength(1);
    expect(told.filter((status) => status === 'plinth; fwd=uri-miss; stored; collapsed')).toHaveLength(999);
  });

  it('get the failure of that dispatch, each under its own trace', async () => {
    const slow = gate();
    before = () => slow.opened;
    mode = 'away';
    const asked = [get(), get(), get()];
    while (reads === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    slow.open();
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(new Set(answers.map(({ body }) => body?.['instance'])).size).toBe(3);
    expect(answers[0]?.headers.get('retry-after')).toBe('2');
    expect(reads).toBe(1);
  });

  it('wait no longer than their deadline, and the next one tries again', async () => {
    await world.close();
    const contract = await notesContract(cached('{ ttl: PT1M }, timeoutMs: 100'));
    world = await startTestEdge({ contract, handlers: { getThing }, services: { clock } });
    const never = gate();
    before = () => never.opened;
    const answers = await Promise.all([call(), call()]);
    expect(answers.map(({ status }) => status)).toEqual([504, 504]);
    before = () => undefined;
    expect((await call()).status).toBe(200);
    never.open();
  });
});

describe('a stale answer', () => {
  it('is given while a new one is made, by one dispatch', async () => {
    await start('{ ttl: PT1M, stale: { whileRevalidate: PT30S } }');
    const first = await call();
    expect(first.headers['cache-control']).toBe('private, max-age=60, stale-while-revalidate=30');
    clock.advance({ seconds: 70 });
    price = 2;
    const slow = gate();
    before = () => slow.opened;
    const stale = await Promise.all([call(), call(), call()]);
    for (const { headers, body } of stale)
      expect([headers['cache-status'], headers['age'], body]).toEqual(['plinth; hit; ttl=-10', '70', first.body]);
    expect(reads).toBe(2);
    slow.open();
    await new Promise((resolve) => setImmediate(resolve));
    const renewed = await call();
    expect([renewed.headers['cache-status'], renewed.body]).toMatchObject(['plinth; hit; ttl=60', { price: 2 }]);
  });

  it('is not given beyond that time, nor after a purge', async () => {
    await start("{ ttl: PT1M, tags: ['thing:{path.thingId}'], stale: { whileRevalidate: PT30S, ifError: PT1H } }");
    await call();
    clock.advance({ seconds: 90 });
    expect((await call()).headers['cache-status']).toBe('plinth; fwd=stale; stored');
    clock.advance({ seconds: 70 });
    await change();
    mode = 'away';
    expect((await call()).status).toBe(503);
  });

  it('survives a refresh that fails, which rests for three seconds', async () => {
    await start('{ ttl: PT1M, stale: { whileRevalidate: PT30S } }');
    await call();
    clock.advance({ seconds: 70 });
    mode = 'away';
    for (let index = 0; index < 3; index++) {
      expect((await call()).status).toBe(200);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(reads).toBe(2);
    clock.advance({ seconds: 3 });
    mode = 'object';
    await call();
    await new Promise((resolve) => setImmediate(resolve));
    expect((await call()).headers['cache-status']).toBe('plinth; hit; ttl=60');
  });

  it('is not renewed in the background while there is too much work', async () => {
    // One request under way is all that this edge takes: while it is served, the level is 1.
    await start('{ ttl: PT1M, stale: { whileRevalidate: PT30S } }', undefined, { edge: { mostUnderWay: 1 } });
    await get();
    clock.advance({ seconds: 70 });
    expect((await get()).cache).toBe('plinth; hit; ttl=-10');
    expect(reads).toBe(1);
  });

  it('stands in for an error as long as the contract says', async () => {
    await start('{ ttl: PT1M, stale: { ifError: PT10M } }');
    const first = await call();
    clock.advance({ seconds: 90 });
    mode = 'away';
    const stale = await call();
    expect([stale.status, stale.body]).toEqual([200, first.body]);
    expect(stale.headers['cache-status']).toBe('plinth; fwd=stale; fwd-status=503; ttl=-30');
    clock.advance({ minutes: 10 });
    expect((await call()).status).toBe(503);
  });

  it('stands in for a dispatch that takes too long', async () => {
    await start('{ ttl: PT1M, stale: { ifError: PT10M } }, timeoutMs: 100');
    await call();
    clock.advance({ seconds: 90 });
    const never = gate();
    before = () => never.opened;
    const answers = await Promise.all([call(), call()]);
    expect(answers.map(({ headers }) => headers['cache-status'])).toEqual(
      Array.from({ length: 2 }, () => 'plinth; fwd=stale; fwd-status=504; ttl=-30'),
    );
    never.open();
  });
});

describe('a public answer', () => {
  const handlers = (run: BoundHandler): Partial<TestEdgeOptions> => ({ handlers: { getThing: run, changeThing } });

  it('is one for everybody, signed in or not', async () => {
    await start('{ ttl: PT1M, scope: public }', '[]');
    const first = await get('/first', {}, 'ada');
    const second = await get('/first', {}, 'bob');
    expect(first.headers.get('cache-control')).toBe('public, max-age=60');
    expect(first.headers.get('vary')).toBe('accept-language');
    expect(second.cache).toBe('plinth; hit; ttl=60');
  });

  it('cannot be made by a handler that looks at its caller', async () => {
    const looking = read(async (_, ctx) => reply(200, { name: ctx.principal.subject }));
    await start('{ ttl: PT1M, scope: public }', '[]', handlers(looking));
    const answer = await get();
    expect([answer.status, answer.body?.['code'], answer.cache]).toEqual([500, 'internal', 'plinth; fwd=uri-miss']);
  });

  it('depends on the fields of vary', async () => {
    await start('{ ttl: PT1M, scope: public, vary: [X-Region] }', '[]');
    expect((await get('/first', { 'x-region': 'north' })).headers.get('vary')).toBe('accept-language, x-region');
    expect((await get('/first', { 'x-region': ' north ' })).cache).toContain('hit');
    expect((await get('/first', { 'x-region': 'south' })).cache).toContain('fwd=uri-miss');
    expect((await get('/first')).cache).toContain('fwd=uri-miss');
  });
});

describe('validators', () => {
  beforeEach(() => start('{ ttl: PT1M }'));

  it('are the version where there is one, else a digest that changes with the body', async () => {
    expect((await get()).headers.get('etag')).toMatch(/^"[\w-]{16}"$/);
    const other = await get('/second');
    expect(other.headers.get('etag')).not.toBe((await get()).headers.get('etag'));
    mode = 'versioned';
    expect((await get('/third')).headers.get('etag')).toBe('"7.1.customer"');
    expect((await get('/third')).headers.get('etag')).toBe('"7.1.customer"');
  });

  it('answer 304 with the same headers, weakly compared, on misses and hits', async () => {
    mode = 'versioned';
    const full = await get();
    for (const sent of ['"7.1.customer"', '"other", W/"7.1.customer"', '*']) {
      const answer = await get('/first', { 'if-none-match': sent });
      expect([answer.status, answer.body]).toEqual([304, undefined]);
      for (const name of ['etag', 'cache-control', 'vary', 'plinth-contract'])
        expect(answer.headers.get(name)).toBe(full.headers.get(name));
    }
    expect((await get('/second', { 'if-none-match': '"7.1.customer"' })).status).toBe(304);
    expect((await get('/first', { 'if-none-match': '"8.1.customer"' })).status).toBe(200);
  });

  it('are compared strongly by If-Match, which comes before If-None-Match', async () => {
    mode = 'versioned';
    const both = { 'if-none-match': '"7.1.customer"' };
    expect((await get('/first', { ...both, 'if-match': '"6.1.customer"' })).status).toBe(412);
    expect((await get('/first', { ...both, 'if-match': 'W/"7.1.customer"' })).status).toBe(412);
    expect((await get('/first', { ...both, 'if-match': '"7.1.customer"' })).status).toBe(304);
    expect((await get('/first', { 'if-match': '"6.1.customer", "7.1.customer"' })).status).toBe(200);
    expect(
      (await get('/first', { 'if-match': '*', 'if-modified-since': 'Tue, 01 Jan 2030 00:00:00 GMT' })).status,
    ).toBe(200);
  });

  it('of a write may be a list, and those of another audience or major version fit nothing', async () => {
    const put = (ifMatch: string) =>
      world.edge.invoke({ operation: 'shop.changeThing', principal: staff(), input: { thingId: 'a' }, ifMatch });
    expect((await put('"7.1.staff"')).body).toMatchObject({ version: 8 });
    expect((await put('"6.1.staff", "7", W/"9.1.staff", "x"')).body).toMatchObject({ version: 8 });
    for (const wrong of ['"7.1.customer"', '"7.2.staff"', 'W/"7.1.staff"', '"abc"', ''])
      expect((await put(wrong)).status).toBe(412);
  });
});

it('a mocked operation is not cached: its answers come from memory and obey Prefer', async () => {
  const mock = { answer: async () => ({ status: 200, headers: {}, body: {} }), owners: {} };
  await start('{ ttl: PT1M }', undefined, { handlers: {}, binding: { mock } });
  const answers = [await get(), await get()];
  expect(answers.map(({ cache, headers }) => [cache, headers.get('cache-control')])).toEqual([
    [null, 'no-store'],
    [null, 'no-store'],
  ]);
});

describe('a contract is not installed', () => {
  const refused: [why: string, policy: string, security: string | undefined, words: string][] = [
    ['with a public answer behind a sign-in', '{ ttl: PT1M, scope: public }', undefined, 'security: []'],
    ['with a time that is none', '{ scope: private }', undefined, 'has a cache without a time'],
    ['with a read that purges', '{ ttl: PT1M, purges: [a] }', undefined, 'changes nothing, so it cannot purge'],
    ['with a tag from nowhere', "{ ttl: PT1M, tags: ['a:{path.id}'] }", undefined, 'has no path.id'],
    [
      'with a tag of a read from its answer',
      "{ ttl: PT1M, tags: ['a:{response.body#/id}'] }",
      undefined,
      'has no response.body#/id',
    ],
    [
      'with a public answer and an owner check',
      '{ ttl: PT1M, scope: public }, ownerCheck: { object: note, id: path.thingId }',
      '[]',
      'has an ownerCheck and is cached for everybody. Write  scope: private',
    ],
  ];
  beforeEach(() => start('{ ttl: PT1M }'));

  it.each(refused)('%s', async (_, policy, security, words) => {
    const text = cached(policy, security).replace(/ownerCheck: \[\], (.*ownerCheck)/, '$1');
    const contract = await notesContract(text);
    const owners = { note: async () => new Map() };
    expect(() => world.edge.install([{ contract, handlers: { getThing }, owners }])).toThrow(words);
  });

  it('with a write that is kept, or whose handler is of another kind than its cache needs', async () => {
    const contract = await notesContract(
      cached('{ ttl: PT1M }').replace('cache: { purges', 'cache: { ttl: PT1M, purges'),
    );
    const install = (handlers: Record<string, BoundHandler>) => () =>
      world.edge.install([{ contract, handlers, owners: {} }]);
    expect(install({})).toThrow('changeThing is no GET that reads');
    expect(install({ changeThing: read(async () => reply(200, {})) })).toThrow(
      'changeThing purges, and its handler is of kind read',
    );
    expect(install({ getThing: open(async () => reply(200, {})) })).toThrow(
      'getThing is cached, and its handler is not of kind read',
    );
  });
});

it('operations without a cache carry no stage for it', async () => {
  await start('{ ttl: PT1M }');
  const stepsOf = (id: string) => world.edge.operations.get(`shop.${id}`)?.steps.length ?? 0;
  const withCache = stepsOf('getThing');
  await world.close();
  await start('null');
  expect(stepsOf('getThing')).toBe(withCache - 1);
  expect((await get()).headers.get('cache-control')).toBe('no-store');
});
