// Calls to an upstream over a real connection: what is sent, what is sent again, and what stands in the row of a write.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Contract, load } from '@plinth/contract';
import type { OpenContext } from '@plinth/runtime';
import { elapsedMs, newIds, type Principal, seededRandom, servicePrincipal, systemClock } from '@plinth/runtime/kernel';
import { createLogger, Metrics, type UpstreamCallRow } from '@plinth/runtime/pipeline';
import { aDatabase, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fulfil, type Fulfilment } from './fulfil.ts';
import { LineBook } from './lines.ts';
import type { Manifest, OperationEntry } from './manifest.ts';

const yaml = `openapi: 3.1.0
info: { title: Till, version: 1.0.0 }
security: []
paths:
  /sales:
    post:
      operationId: sell
      requestBody: { content: { application/json: { schema: { type: object } } } }
      responses: { '201': { description: Sold., content: { application/json: { schema: { $ref: '#/components/schemas/Sale' } } } } }
  /sales/{number}:
    parameters: [{ name: number, in: path, required: true, schema: { type: string } }]
    get:
      operationId: getSale
      responses: { '200': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Sale' } } } } }
    put:
      operationId: setSale
      requestBody: { content: { application/json: { schema: { type: object } } } }
      responses: { '200': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Sale' } } } } }
components:
  schemas:
    Sale: { type: object, required: [sum], properties: { sum: { type: integer }, note: { type: string } } }
`;

/** What the till does with one request. */
type Act = { status: number; body?: unknown; headers?: Record<string, string>; afterMs?: number } | 'reset';

interface Asked {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

let contract: Contract;
let database: TestDatabase;
let till: Server;
let url: string;
let book: LineBook;
let metrics: Metrics;
let asked: Asked[];
/** In turn; the last one stays. */
let acts: Act[];

beforeAll(async () => {
  const loaded = await load('till.yaml', { read: () => Promise.resolve(yaml), companions: {}, foreign: true });
  if (loaded.contract === undefined) throw new Error(JSON.stringify(loaded.findings));
  ({ contract } = loaded);
  database = await aDatabase();
  till = createServer((request, response) => {
    void text(request).then(async (body) => {
      const { method, url: target, headers } = request;
      asked.push({ method, url: target, headers, body });
      const act = (acts.length > 1 ? acts.shift() : acts[0]) ?? { status: 500 };
      if (act === 'reset') return request.socket.resetAndDestroy();
      if (act.afterMs !== undefined) await new Promise((resolve) => setTimeout(resolve, act.afterMs));
      response.writeHead(act.status, { 'content-type': 'application/json', ...act.headers });
      return response.end(JSON.stringify(act.body ?? {}));
    });
  });
  till.listen(0, '127.0.0.1');
  await once(till, 'listening');
  url = `http://127.0.0.1:${(till.address() as AddressInfo).port}`;
});
afterAll(async () => {
  till?.closeAllConnections();
  till?.close();
  await database?.close();
});
beforeEach(() => {
  asked = [];
  acts = [{ status: 200, body: { sum: 1 } }];
  metrics = new Metrics();
  book = new LineBook({
    metrics,
    logger: createLogger('silent'),
    random: seededRandom(1),
    address: () => undefined,
    secret: () => undefined,
  });
});
afterEach(() => book.close());

const trace = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), isSampled: true, traceState: 'a=b' };
const lookUp = {
  lookUp: { target: 'getSale', request: { path: { number: '/call/reference' } }, response: {}, settledAfterS: 0 },
};
const referring = { request: { header: {}, body: { '/ref': '/call/reference', '/sum': '/body/sum' } } };
const sum = { body: { sum: 1 } };
let keys = 0;

interface Asking {
  manifest?: Partial<Manifest>;
  /** Of the operation; undefined = the manifest says nothing of it. */
  entry?: Partial<OperationEntry> | undefined;
  key?: string;
  principal?: Principal;
  release?: string;
  timeoutMs?: number;
  /** Gets the types of facts. */
  emit?: (type: string) => void;
}

/** The till as the other side of an operation. */
function fulfilled(id: string, { manifest = {}, entry }: Asking): Fulfilment {
  const operations = entry && { [id]: { target: id, ...entry } };
  const whole: Manifest = {
    upstream: 'till',
    contract: 'till@1',
    baseUrl: url,
    ...(operations && { operations }),
    ...manifest,
  };
  return fulfil({ manifest: whole, contract, target: contract, book, owners: {} });
}

function contextOf(id: string, asking: Asking): OpenContext {
  const { key = `k${++keys}`, principal = servicePrincipal('test'), release, timeoutMs = 2_000, emit } = asking;
  const { db } = database;
  const about = { operation: `till.${id}`, key, principal, release, owner: undefined, trace, traceId: trace.traceId };
  const log = createLogger('silent');
  const transaction = (work: (ctx: object) => Promise<unknown>): Promise<unknown> =>
    database.transaction((tx) => work({ db: tx, emit }));
  const services = { db, log, ids: newIds(systemClock), deadlineMs: elapsedMs() + timeoutMs, transaction };
  return { ...about, ...services } as unknown as OpenContext;
}

/** The answer of an operation that goes to the till. */
async function ask(id: string, input: object, asking: Asking = {}): Promise<unknown> {
  const run = fulfilled(id, asking).handlers[id]?.run as (input: object, ctx: object) => Promise<unknown>;
  return Promise.try(run, input, contextOf(id, asking));
}

/** State of the row of a write. */
async function rowOf(key: string): Promise<unknown> {
  const { rows } = await sql<{ state: string }>`
    select state from runtime.upstream_call where key = ${key}`.execute(database.db);
  return rows[0]?.state;
}

/** As if its process had died with the answer under way. */
async function forget(key: string, ageS = 0): Promise<void> {
  await sql`
    update runtime.upstream_call set state = 'started', sent_at = clock_timestamp() - make_interval(secs => ${ageS})
    where key = ${key}`.execute(database.db);
}

it('a fallback is there before the time of its caller is over, when the other side stays silent', async () => {
  acts = [{ status: 200, body: { sum: 1 }, afterMs: 600 }];
  const over = new Promise((resolve) => setTimeout(() => resolve('over'), 400));
  const entry = { fallback: { body: { sum: 0 } } };
  const answer = ask('getSale', { number: '1' }, { entry, timeoutMs: 400 });
  expect(await Promise.race([over, answer])).toMatchObject({ status: 200, body: { sum: 0 }, isStandIn: true });
});

describe('a write', () => {
  it('that found nobody there leaves its key free, and is sent when it is repeated', async () => {
    const nowhere = { manifest: { baseUrl: 'http://127.0.0.1:9' }, entry: { ...referring, idempotency: lookUp } };
    expect(await ask('sell', sum, { ...nowhere, key: 'nobody' })).toMatchObject({ code: 'dependency-unavailable' });
    expect(await rowOf('nobody')).toBeUndefined();
    acts = [{ status: 201, body: { sum: 1 } }];
    const entry = { ...referring, idempotency: lookUp };
    expect(await ask('sell', sum, { entry, key: 'nobody' })).toMatchObject({ status: 201 });
    expect(asked.map(({ method }) => method)).toEqual(['POST']);
  });

  it('of PUT is sent again after 503, whatever the manifest says of keys; one of POST is not', async () => {
    acts = [{ status: 503 }, { status: 200, body: { sum: 2 } }];
    const idempotency = 'none';
    expect(await ask('setSale', { number: '1', ...sum }, { entry: { idempotency } })).toMatchObject({ status: 200 });
    expect(asked.map(({ headers }) => headers['plinth-attempt'])).toEqual([undefined, '2']);
    asked = [];
    acts = [{ status: 503 }];
    expect(await ask('sell', sum, { entry: { idempotency } })).toMatchObject({ code: 'dependency-unavailable' });
    expect(asked).toHaveLength(1);
  });

  it('with a key of theirs and another wish under it is refused, though the first ended without an answer', async () => {
    const entry = { idempotency: { header: 'Till-Key' } };
    acts = ['reset'];
    expect(await ask('sell', sum, { entry, key: 'wish' })).toMatchObject({ code: 'upstream-failed' });
    acts = [{ status: 201, body: { sum: 1 } }];
    const other = await ask('sell', { body: { sum: 2 } }, { entry, key: 'wish' });
    expect(other).toMatchObject({ code: 'idempotency-key-reused' });
    expect(asked).toHaveLength(1);
    expect(await ask('sell', sum, { entry, key: 'wish' })).toMatchObject({ status: 201 });
    expect(new Set(asked.map(({ headers }) => headers['till-key'])).size).toBe(1);
  });

  it('that ended before is not sent again: its answer is given, or that it was too large to be kept', async () => {
    const entry = { idempotency: { header: 'Till-Key' } };
    acts = [{ status: 201, body: { sum: 1 } }];
    await ask('sell', sum, { entry, key: 'ended' });
    expect(await ask('sell', sum, { entry, key: 'ended' })).toEqual({ status: 201, body: { sum: 1 } });
    acts = [{ status: 201, body: { sum: 1, note: 'x'.repeat(1_048_576) } }];
    await ask('sell', sum, { entry, key: 'large' });
    const again = await ask('sell', sum, { entry, key: 'large' });
    expect(again).toMatchObject({ code: 'answer-not-kept', values: { status: 201 } });
    expect(asked).toHaveLength(2);
  });

  it('whose answer is uncertain stays under its key for its repetition, one that was refused does not', async () => {
    const entry = { idempotency: { header: 'Till-Key' } };
    acts = [{ status: 500 }];
    await ask('sell', sum, { entry, key: 'uncertain' });
    expect(await rowOf('uncertain')).toBe('started');
    acts = [{ status: 409 }];
    await ask('sell', sum, { entry, key: 'certain' });
    expect(await rowOf('certain')).toBeUndefined();
  });

  it('is looked up for longer than a call may take', async () => {
    const entry = { ...referring, idempotency: lookUp, timeoutMs: 200 };
    acts = ['reset', { status: 200, body: { sum: 1 }, afterMs: 400 }];
    expect(await ask('sell', sum, { entry, key: 'slow' })).toMatchObject({ code: 'outcome-unknown' });
    await forget('slow');
    expect(await ask('sell', sum, { entry, key: 'slow' })).toMatchObject({ status: 201 });
  });

  it('whose reference is not there yet may still come, for 30 s where the manifest says nothing', async () => {
    const { settledAfterS: _, ...usual } = lookUp.lookUp;
    const entry = { ...referring, idempotency: { lookUp: usual } };
    acts = ['reset', { status: 404 }];
    await ask('sell', sum, { entry, key: 'early' });
    const again = async (ageS: number): Promise<unknown> => {
      await forget('early', ageS);
      return ask('sell', sum, { entry, key: 'early' });
    };
    expect(await again(28)).toMatchObject({ code: 'outcome-unknown' });
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'GET']);
    acts = [{ status: 404 }, { status: 201, body: { sum: 1 } }];
    expect(await again(31)).toMatchObject({ status: 201 });
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET', 'POST']);
  });
});

it('a write that somebody else has concluded meanwhile tells no fact again', async () => {
  const entry = { idempotency: { header: 'Till-Key' } };
  const told: string[] = [];
  const sell = contract.operations.find(({ id }) => id === 'sell');
  sell?.policy.emits.push({ event: 'sale.made' });
  const selling = (key: string): Promise<unknown> => ask('sell', sum, { entry, key, emit: (type) => told.push(type) });
  acts = [{ status: 201, body: { sum: 1 }, afterMs: 200 }];
  expect(await Promise.all([selling('twice'), selling('twice')])).toMatchObject([{ status: 201 }, { status: 201 }]);
  expect([asked.length, told]).toEqual([2, ['sale.made']]);
  sell?.policy.emits.pop();
});

it('a look-up for which there is no room was not asked', async () => {
  const asking = { entry: { ...referring, idempotency: lookUp } };
  const till = fulfilled('sell', asking);
  acts = [{ status: 200, body: { sum: 1 }, afterMs: 100 }];
  const { principal, traceId } = contextOf('sell', asking);
  const about = { key: 'room', upstream: 'till', operation: 'till.sell', reference: 'r', fingerprint: 'f' };
  const row = { ...about, principal, traceId, input: {}, ageS: 0 } as unknown as UpstreamCallRow;
  const found = await Promise.all(Array.from({ length: 33 }, () => till.ask(row, contextOf('sell', asking))));
  expect(found.slice(0, 32).every((each) => each?.kind === 'done')).toBe(true);
  expect(found[32]).toEqual({ kind: 'unasked', retryAfterS: 1 });
});

describe('a write that is handed through', () => {
  const manifest = { pass: 'all' } as const;

  it('is sent once: that they know its key is said by nobody', async () => {
    acts = [{ status: 503 }];
    expect(await ask('sell', sum, { manifest })).toMatchObject({ passed: { status: 503 } });
    expect(asked).toHaveLength(1);
    await ask('sell', sum, { manifest, entry: { idempotency: { header: 'Till-Key' } } });
    expect(asked.length).toBeGreaterThan(2);
  });

  it('and whose answer is lost has an unknown outcome, unless repeating it is the same', async () => {
    acts = ['reset'];
    expect(await ask('sell', sum, { manifest })).toMatchObject({
      code: 'outcome-unknown',
      answer: { status: 504, retryable: false },
    });
    const put = await ask('setSale', { number: '1', ...sum }, { manifest });
    expect(put).toMatchObject({ code: 'upstream-failed' });
  });
});

function get(entry: Partial<OperationEntry> = {}, more: Asking = {}): Promise<unknown> {
  return ask('getSale', { number: '7' }, { entry, ...more });
}

describe('a read', () => {
  it('tells what its contract declares, and goes on in the trace of its caller', async () => {
    acts = [{ status: 200, body: { sum: 1, cost: 2 }, headers: { 'content-type': 'application/json; charset=utf-8' } }];
    expect(await get()).toEqual({ status: 200, body: { sum: 1 } });
    acts = [{ status: 200, body: { sum: 1 }, headers: { 'content-type': 'text/html; of=application/json' } }];
    expect(await get()).toMatchObject({ code: 'upstream-failed' });
    expect(asked[0]?.headers).toMatchObject({ traceparent: expect.stringContaining(trace.traceId), tracestate: 'a=b' });
  });

  it.each(['.', '..', ''])('of %j leads nowhere: it is another operation’s path', async (number) => {
    expect(await ask('getSale', { number }, { entry: {} })).toMatchObject({ code: 'not-found' });
    expect(asked).toEqual([]);
  });

  it.each([
    [429, {}, '1'],
    [429, { 'retry-after': '7' }, '7'],
    [503, { 'retry-after': '9' }, '9'],
  ])('refused with %i and %j says when to come again: in %s s', async (status, headers, waitS) => {
    acts = [{ status, headers }];
    expect(await get()).toMatchObject({
      code: 'dependency-unavailable',
      answer: { headers: { 'Retry-After': waitS } },
    });
  });

  it('that was sent again is not worth another try of its caller, whatever it came to', async () => {
    acts = [{ status: 503 }];
    expect(await get()).toMatchObject({ code: 'dependency-unavailable', answer: { retryable: false } });
    const nowhere = await get({}, { manifest: { baseUrl: 'http://127.0.0.1:9' } });
    expect(nowhere).toMatchObject({ answer: { retryable: false, headers: { 'Retry-After': '1' } } });
  });

  it('that their breaker keeps back says when to come again', async () => {
    acts = [{ status: 500 }];
    for (let n = 0; n < 20; n++) await get();
    expect(await get()).toMatchObject({
      code: 'dependency-unavailable',
      answer: { headers: { 'Retry-After': expect.stringMatching(/^[45]$/) } },
    });
    expect(asked).toHaveLength(20);
  });

  it.each<[number, string, { code: string; answer: object }]>([
    [409, 'A', { code: 'conflicting-state', answer: { retryable: true, headers: { 'Retry-After': '3' } } }],
    [409, 'B', { code: 'precondition-failed', answer: {} }],
    [404, 'B', { code: 'not-found', answer: { retryable: false } }],
    [402, 'B', { code: 'rate-limited', answer: { headers: { 'Retry-After': '3' } } }],
  ])('refused with %i and their code %s is what the entry that fits best says', async (status, code, problem) => {
    acts = [{ status, body: { code }, headers: { 'retry-after': '3' } }];
    const errors = [
      { status: '4XX', problem: 'rate-limited' },
      { status: 404, problem: 'not-found', retryable: false },
      { status: '4XX', code: 'A', problem: 'internal' },
      { status: 409, code: 'A', problem: 'conflicting-state', retryable: true },
      { status: 409, problem: 'precondition-failed' },
    ];
    const said = await get({}, { manifest: { errorCode: '/code', errors } });
    expect(said).toMatchObject(problem);
    const { answer } = said as typeof problem;
    expect(Object.hasOwn(answer, 'retryable')).toBe(Object.hasOwn(problem.answer, 'retryable'));
  });
});

it('releases are dealt to customers, whoever acts for them', async () => {
  const routes = ['a', 'b'].map((release) => ({ to: `${url}/${release}/`, weight: 1, release }));
  const manifest = { baseUrl: undefined, routes } as unknown as Partial<Manifest>;
  for (let n = 0; n < 10; n++) {
    const principal = { ...servicePrincipal('test', 'cus_1'), subject: `s${n}` };
    await ask('getSale', { number: '7' }, { manifest, entry: {}, principal });
  }
  expect(new Set(asked.map(({ url: target }) => target))).toEqual(
    new Set([expect.stringMatching(/^\/[ab]\/sales\/7$/)]),
  );
  expect(asked).toHaveLength(10);
});

it('a release that nobody finds is taken out, and its callers go to the other', async () => {
  const routes = [
    { to: url, weight: 9, release: 'a' },
    { to: 'http://127.0.0.1:9', weight: 1, release: 'b' },
  ];
  const manifest = { baseUrl: undefined, routes } as unknown as Partial<Manifest>;
  const from = (customer: string, release?: string): Promise<unknown> =>
    get({}, { manifest, principal: servicePrincipal('test', customer), ...(release !== undefined && { release }) });
  for (let n = 0; n < 200; n++) await from('cus_1', 'b');
  expect(metrics.text()).toContain(
    'plinth_upstream_canary_ended_total{upstream="till",release="b",because="errors"} 1',
  );
  for (let n = 0; n < 50; n++) expect(await from(`cus_${n}`)).toMatchObject({ status: 200 });
});
