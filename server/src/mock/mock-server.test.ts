import type { JsonObject } from '@plinth/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { mockClock } from './clock.ts';
import { devTokens } from './dev-auth.ts';
import type { MockServerOptions } from './mock-server.ts';
import { contractOf, shop, startMock, type TestMock } from './test-mock.ts';

const started: TestMock[] = [];
const start = async (options: Partial<MockServerOptions> = {}, text = shop): Promise<TestMock> => {
  const mock = await startMock(text, options);
  started.push(mock);
  return mock;
};
const json = async (response: Promise<Response>): Promise<JsonObject> => (await (await response).json()) as JsonObject;
const traceOf = async (answer: Promise<Response>) => (await answer).headers.get('traceparent');
const place = (mock: TestMock, headers: Record<string, string> = {}) =>
  mock.post('/orders', { product: 'Tea' }, headers);
afterEach(async () => {
  await Promise.all(started.splice(0).map(({ server }) => server.close()));
});

describe('over HTTP', () => {
  it('what was made is read back, and its place is told', async () => {
    const mock = await start();
    const made = await place(mock);
    expect(made.status).toBe(201);
    expect(made.headers.get('date')).toBe('Tue, 24 Nov 2026 12:00:00 GMT');
    const order = (await made.json()) as JsonObject;
    expect(await json(mock.get(made.headers.get('location') ?? ''))).toEqual(order);
    expect(order['placedAt']).toBe('2026-11-24T12:00:00Z');
  });

  it('a request that breaks the contract gets the error that the contract declares', async () => {
    const mock = await start();
    const answer = await mock.post('/orders', { product: 1 });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toBe('application/vnd.fault+json');
    expect(await answer.json()).toEqual({ message: 'product: Must be text.' });
  });

  it('an error that is asked for needs no valid request, and changes nothing', async () => {
    const mock = await start();
    const before = await json(mock.get('/__plinth/state'));
    const answer = await mock.post('/orders', {}, { prefer: 'code=503' });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('preference-applied')).toBe('code=503');
    expect(await answer.json()).toEqual({ wait: 5 });
    expect(await json(mock.get('/__plinth/state'))).toEqual(before);
  });

  it('an answer continues the trace of its caller, or one of the seed', async () => {
    const own = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    const [mock, other] = [await start(), await start()];
    const drawn = await traceOf(mock.get('/orders'));
    expect(drawn).toMatch(/^00-[0-9a-f]{32}-0{15}1-01$/);
    expect(await traceOf(other.get('/orders'))).toBe(drawn);
    expect(await traceOf(mock.get('/orders', own))).toBe(own.traceparent);
  });

  it('HEAD has the head of GET, also of an error', async () => {
    const mock = await start();
    const head = (path: string) => fetch(mock.url + path, { method: 'HEAD' });
    expect((await head('/orders')).status).toBe(200);
    const missing = await head('/orders/never-seen');
    expect([missing.status, await missing.text()]).toEqual([404, '']);
  });

  it('forms are read: fields by their types, files by name and size', async () => {
    const text = `
openapi: 3.1.0
info: { title: Files, version: 1.0.0 }
paths:
  /files:
    post:
      operationId: upload
      requestBody:
        content:
          multipart/form-data: { schema: { type: object, properties: { file: { type: string, format: binary }, pages: { type: integer }, tags: { type: array, items: { type: string } } } } }
          application/x-www-form-urlencoded: { schema: { type: object, properties: { pages: { type: integer }, owner: { type: object, properties: { age: { type: integer } } } } } }
      responses:
        '201':
          description: Kept.
          content: { application/json: { schema: { type: object, required: [id], properties: { id: { type: string }, filename: { type: string }, bytes: { type: integer }, pages: { type: integer }, tags: { type: array, items: { type: string } }, owner: { type: object, properties: { age: { type: integer } } } } } } }
  /files/{id}:
    get:
      operationId: readFile
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: One., content: { application/json: { schema: { type: object, required: [id], properties: { id: { type: string }, filename: { type: string }, bytes: { type: integer }, pages: { type: integer }, tags: { type: array, items: { type: string } }, owner: { type: object, properties: { age: { type: integer } } } } } } } } }
`;
    const mock = await start({}, text);
    const form = new FormData();
    form.append('file', new File(['hello'], 'a.txt'));
    form.append('pages', '3');
    form.append('tags', 'x');
    const sent = await fetch(`${mock.url}/files`, { method: 'POST', body: form });
    expect(await sent.json()).toMatchObject({ filename: 'a.txt', bytes: 5, pages: 3, tags: ['x'] });
    const encoded = await fetch(`${mock.url}/files`, {
      method: 'POST',
      body: new URLSearchParams({ pages: '4', 'owner[age]': '7' }),
    });
    expect(await encoded.json()).toMatchObject({ pages: 4, owner: { age: 7 } });
    const { requests } = (await json(mock.get('/__plinth/requests'))) as { requests: JsonObject[] };
    expect(requests[1]).toMatchObject({ input: { body: { pages: 4, owner: { age: 7 } } } });
  });

  it('without state nothing is kept', async () => {
    const mock = await start({ keepsState: false });
    const placed = await place(mock);
    // Nobody preferred it.
    expect(placed.headers.get('preference-applied')).toBeNull();
    const { id } = (await placed.json()) as JsonObject;
    const list = (await (await mock.get('/orders')).json()) as JsonObject[];
    expect(list.some((order) => order['id'] === id)).toBe(false);
  });
});

it('pages of other origins may call it, as they may call no production', async () => {
  const mock = await start();
  const preflight = await fetch(`${mock.url}/orders`, {
    method: 'OPTIONS',
    headers: {
      origin: 'http://app.test',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-a',
    },
  });
  expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([204, 'x-a']);
  const answer = await mock.get('/orders', { origin: 'http://app.test' });
  expect(answer.headers.get('access-control-allow-origin')).toBe('http://app.test');
  expect((await mock.get('/orders')).headers.get('access-control-allow-origin')).toBeNull();
});

describe('faults', () => {
  it('are asked for by one request: a delay, half a body, no JSON, a reset after the work was done', async () => {
    const mock = await start();
    const startedMs = performance.now();
    const late = await mock.get('/orders', { prefer: 'delay=120' });
    expect(performance.now() - startedMs).toBeGreaterThan(110);
    expect(late.headers.get('preference-applied')).toBe('delay=120');
    const malformed = await (await mock.get('/orders', { prefer: 'fault=malformed' })).text();
    expect(() => JSON.parse(malformed) as unknown).toThrow(SyntaxError);
    await expect(mock.get('/orders', { prefer: 'fault=truncate' }).then((answer) => answer.text())).rejects.toThrow(
      'terminated',
    );
    await expect(place(mock, { prefer: 'fault=reset' })).rejects.toThrow('fetch failed');
    const list = (await (await mock.get('/orders')).json()) as JsonObject[];
    expect(list.map((order) => order['product'])).toContain('Tea');
    await expect(
      fetch(`${mock.url}/orders`, { headers: { prefer: 'fault=timeout' }, signal: AbortSignal.timeout(200) }),
    ).rejects.toThrow(/timeout/);
  });

  it('strike every n-th call and a seeded share of calls', async () => {
    const rules = [
      { match: { operation: 'placeOrder', nth: 3 }, status: 503 },
      { match: { operation: 'listOrders', percent: 50 }, status: 418 },
    ];
    const statuses = async (): Promise<number[][]> => {
      const mock = await start({ faults: rules });
      const placed: number[] = [];
      const listed: number[] = [];
      for (let count = 0; count < 6; count++) placed.push((await place(mock)).status);
      for (let count = 0; count < 20; count++) listed.push((await mock.get('/orders')).status);
      return [placed, listed];
    };
    const [placed, listed = []] = await statuses();
    expect(placed).toEqual([201, 201, 503, 201, 201, 503]);
    expect(new Set(listed)).toEqual(new Set([200, 418]));
    expect(await statuses()).toEqual([placed, listed]);
  });

  it('are put and taken away while it runs; rules that cannot be followed are refused', async () => {
    const mock = await start();
    const put = (rules: unknown) =>
      fetch(`${mock.url}/__plinth/faults`, { method: 'PUT', body: JSON.stringify({ rules }) });
    expect((await put([{ match: { operation: 'listOrders' }, slowBody: 60 }])).status).toBe(200);
    const startedMs = performance.now();
    expect(await (await mock.get('/orders')).json()).toHaveLength(5);
    expect(performance.now() - startedMs).toBeGreaterThan(45);
    const wrong = await put([{ match: { operation: 'buy' }, reset: true }]);
    expect([wrong.status, (await json(Promise.resolve(wrong)))['detail']]).toEqual([
      400,
      '/rules/0/match/operation: No operation is called buy.',
    ]);
    await fetch(`${mock.url}/__plinth/faults`, { method: 'DELETE' });
    expect(await json(mock.get('/__plinth/faults'))).toEqual({ rules: [] });
  });

  it('happen by the weights of the contract', async () => {
    const weighed = shop.replace(
      'operationId: listOrders',
      'operationId: listOrders\n      x-plinth: { mock: { weights: { "503": 50 } } }',
    );
    const mock = await start({}, weighed);
    const statuses: number[] = [];
    for (let count = 0; count < 20; count++) statuses.push((await mock.get('/orders')).status);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
  });
});

describe('the control surface', () => {
  it('moves the clock, unless it is fixed', async () => {
    const mock = await start();
    await mock.post('/__plinth/clock', { advance: 'P1DT1H' });
    expect((await json(place(mock)))['placedAt']).toBe('2026-11-25T13:00:00Z');
    const fixed = await start({ clock: mockClock('fixed', Temporal.Instant.from('2026-11-24T12:00:00Z')) });
    expect((await fixed.post('/__plinth/clock', { advance: 'PT1H' })).status).toBe(400);
  });

  it('keeps snapshots, puts state back and resets everything', async () => {
    const mock = await start();
    await mock.post('/__plinth/snapshot/before', {});
    const before = await json(mock.get('/__plinth/state'));
    await place(mock);
    const after = await json(mock.get('/__plinth/state'));
    expect(after).not.toEqual(before);
    await mock.post('/__plinth/snapshot/before/restore', {});
    expect(await json(mock.get('/__plinth/state'))).toEqual(before);
    await fetch(`${mock.url}/__plinth/state`, { method: 'PUT', body: JSON.stringify(after) });
    expect(await json(mock.get('/__plinth/state'))).toEqual(after);
    const bad = await fetch(`${mock.url}/__plinth/state`, { method: 'PUT', body: '{"shop":{"things":1}}' });
    expect(bad.status).toBe(400);
    expect(await json(mock.get('/__plinth/state'))).toEqual(after);
    await mock.post('/__plinth/reset', {});
    expect(await json(mock.get('/__plinth/state'))).toEqual(before);
    expect(await json(mock.get('/__plinth/requests'))).toEqual({ requests: [] });
  });

  it('tells what was asked, what was wrong with it, and what was said', async () => {
    const mock = await start();
    await mock.post('/orders', { product: 1 });
    await place(mock, { prefer: 'fault=reset' }).catch(() => {});
    const { requests } = (await json(mock.get('/__plinth/requests?operation=placeOrder'))) as {
      requests: JsonObject[];
    };
    expect(requests).toMatchObject([
      { number: 1, status: 422, findings: [{ pointer: '/product', message: 'Must be text.' }] },
      { number: 2, status: 201, fault: 'reset', input: { body: { product: 'Tea' } }, findings: [] },
    ]);
  });

  it('shows jobs and ends them before their time', async () => {
    const mock = await start({}, shop.replace("'201': { description: Placed.", "'202': { description: Begun."));
    const begun = await place(mock);
    expect([begun.status, begun.headers.get('retry-after')]).toEqual([202, '10']);
    const { id } = (await begun.json()) as JsonObject;
    expect(await json(mock.get('/__plinth/jobs'))).toMatchObject({
      jobs: [{ id, operation: 'placeOrder', state: 'running' }],
    });
    expect(await json(mock.post(`/__plinth/jobs/${id as string}/fail`, {}))).toMatchObject({ state: 'failed' });
    expect((await mock.post(`/__plinth/jobs/${id as string}/finish`, {})).status).toBe(404);
    await place(mock);
    await mock.post('/__plinth/clock', { advance: 'PT10S' });
    expect(await json(mock.get('/__plinth/jobs'))).toMatchObject({ jobs: [{ state: 'failed' }, { state: 'done' }] });
  });

  it('is closed to pages of other origins, and to names that lead here from outside', async () => {
    const mock = await start({ controlToken: 'sesame' });
    const from = (headers: Record<string, string>) => mock.get('/__plinth/state', headers);
    expect((await from({ origin: 'https://elsewhere.example' })).status).toBe(403);
    expect((await from({ origin: 'https://elsewhere.example', authorization: 'Bearer sesame' })).status).toBe(200);
    expect((await from({ origin: mock.url })).status).toBe(200);
  });
});

describe('a contract that changes', () => {
  it('keeps what still fits and forgets the rest', async () => {
    const mock = await start();
    const { id } = await json(place(mock));
    const optional = shop.replace(
      '        product: { type: string }\n        placedAt',
      '        product: { type: string, maxLength: 3 }\n        placedAt',
    );
    expect(optional).not.toBe(shop);
    const told = mock.server.install([await contractOf(optional)]);
    expect(told.kept).toBeGreaterThan(0);
    expect(told.forgotten).toBeGreaterThan(0);
    expect(await json(mock.get(`/orders/${id as string}`))).toMatchObject({ product: 'Tea' });
  });
});

describe('credentials', () => {
  it('must be there, whatever they say', async () => {
    const mock = await start({ auth: 'presence' });
    const refused = await mock.get('/orders');
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="mock"']);
    expect((await mock.get('/orders', { authorization: 'Bearer anything' })).status).toBe(200);
  });

  it('are issued and judged: audience, scopes, and whose things they are', async () => {
    const text = `
openapi: 3.1.0
info: { title: Notes, version: 1.0.0 }
x-plinth: { capability: notes, audience: [customer] }
paths:
  /notes:
    get:
      operationId: listNotes
      security: [{ oidc: [notes.read] }]
      x-plinth: { ownerCheck: { object: note, list: true } }
      responses: { '200': { description: Some., content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Note' } } } } } }
  /notes/{noteId}:
    get:
      operationId: getNote
      security: [{ oidc: [notes.read] }]
      x-plinth: { ownerCheck: { object: note, id: path.noteId } }
      parameters: [{ name: noteId, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: One., content: { application/json: { schema: { $ref: '#/components/schemas/Note' } } } } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc } }
  schemas: { Note: { type: object, required: [id, customerId], properties: { id: { type: string }, customerId: { type: string } } } }
`;
    const mock = await start({ auth: 'dev', tokens: await devTokens() }, text);
    const as = async (query: string): Promise<Record<string, string>> => {
      const { access_token: token } = await json(mock.get(`/__plinth/token?as=${query}`));
      return { authorization: `Bearer ${token as string}` };
    };
    const ada = await as('ada');
    const notes = (await (await mock.get('/notes', ada)).json()) as JsonObject[];
    expect(new Set(notes.map((note) => note['customerId']))).toEqual(new Set(['cus_ada']));
    const address = `/notes/${notes[0]?.['id'] as string}`;
    expect((await mock.get(address, ada)).status).toBe(200);
    expect((await mock.get(address, await as('ben'))).status).toBe(404);
    expect((await mock.get('/notes', await as('ada&scope=notes.write'))).status).toBe(403);
    expect((await mock.get('/notes', await as('sue&audience=staff'))).status).toBe(403);
    expect((await mock.get('/notes')).status).toBe(401);
    expect((await mock.get('/__plinth/token?as=Nobody!')).status).toBe(400);
  });
});
