import { describe, expect, it, vi } from 'vitest';
import { createOrders, ordersOperations } from './generated/orders.ts';
import {
  type ClientOptions,
  createClient,
  type Exchange,
  type Notice,
  type OperationDescriptor,
  type ParamDescriptor,
  PlinthProblem,
} from './index.ts';

interface Seen {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** A client over scripted answers; the last one repeats. Waiting takes no time and is written down. */
function clientOver(answers: (() => Response | Promise<Response>)[], options: ClientOptions = {}) {
  const seen: Seen[] = [];
  const waits: number[] = [];
  let now = 0;
  const client = createClient({
    baseUrl: 'https://northfold.example',
    fetch: async (url, init) => {
      seen.push({
        url,
        method: init.method ?? 'GET',
        headers: init.headers as Record<string, string>,
        body: init.body as string | undefined,
      });
      const answer = answers[Math.min(seen.length, answers.length) - 1];
      if (!answer) throw new Error('no answer scripted');
      return answer();
    },
    timing: {
      now: () => now,
      random: () => 0.5,
      wait: async (delayMs) => {
        now += delayMs;
        waits.push(delayMs);
      },
    },
    ...options,
  });
  return { client, orders: createOrders(client), seen, waits };
}

const order = { id: 'ord_1', number: 'ORD-1', state: 'placed' };
const newOrder = { body: { lines: [{ sku: 'K', quantity: 1 }], payment: { method: 'card_ok' } } };

function json(value: unknown, status = 200, headers: Record<string, string> = {}) {
  return () => Response.json(value, { status, headers });
}

function problem(
  status: number,
  code: string,
  members: Record<string, unknown> = {},
  headers: Record<string, string> = {},
) {
  return () =>
    new Response(JSON.stringify({ code, title: 'No', detail: 'Not now.', advice: 'Try later.', ...members }), {
      status,
      headers: { 'content-type': 'application/problem+json', ...headers },
    });
}

function unreachable(): never {
  throw new TypeError('fetch failed');
}

function param(name: string, style: string, explode: boolean) {
  return { name, in: 'query' as const, style, explode };
}

function filtered(param: Partial<ParamDescriptor>): OperationDescriptor {
  return {
    ...ordersOperations.listOrders,
    params: [{ name: 'filter', in: 'querystring', style: 'form', explode: true, ...param }],
  };
}

/** What stands behind the path when `filter` is sent. */
async function queryOf(param: Partial<ParamDescriptor>, filter: unknown): Promise<string> {
  const { client, seen } = clientOver([json({})]);
  await client.call(filtered(param), { filter });
  return seen[0]?.url.split('/orders/v1/orders')[1] ?? '';
}

describe('sending an operation', () => {
  it('writes path, query, body and our header fields', async () => {
    const { orders, seen } = clientOver([json(order)], {
      auth: () => 'token',
      channel: 'kiosk',
      language: () => 'de',
    });
    await orders.getOrder({ orderId: 'a/b ?' }, { decision: 'dec_1' });
    await orders.listOrders({ limit: 5, state: 'placed' });
    await orders.cancelOrder(
      { orderId: 'o', body: { reason: 'late' } },
      { ifMatch: 3, confirmation: 'cnf_1', key: 'k' },
    );
    expect(seen[0]?.url).toBe('https://northfold.example/orders/v1/orders/a%2Fb%20%3F');
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Bearer token',
      'plinth-channel': 'kiosk',
      'accept-language': 'de',
      'plinth-decision': 'dec_1',
    });
    expect(seen[0]?.headers['idempotency-key']).toBeUndefined();
    expect(seen[1]?.url).toBe('https://northfold.example/orders/v1/orders?limit=5&state=placed');
    expect(seen[2]).toMatchObject({ method: 'POST', body: '{"reason":"late"}' });
    expect(seen[2]?.headers).toMatchObject({
      'if-match': '"3"',
      'idempotency-key': 'k',
      'plinth-confirmation': 'cnf_1',
    });
  });

  it('refuses to send a path with a hole in it', async () => {
    const { client, seen } = clientOver([json(order)]);
    await expect(client.call(ordersOperations.getOrder, {})).rejects.toThrow('getOrder needs orderId.');
    expect(seen).toHaveLength(0);
  });

  it('writes lists and objects in the styles of OpenAPI', async () => {
    const { client, seen } = clientOver([json([])]);
    const params = [
      param('a', 'form', true),
      param('b', 'form', false),
      param('c', 'deepObject', true),
      param('d', 'pipeDelimited', false),
    ];
    const { paging: _, ...list } = ordersOperations.listOrders;
    await client.call({ ...list, params }, { a: [1, 2], b: ['x', 'y&'], c: { from: 1, to: undefined }, d: ['p', 'q'] });
    expect(seen[0]?.url).toBe('https://northfold.example/orders/v1/orders?a=1&a=2&b=x,y%26&c[from]=1&d=p%7Cq');
  });

  it('writes a query that is one value, and values of a media type as its text', async () => {
    const value = { state: 'placed', tags: ['a', 'b&c'] };
    expect(await queryOf({ media: 'application/x-www-form-urlencoded' }, value)).toBe(
      '?state=placed&tags=a&tags=b%26c',
    );
    const text = encodeURIComponent(JSON.stringify(value));
    expect(await queryOf({ media: 'application/json' }, value)).toBe(`?${text}`);
    expect(await queryOf({ media: 'application/jsonpath' }, '$.a[1:1]')).toBe('?%24.a%5B1%3A1%5D');
    expect(await queryOf({ in: 'query', media: 'application/json' }, value)).toBe(`?filter=${text}`);
    expect(await queryOf({ in: 'query', media: 'application/json' }, 'a')).toBe('?filter=%22a%22');
    expect(await queryOf({ media: 'application/json' }, undefined)).toBe('');
  });

  it('returns undefined for an empty answer, and value and ETag from safe', async () => {
    const { orders } = clientOver([json(order, 200, { etag: '"7"' }), () => new Response(null, { status: 204 })]);
    expect(await orders.getOrder.safe({ orderId: 'o' })).toEqual({ ok: true, value: order, etag: '"7"' });
    expect(await orders.getOrder({ orderId: 'o' })).toBeUndefined();
  });
});

describe('problems', () => {
  it('throws one type with everything the server said', async () => {
    const errors = [{ in: 'body', pointer: '/lines', rule: 'minItems', message: 'One at least.' }];
    const { orders } = clientOver([problem(400, 'invalid-body', { errors, instance: 'urn:plinth:trace:1' })]);
    const failure = await orders.placeOrder(newOrder).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PlinthProblem);
    expect(failure).toMatchObject({
      status: 400,
      code: 'invalid-body',
      detail: 'Not now.',
      advice: 'Try later.',
      errors,
      instance: 'urn:plinth:trace:1',
    });
  });

  it.each([
    [{ type: 'https://api.example/problems/stock', code: 'stock.none' }, 'stock.none'],
    [{ type: 'https://api.example/problems/stock' }, 'https://api.example/problems/stock'],
    [{ type: 'about:blank' }, 'http-409'],
    [{ type: 'validation' }, 'http-409'],
  ])('knows %j by %s', async (document, code) => {
    const { orders } = clientOver([json(document, 409)]);
    expect(await orders.getOrder.safe({ orderId: 'o' })).toMatchObject({ problem: { status: 409, code } });
  });

  it('makes one of an answer that is no problem document', async () => {
    const { orders } = clientOver([() => new Response('<h1>Bad</h1>', { status: 400 })]);
    expect(await orders.getOrder.safe({ orderId: 'o' })).toMatchObject({
      ok: false,
      problem: { status: 400, code: 'http-400' },
    });
  });
});

describe('repeating', () => {
  it('repeats a keyed write with the same key until it is answered', async () => {
    const { orders, seen } = clientOver([unreachable, problem(503, 'overloaded'), json(order, 201)]);
    expect(await orders.placeOrder(newOrder)).toEqual(order);
    const keys = seen.map((request) => request.headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('gives two calls two keys', async () => {
    const { orders, seen } = clientOver([json(order, 201)]);
    await orders.placeOrder(newOrder);
    await orders.placeOrder(newOrder);
    expect(seen[0]?.headers['idempotency-key']).not.toBe(seen[1]?.headers['idempotency-key']);
  });

  it('never repeats a write that takes no key', async () => {
    const { client, seen } = clientOver([problem(503, 'overloaded')]);
    const unkeyed = { ...ordersOperations.placeOrder, idempotency: 'none' as const };
    await expect(client.call(unkeyed, newOrder)).rejects.toMatchObject({ code: 'overloaded' });
    expect(seen).toHaveLength(1);
  });

  it.each([400, 403, 404, 409, 422, 500])('does not repeat after %d', async (status) => {
    const { orders, seen } = clientOver([problem(status, 'no')]);
    await orders.getOrder.safe({ orderId: 'o' });
    expect(seen).toHaveLength(1);
  });

  it('waits as long as the server asks, but not long', async () => {
    const short = clientOver([problem(429, 'rate-limited', {}, { 'retry-after': '2' }), json(order)]);
    expect(await short.orders.getOrder({ orderId: 'o' })).toEqual(order);
    expect(short.waits[0]).toBeGreaterThanOrEqual(2000);
    const long = clientOver([problem(429, 'rate-limited', {}, { 'retry-after': '60' }), json(order)]);
    await expect(long.orders.getOrder({ orderId: 'o' })).rejects.toMatchObject({ retryAfterS: 60 });
    expect(long.seen).toHaveLength(1);
  });

  it('stops at two repeats a call and at the budget of all calls', async () => {
    const { orders, seen } = clientOver([problem(503, 'overloaded')]);
    for (let call = 0; call < 10; call++) await orders.getOrder.safe({ orderId: 'o' });
    // Ten calls, and three repeats: two of the first call, one of the second.
    expect(seen).toHaveLength(13);
  });

  it('holds calls back when most are refused, and says so', async () => {
    const { orders, seen } = clientOver([problem(503, 'overloaded')]);
    for (let call = 0; call < 10; call++) await orders.getOrder.safe({ orderId: 'o' });
    // Ten of ten refused: the next is sent with a chance of 1 in 11, and chance stands at 0.5 here.
    expect(await orders.getOrder.safe({ orderId: 'o' })).toMatchObject({
      problem: { status: 0, code: 'held-back', retryable: true },
    });
    expect(seen).toHaveLength(13);
  });

  it('repeats PUT and DELETE without a key, but not what its own first attempt would refuse', async () => {
    const { client, seen } = clientOver([problem(503, 'overloaded')]);
    const put = { ...ordersOperations.placeOrder, method: 'PUT', idempotency: 'none' as const };
    await client.safe(put, newOrder, { ifMatch: 3 });
    expect(seen).toHaveLength(1);
    await client.safe(put, newOrder);
    expect(seen).toHaveLength(4);
  });

  it('says with every attempt how much time is left, to a platform only', async () => {
    const { client, orders, seen } = clientOver([problem(503, 'x', {}, { 'retry-after': '1' }), json(order)]);
    await orders.getOrder({ orderId: 'o' }, { timeoutMs: 5000 });
    expect(seen[0]?.headers['plinth-deadline']).toBe('5000');
    expect(Number(seen[1]?.headers['plinth-deadline'])).toBeLessThanOrEqual(4000);
    await client.call({ ...ordersOperations.getOrder, foreign: true }, { orderId: 'o' });
    expect(Object.keys(seen[2]?.headers ?? {}).filter((name) => name.startsWith('plinth'))).toEqual([]);
  });

  it('does not wait for what comes after the deadline', async () => {
    const { orders, waits } = clientOver([problem(503, 'x', {}, { 'retry-after': '2' })]);
    await orders.getOrder.safe({ orderId: 'o' }, { timeoutMs: 1500 });
    expect(waits).toEqual([]);
  });

  it('ends at once when the caller aborts', async () => {
    const stop = new AbortController();
    const { orders, seen } = clientOver([
      () => {
        stop.abort(new Error('gone'));
        throw new Error('gone');
      },
    ]);
    await expect(orders.getOrder.safe({ orderId: 'o' }, { signal: stop.signal })).rejects.toThrow('gone');
    expect(seen).toHaveLength(1);
  });
});

describe('pages', () => {
  it('reads them as they are needed', async () => {
    const { orders, seen } = clientOver([json({ items: [1, 2], next: 'c1' }), json({ items: [3], next: null })]);
    const found: unknown[] = [];
    for await (const item of orders.listOrders.each({ state: 'placed' })) found.push(item);
    expect(found).toEqual([1, 2, 3]);
    expect(seen.map((request) => new URL(request.url).search)).toEqual(['?state=placed', '?cursor=c1&state=placed']);
  });

  it.each([
    ['offset', { style: 'offset', param: 'offset' }, ['', '?offset=2', '?offset=3']],
    ['page', { style: 'page', param: 'page' }, ['', '?page=2', '?page=3']],
  ] as const)('counts by %s until a page is empty', async (_, paging, asked) => {
    const { client, seen } = clientOver([json({ items: [1, 2] }), json({ items: [3] }), json({ items: [] })]);
    const list = { ...ordersOperations.listOrders, params: [param(paging.param, 'form', true)] };
    const found: unknown[] = [];
    for await (const item of client.each({ ...list, paging: { items: 'items', ...paging } })) found.push(item);
    expect(found).toEqual([1, 2, 3]);
    expect(seen.map((request) => new URL(request.url).search)).toEqual(asked);
  });

  it('stops where the page says that no more follow', async () => {
    const { client, seen } = clientOver([json({ data: [1], last: 'a', more: false })]);
    const paging = { items: 'data', next: 'last', param: 'after', more: 'more' };
    const found: unknown[] = [];
    for await (const item of client.each({ ...ordersOperations.listOrders, paging })) found.push(item);
    expect([found, seen.length]).toEqual([[1], 1]);
  });
});

const accepted = (headers: Record<string, string>) => () =>
  Response.json({ id: 'job_1' }, { status: 202, headers: { location: '/jobs/1', ...headers } });
const job = (state: string, more: object = {}) => json({ id: 'job_1', operation: 'orders.placeOrder', state, ...more });

describe('work that goes on after its answer', () => {
  it('is asked for as often as the server says until it is done', async () => {
    const { client, seen, waits } = clientOver([
      accepted({ 'retry-after': '2' }),
      job('running'),
      job('succeeded', { result: order }),
    ]);
    expect(await client.done(ordersOperations.placeOrder, newOrder)).toEqual(order);
    expect(seen.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      'POST /orders/v1/orders',
      'GET /jobs/1',
      'GET /jobs/1',
    ]);
    expect(waits).toEqual([2000, 1000]);
    expect(seen[1]?.headers['idempotency-key']).toBeUndefined();
  });

  it('is asked for on a clock of fractions, as real ones are', async () => {
    const { client, waits } = clientOver([accepted({}), job('succeeded', { result: order })]);
    expect(await client.done(ordersOperations.placeOrder, newOrder, { timeoutMs: 5000.5 })).toEqual(order);
    expect(waits).toEqual([1000]);
  });

  it('ends with its problem when it fails', async () => {
    const failed = job('failed', { problem: { status: 409, code: 'orders.out-of-stock' } });
    const { client } = clientOver([accepted({}), failed]);
    await expect(client.done(ordersOperations.placeOrder, newOrder)).rejects.toMatchObject({
      status: 409,
      code: 'orders.out-of-stock',
    });
  });

  it('is given up at the deadline', async () => {
    const { client, seen } = clientOver([accepted({ 'retry-after': '4' }), accepted({ 'retry-after': '4' })]);
    await expect(client.done(ordersOperations.placeOrder, newOrder, { timeoutMs: 10_000 })).rejects.toMatchObject({
      code: 'timeout',
    });
    // At 0 s, 4 s and 8 s; 12 s would be too late.
    expect(seen).toHaveLength(3);
  });

  it('takes credentials to no other server', async () => {
    const { client, seen } = clientOver([accepted({ location: 'https://elsewhere.example/jobs/1' })]);
    expect(await client.done(ordersOperations.placeOrder, newOrder)).toEqual({ id: 'job_1' });
    expect(seen).toHaveLength(1);
  });

  it('is not waited for when the answer is already there', async () => {
    const { client, waits } = clientOver([json(order, 201)]);
    expect(await client.done(ordersOperations.placeOrder, newOrder)).toEqual(order);
    expect(waits).toEqual([]);
  });
});

describe('exchanges', () => {
  it('are told one by one, each with the answer still to be read', async () => {
    const exchanges: Exchange[] = [];
    const { orders } = clientOver([problem(503, 'overloaded', { retryable: true }), json(order)], {
      auth: () => 'token',
      onExchange: (exchange) => exchanges.push(exchange),
    });
    expect(await orders.getOrder({ orderId: 'ord_1' })).toEqual(order);
    expect(exchanges.map(({ response }) => response.status)).toEqual([503, 200]);
    expect(exchanges[1]).toMatchObject({
      method: 'GET',
      url: 'https://northfold.example/orders/v1/orders/ord_1',
      headers: { authorization: 'Bearer token' },
    });
    expect(await exchanges[1]?.response.json()).toEqual(order);
  });

  it('carry a token or the session, never both', async () => {
    const sent: (string | undefined)[] = [];
    const fetch = async (_: string, init: RequestInit): Promise<Response> => {
      sent.push(init.credentials);
      return Response.json(order);
    };
    await clientOver([], { fetch }).orders.getOrder({ orderId: 'ord_1' });
    await clientOver([], { fetch, auth: () => 'token' }).orders.getOrder({ orderId: 'ord_1' });
    expect(sent).toEqual(['same-origin', 'omit']);
  });
});

describe('notices', () => {
  it('tells once per operation that it goes away', async () => {
    const notices: Notice[] = [];
    const options = { onNotice: (notice: Notice) => notices.push(notice) };
    const { orders } = clientOver(
      [json(order, 200, { deprecation: '@1', sunset: 'Sat, 01 Jan 2028 00:00:00 GMT' })],
      options,
    );
    await orders.getOrder({ orderId: 'o' });
    await orders.getOrder({ orderId: 'o' });
    expect(notices.map((notice) => notice.kind)).toEqual(['deprecated', 'sunset']);
  });
});

describe('live updates', () => {
  it('hands on facts and words of the stream, and stops when told', () => {
    const listeners = new Map<string, (event: { data?: unknown; lastEventId?: string }) => void>();
    let address = '';
    let closed = false;
    const client = createClient({
      openEventSource: (url) => {
        address = url;
        return { addEventListener: (type, listener) => listeners.set(type, listener), close: () => (closed = true) };
      },
    });
    const events: unknown[] = [];
    const stop = client.live(['orders', 'tickets'], (event) => events.push(event));
    listeners.get('message')?.({ data: '{"type":"order.placed","subject":"ord_1"}', lastEventId: '9' });
    listeners.get('message')?.({ data: 'not json' });
    listeners.get('reset')?.({});
    expect(address).toBe('/live?topics=orders,tickets');
    expect(events).toEqual([
      { type: 'order.placed', subject: 'ord_1', id: '9' },
      { type: 'reset', id: '' },
    ]);
    stop();
    expect(closed).toBe(true);
  });

  it('are opened anew after a refusal, which the browser takes for the end, and given up after the sixth', () => {
    vi.useFakeTimers();
    const sources: { say: (type: string) => void; readyState: number }[] = [];
    const client = createClient({
      openEventSource: () => {
        const listeners = new Map<string, (event: object) => void>();
        const source = { say: (type: string) => listeners.get(type)?.({}), readyState: 0 };
        sources.push(source);
        return Object.assign(source, {
          addEventListener: (type: string, listener: (event: object) => void) => void listeners.set(type, listener),
          close: () => (source.readyState = 2),
        });
      },
    });
    const events: unknown[] = [];
    const stop = client.live(['orders'], (event) => events.push(event));
    const refuse = (isFinal: boolean): void => {
      const source = sources.at(-1);
      if (source) source.readyState = isFinal ? 2 : 0;
      source?.say('error');
      vi.advanceTimersByTime(60_000);
    };
    refuse(false);
    expect(sources).toHaveLength(1);
    refuse(true);
    sources.at(-1)?.say('open');
    expect([sources.length, events]).toEqual([2, [{ type: 'reset', id: '' }]]);
    // The browser's own way back resumes: nothing was missed.
    sources.at(-1)?.say('open');
    expect(events).toHaveLength(1);
    for (let n = 0; n < 20; n++) refuse(true);
    expect(sources).toHaveLength(8);
    sources.at(-1)?.say('open');
    sources.at(-1)?.say('error');
    stop();
    vi.advanceTimersByTime(60_000);
    expect(sources).toHaveLength(8);
    vi.useRealTimers();
  });
});
