import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { read } from '../../capability.ts';
import { reply } from '../../context.ts';
import { servicePrincipal } from '../../kernel/index.ts';
import { staff } from '../test-edge.ts';
import { Shop } from './test-shop.ts';

let shop: Shop;

afterEach(() => shop.close());

describe('an answer that is kept', () => {
  beforeEach(async () => {
    shop = await Shop.open('{ ttl: PT1M }');
  });

  it('is given again until its time is over, and says what the cache did', async () => {
    expect((await shop.get()).cache).toBe('plinth; fwd=uri-miss; stored');
    shop.clock.advance({ seconds: 48 });
    shop.price = 2;
    const hit = await shop.get();
    expect(hit.cache).toBe('plinth; hit; ttl=12');
    expect(hit.headers.get('age')).toBe('48');
    expect(hit.body).toMatchObject({ price: 1 });
    shop.clock.advance({ seconds: 12 });
    const later = await shop.get();
    expect([later.cache, later.body?.['price']]).toEqual(['plinth; fwd=stale; stored', 2]);
    expect(shop.reads).toBe(2);
  });

  it('tells its age and what is left in whole seconds, and is never older than new', async () => {
    await shop.get();
    shop.clock.advance({ milliseconds: 1_500 });
    const hit = await shop.get();
    expect([hit.cache, hit.headers.get('age')]).toEqual(['plinth; hit; ttl=58', '1']);
    shop.clock.advance({ milliseconds: -10_000 });
    const earlier = await shop.get();
    expect([earlier.cache, earlier.headers.get('age')]).toEqual(['plinth; hit; ttl=60', '0']);
  });

  it('is the same answer byte for byte, also to HEAD and to an invocation', async () => {
    const first = await shop.get();
    const again = await shop.get();
    expect(again.body).toEqual(first.body);
    for (const name of ['content-type', 'content-length', 'etag', 'cache-control', 'vary', 'plinth-contract'])
      expect(again.headers.get(name)).toBe(first.headers.get(name));
    const head = await shop.get('/first', {}, { method: 'HEAD' });
    expect([head.cache, head.body]).toEqual(['plinth; hit; ttl=60', undefined]);
    expect(head.headers.get('content-length')).toBe(first.headers.get('content-length'));
    const [made, kept] = [await shop.call(), await shop.call()];
    expect(kept.body).toEqual(made.body);
    expect(kept.cache).toBe('plinth; hit; ttl=60');
    expect(kept.headers['etag']).toBe(made.headers['etag']);
  });

  it('is private unless the contract says otherwise, and depends on who asks', async () => {
    const answer = await shop.get();
    expect(answer.headers.get('cache-control')).toBe('private, max-age=60');
    expect(answer.headers.get('vary')).toBe('authorization, cookie, plinth-channel, accept-language');
    const other = await shop.get('/first', {}, { sub: 'bob' });
    expect([other.cache, other.body?.['for']]).toEqual(['plinth; fwd=uri-miss; stored', 'cus_bob']);
    expect((await shop.get()).body?.['for']).toBe('cus_ada');
  });

  it('is another one for other parameters, header parameters, channels, scopes and audiences', async () => {
    await shop.get('/first?size=xl&colours=red&colours=blue');
    for (const [path, headers] of [
      ['/second?size=xl&colours=red&colours=blue', {}],
      ['/first?size=l&colours=red&colours=blue', {}],
      ['/first?size=xl&colours=blue&colours=red', {}],
      ['/first?colours=red&colours=blue', {}],
      ['/first?size=xl&colours=red&colours=blue', { 'accept-language': 'de' }],
      ['/first?size=xl&colours=red&colours=blue', { 'plinth-channel': 'mobile' }],
    ] as const)
      expect((await shop.get(path, headers)).cache).toBe('plinth; fwd=uri-miss; stored');
    await shop.call('first', { ...staff(), scopes: new Set(['*', 'a']) });
    await shop.call('first', { ...staff(), scopes: new Set(['a', '*']) });
    await shop.call('first', servicePrincipal('shop'));
    await shop.call('first', servicePrincipal('shop', 'cus_ada'));
    expect(shop.reads).toBe(10);
  });

  it('is found whatever the order of the query and the spelling of the path', async () => {
    await shop.get('/first?size=xl&colours=red');
    expect((await shop.get('/fir%73t?colours=red&size=%78l')).cache).toBe('plinth; hit; ttl=60');
  });

  it('is not looked for before the caller may see it', async () => {
    await shop.get();
    const weak = await shop.world.token({ scope: '' });
    const refused = await fetch(`${shop.world.url}/shop/v1/things/first`, {
      headers: { authorization: `Bearer ${weak}` },
    });
    expect([refused.status, refused.headers.get('cache-control')]).toEqual([403, 'no-store']);
    expect(refused.headers.get('cache-status')).toBeNull();
  });

  it('ends when other contracts or handlers are installed', async () => {
    await shop.get();
    shop.world.edge.install(shop.world.edge.bindings);
    expect(shop.world.metrics.text()).toContain('plinth_cache_bytes 0');
    expect((await shop.get()).cache).toBe('plinth; fwd=uri-miss; stored');
  });

  it('is never a failure, a refusal or another status', async () => {
    for (const answers of ['away', 'gone'] as const) {
      shop.answers = answers;
      const [first, second] = [await shop.get(), await shop.get()];
      expect(first.status).toBeGreaterThanOrEqual(400);
      expect(first.headers.get('cache-control')).toBe('no-store');
      expect([first.cache, second.cache]).toEqual(['plinth; fwd=uri-miss', 'plinth; fwd=uri-miss']);
    }
    expect(shop.reads).toBe(4);
  });

  it('is at most 1 MiB; a longer one is sent and not kept', async () => {
    shop.answers = 'large';
    const [first, second] = [await shop.get(), await shop.get()];
    expect([first.status, first.cache, second.cache]).toEqual([200, 'plinth; fwd=uri-miss', 'plinth; fwd=uri-miss']);
    shop.largeBytes -= 1;
    expect([(await shop.get()).cache, (await shop.get()).cache]).toEqual([
      'plinth; fwd=uri-miss; stored',
      'plinth; hit; ttl=60',
    ]);
    expect((await shop.get()).headers.get('content-length')).toBe('1048576');
  });

  it('never carries a cookie', async () => {
    shop.answers = 'cookie';
    const answer = await shop.get();
    expect([answer.status, answer.body?.['code']]).toEqual([500, 'response-breaks-contract']);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('is all that only-if-cached wants', async () => {
    const none = await shop.get('/first', { 'cache-control': 'max-age=60, Only-If-Cached' });
    expect([none.status, none.body?.['code'], shop.reads]).toEqual([504, 'not-cached', 0]);
    await shop.get();
    expect((await shop.get('/first', { 'cache-control': 'only-if-cached' })).status).toBe(200);
  });

  it('is not left out because a caller says so', async () => {
    await shop.get();
    expect((await shop.get('/first', { 'cache-control': 'no-cache, no-store' })).cache).toBe('plinth; hit; ttl=60');
  });

  it('is counted', async () => {
    await shop.get();
    await shop.get();
    expect(shop.world.metrics.text()).toContain('plinth_cache_total{result="hit"} 1');
    expect(shop.world.metrics.text()).toMatch(/plinth_cache_bytes [1-9]/);
  });
});

it('a private answer is made for who asks, with all that the handler may know of them', async () => {
  const looking = read(async (_, ctx) =>
    reply(200, { by: ctx.principal.subject, channel: ctx.principal.channel, for: ctx.onBehalfOf ?? null }),
  );
  shop = await Shop.open('{ ttl: PT1M }', { handlers: { getThing: looking } });
  expect((await shop.get('/first', { 'plinth-channel': 'mobile' })).body).toEqual({
    by: 'ada',
    channel: 'mobile',
    for: null,
  });
  expect((await shop.call()).body).toEqual({ by: 'sue', channel: 'desk', for: null });
});

it('another status than 200 is made anew each time, also where it is declared', async () => {
  shop = await Shop.open('{ ttl: PT1M }', {
    replace: [
      "'200': { description: A thing.,",
      "'404': { description: Gone., content: { application/json: { schema: { type: object } } } }, $&",
    ],
  });
  shop.answers = 'gone';
  const answers = [await shop.get(), await shop.get()];
  expect(answers.map(({ status, cache }) => [status, cache])).toEqual([
    [404, 'plinth; fwd=uri-miss'],
    [404, 'plinth; fwd=uri-miss'],
  ]);
});

it('what stands in for an answer that could not be made is not kept, and gives way to a stale one', async () => {
  let isStandIn: true | undefined = true;
  const getThing = read(async () => ({ ...reply(200, { isStandIn: isStandIn ?? false }), isStandIn }));
  shop = await Shop.open('{ ttl: PT1M, stale: { ifError: PT1M } }', { handlers: { getThing } });
  const told = async () => {
    const { cache, body } = await shop.get();
    return [cache, body?.['isStandIn']];
  };
  expect(await told()).toEqual(['plinth; fwd=uri-miss', true]);
  isStandIn = undefined;
  expect(await told()).toEqual(['plinth; fwd=uri-miss; stored', false]);
  isStandIn = true;
  shop.clock.advance({ seconds: 61 });
  expect(await told()).toEqual(['plinth; fwd=stale; fwd-status=200; ttl=-1', false]);
});

it('an answer that is no JSON keeps its type', async () => {
  const getThing = read(async () => reply(200, 'a', { 'Content-Type': 'text/plain' }));
  shop = await Shop.open('{ ttl: PT1M }', { handlers: { getThing }, edge: { checkReplies: 'sampled' } });
  const token = await shop.world.token({ scope: 'shop.read' });
  const headers = { authorization: `Bearer ${token}` };
  const told: unknown[] = [];
  for (let n = 0; n < 3; n++) {
    const answer = await fetch(`${shop.world.url}/shop/v1/things/first`, { headers });
    told.push([answer.headers.get('cache-status')?.includes('hit'), answer.headers.get('content-type')]);
  }
  expect(told.slice(1)).toEqual([
    [true, 'text/plain'],
    [true, 'text/plain'],
  ]);
});

it('what depends on a consent is made anew each time', async () => {
  const hint = 'properties: { price: { type: integer, x-plinth: { purpose: [marketing] } } }';
  shop = await Shop.open('{ ttl: PT1M }', {
    replace: ['A thing., content: { application/json: { schema: { type: object', `$&, ${hint}`],
  });
  const answers = [await shop.get(), await shop.get()];
  expect(answers.map(({ status, cache }) => [status, cache])).toEqual([
    [200, null],
    [200, null],
  ]);
});

describe('a public answer', () => {
  it('is one for everybody, signed in or not', async () => {
    shop = await Shop.open('{ ttl: PT1M, scope: public }', { security: '[]' });
    const first = await shop.get('/first', {}, { sub: 'ada' });
    const second = await shop.get('/first', {}, { sub: 'bob' });
    expect(first.headers.get('cache-control')).toBe('public, max-age=60');
    expect(first.headers.get('vary')).toBe('accept-language');
    expect(second.cache).toBe('plinth; hit; ttl=60');
  });

  it('cannot be made by a handler that looks at its caller', async () => {
    const looking = read(async (_, ctx) => reply(200, { name: ctx.principal.subject }));
    shop = await Shop.open('{ ttl: PT1M, scope: public }', { security: '[]', handlers: { getThing: looking } });
    const answer = await shop.get();
    expect([answer.status, answer.body?.['code'], answer.cache]).toEqual([500, 'internal', 'plinth; fwd=uri-miss']);
  });

  it('is made for nobody, also when it is asked for from inside', async () => {
    const looking = read(async (_, ctx) => reply(200, { owner: ctx.owner ?? null, for: ctx.onBehalfOf ?? null }));
    shop = await Shop.open('{ ttl: PT1M, scope: public }', { security: '[]', handlers: { getThing: looking } });
    const principal = { ...staff(), audience: 'customer', customerId: 'cus_ada' } as const;
    const answer = await shop.world.edge.invoke({
      operation: 'shop.getThing',
      principal,
      input: { thingId: 'first' },
    });
    expect(answer).toMatchObject({ status: 200, body: { owner: null, for: null } });
  });

  it('depends on the fields of vary', async () => {
    shop = await Shop.open('{ ttl: PT1M, scope: public, vary: [X-Region] }', { security: '[]' });
    expect((await shop.get('/first', { 'x-region': 'north' })).headers.get('vary')).toBe('accept-language, x-region');
    expect((await shop.get('/first', { 'x-region': ' north ' })).cache).toContain('hit');
    expect((await shop.get('/first', { 'x-region': 'south' })).cache).toContain('fwd=uri-miss');
    expect((await shop.get('/first')).cache).toContain('fwd=uri-miss');
  });
});

it('a mocked operation is not cached: its answers come from memory and obey Prefer', async () => {
  const mock = { answer: async () => ({ status: 200, headers: {}, body: {} }), owners: {} };
  shop = await Shop.open('{ ttl: PT1M }', { handlers: {}, binding: { mock } });
  const answers = [await shop.get(), await shop.get()];
  expect(answers.map(({ cache, headers }) => [cache, headers.get('cache-control')])).toEqual([
    [null, 'no-store'],
    [null, 'no-store'],
  ]);
});

it('operations without a cache carry no stage for it', async () => {
  shop = await Shop.open('{ ttl: PT1M }');
  const stepsOf = (id: string) => shop.world.edge.operations.get(`shop.${id}`)?.steps.length ?? 0;
  const withCache = stepsOf('getThing');
  await shop.world.close();
  shop = await Shop.open('null');
  expect(stepsOf('getThing')).toBe(withCache - 1);
  expect((await shop.get()).headers.get('cache-control')).toBe('no-store');
});
