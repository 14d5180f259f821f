// How a process ends: it says so, is asked for a while longer, listens no more, sends streams elsewhere, and finishes what is
// under way, and then leaves nothing unsaid. What it says meanwhile, and what else it says of itself.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import {
  type Capability,
  read,
  reply,
  servicePrincipal,
  Sessions,
  systemClock,
  write,
  type WriteContext,
} from '@plinth/runtime';
import { atEase, anEmptyDatabase, eventually, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { readConfig } from './config.ts';
import { listen, type Listening } from './http.ts';
import { createPlatform, type Platform } from './platform.ts';
import { StaticSite } from './web/static.ts';

const contract = `
openapi: 3.1.0
info: { title: Papers, version: 1.0.0, description: Papers. }
servers: [{ url: /papers/v1 }]
x-plinth:
  capability: papers
  owner: { team: test, contact: test@example.org }
  audience: [customer]
paths:
  /papers:
    get:
      operationId: listPapers
      summary: See papers
      security: []
      x-plinth: { ownerCheck: [], signal: { type: paper.seen, data: { slow: query.slow } } }
      parameters: [{ name: slow, in: query, schema: { type: boolean } }]
      responses: { '200': { description: Papers., content: { application/json: { schema: { type: object } } } } }
    post:
      operationId: printPapers
      summary: Print papers
      security: [{ oidc: [] }]
      x-plinth: { effect: write, async: { mode: always, retain: PT1H }, emits: [paper.printed] }
      responses: { '201': { description: Printed. }, '202': { description: Begun. } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration } }
`;

const signalsContract = `
openapi: 3.1.0
info: { title: Signals, version: 1.0.0, description: Where signals go. }
servers: [{ url: /personalization/v1 }]
x-plinth:
  capability: personalization
  owner: { team: test, contact: test@example.org }
  audience: [service]
paths:
  /signals:
    post:
      operationId: recordSignals
      summary: Record signals
      security: [{ oidc: [personalization.signal] }]
      x-plinth: { effect: write, idempotency: none, criticality: sheddable, emits: [] }
      requestBody:
        required: true
        content: { application/json: { schema: { type: object, properties: { signals: { type: array, maxItems: 500, items: { type: object } } } } } }
      responses: { '200': { description: Recorded., content: { application/json: { schema: { type: object } } } } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration } }
`;

const events = `
events:
  paper.printed: { when: Papers were printed., data: { type: object, required: [id], properties: { id: { type: string } } } }
`;

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-drain-'));
/** Names of the spans that came, operations of the lines that were written, and customers whose signals were recorded. */
const told: Record<'spans' | 'lines' | 'signals', string[]> = { spans: [], lines: [], signals: [] };

function hear(text: string): void {
  const line = JSON.parse(text) as { operation?: string };
  if (line.operation !== undefined) told.lines.push(line.operation);
}
async function collect(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { resourceSpans } = (await json(request)) as {
    resourceSpans: { scopeSpans: { spans: { name: string }[] }[] }[];
  };
  const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  told.spans.push(...spans.map(({ name }) => name));
  response.end();
}
const collector = createServer((request, response) => void collect(request, response));
let gate = Promise.withResolvers<void>();
let begun = Promise.withResolvers<void>();
const papers: Capability = {
  name: 'papers',
  folder,
  handlers: {
    listPapers: read(async ({ slow }: { slow?: boolean }) => {
      if (slow === true) {
        begun.resolve();
        await gate.promise;
      }
      return reply(200, { slow: slow === true });
    }),
    printPapers: write(async (_, ctx: WriteContext) => {
      await gate.promise;
      ctx.emit('paper.printed' as never, { subject: 'p1', data: { id: 'p1' } as never });
      return reply(201, undefined);
    }),
  },
  migrations: {},
};
const signalsFolder = path.join(folder, 'signals');
const signals: Capability = {
  name: 'personalization',
  folder: signalsFolder,
  handlers: {
    recordSignals: write(async ({ body }: { body: { signals: { customerId: string }[] } }) => {
      // Longer than the rest of an end takes: what is not waited for is not there then.
      await new Promise((resolve) => setTimeout(resolve, 500));
      told.signals.push(...body.signals.map(({ customerId }) => customerId));
      return reply(200, {});
    }),
  },
  migrations: {},
};
const [shop, self] = ['https://shop.example', 'https://plinth.example'];
let isAway = false;
let database: TestDatabase;
let platform: Platform;
let listening: Listening;
let base: string;
let cookie: string;
let isEnded = false;

beforeAll(async () => {
  writeFileSync(path.join(folder, 'contract.yaml'), contract);
  writeFileSync(path.join(folder, 'events.yaml'), events);
  mkdirSync(signalsFolder);
  writeFileSync(path.join(signalsFolder, 'contract.yaml'), signalsContract);
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  database = await anEmptyDatabase();
  const over = new Proxy(database, {
    get: (target, name) =>
      name === 'ping' && isAway ? () => Promise.reject(new Error('away')) : (Reflect.get(target, name) as unknown),
  });
  const env = {
    LOG_LEVEL: 'info',
    PLINTH_DRAIN_MS: '600',
    PLINTH_CORS_ORIGINS: shop,
    PLINTH_BASE_URL: self,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
  };
  platform = await createPlatform({
    config: { ...readConfig({ demo: false, ephemeral: true }, env), port: 0 },
    database: over,
    databaseUrl: database.url,
    mail: { send: async () => undefined, close: async () => undefined },
    clock: systemClock,
    load: atEase,
    logTo: { write: hear },
    capabilities: [papers, signals],
  });
  listening = await listen(platform, new StaticSite());
  base = `http://127.0.0.1:${listening.port}`;
  const { id } = await new Sessions(database.db).start({
    issuer: platform.config.baseUrl,
    subject: 'ada',
    audience: 'customer',
    customerId: 'cus_ada',
    actor: [],
    scopes: new Set(['*']),
    acr: '',
    authTime: 0,
    channel: 'web',
    expiresAt: 0,
  });
  cookie = `__Host-plinth=${id}`;
}, 60_000);
afterAll(async () => {
  gate.resolve();
  if (!isEnded) {
    await listening.close();
    await platform.close();
  }
  collector.closeAllConnections();
  collector.close();
  await database.close();
  rmSync(folder, { recursive: true });
});

afterEach(() => {
  vi.useRealTimers();
});

async function ready(): Promise<[status: number, because: unknown]> {
  const response = await fetch(`${base}/readyz`);
  return [response.status, ((await response.json()) as { because?: string }).because];
}

it('is ready unless the database does not answer', async () => {
  expect(await ready()).toEqual([200, undefined]);
  isAway = true;
  expect(await ready()).toEqual([503, 'the database does not answer']);
  expect((await fetch(`${base}/livez`)).status).toBe(200);
  isAway = false;
  expect(await ready()).toEqual([200, undefined]);
});

it('shows figures to nobody here', async () => {
  const response = await fetch(`${base}/metrics`);
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([404, 'not-found']);
});

it.each([
  ['GET', '/'],
  ['GET', '/livez'],
  ['GET', '/readyz'],
  ['POST', '/readyz'],
  ['OPTIONS', '/livez'],
  ['GET', '/openapi.json'],
  ['GET', '/papers/v1/openapi.json'],
  ['GET', '/live?topics=papers'],
  ['GET', '/jobs/job_none'],
  ['OPTIONS', '/jobs/job_none'],
  ['POST', '/mcp'],
  ['GET', '/.well-known/oauth-protected-resource'],
  ['GET', '/problems/not-found'],
  ['GET', '/problems/none'],
  ['GET', '/session'],
  ['GET', '/session/login'],
  ['GET', '/oidc/.well-known/openid-configuration'],
  ['GET', '/oidc/nothing'],
  ['GET', '/visits/none'],
  ['GET', '/confirmations/none'],
  ['GET', '/portal/'],
  ['GET', '/papers/v1/papers'],
  ['DELETE', '/papers/v1/papers'],
  ['GET', '/papers/v1/%zz'],
  ['GET', '/nothing'],
])('%s %s lets no browser guess types, tell others where it was, or come back without TLS', async (method, target) => {
  const { headers } = await fetch(base + target, { method, redirect: 'manual' });
  const names = ['x-content-type-options', 'referrer-policy', 'strict-transport-security'];
  expect(names.map((name) => headers.get(name))).toEqual(['nosniff', 'no-referrer', 'max-age=31536000']);
});

it.each(['/papers/v1/papers', '/jobs/job_none', '/live?topics=papers', '/openapi.json', '/readyz'])(
  'pages of listed origins read what %s answers, and no others do',
  async (target) => {
    const preflight = { 'access-control-request-method': 'GET' };
    const allowed = async (origin: string, more: { method?: string; headers?: Record<string, string> } = {}) => {
      const { headers } = await fetch(base + target, { ...more, headers: { ...more.headers, origin } });
      return [headers.get('access-control-allow-origin'), headers.get('access-control-allow-credentials')];
    };
    for (const more of [{}, { method: 'OPTIONS', headers: preflight }]) {
      expect(await allowed(shop, more)).toEqual([shop, null]);
      expect(await allowed('https://evil.test', more)).toEqual([null, null]);
    }
  },
);

it('ends in order', async () => {
  const headers = { cookie, origin: self, 'idempotency-key': 'p1' };
  const print = await fetch(`${base}/papers/v1/papers`, { method: 'POST', headers });
  expect(print.status).toBe(202);
  const stream = async (target: string): Promise<() => Promise<string>> => {
    const response = await fetch(base + target, { headers: { cookie, accept: 'text/event-stream' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    return () => response.text();
  };
  const streams = [await stream('/live?topics=papers'), await stream(print.headers.get('location') ?? '')];
  const slow = fetch(`${base}/papers/v1/papers?slow=true`);
  await begun.promise;

  const state = { isClosed: false };
  const closing = listening.close().then(() => (state.isClosed = true));
  // Balancers ask other processes from now on; who asks here all the same is answered, and told to come back elsewhere.
  expect(await ready()).toEqual([503, 'draining']);
  const late = await fetch(`${base}/papers/v1/papers`);
  expect([late.status, late.headers.get('connection'), await late.json()]).toEqual([200, 'close', { slow: false }]);
  await eventually('nobody listens', 5_000, async () =>
    fetch(`${base}/livez`).then(
      () => undefined,
      () => true,
    ),
  );
  const ends = await Promise.all(streams.map((text) => text()));
  expect(ends.map((text) => text.split('\n\n').at(-2))).toEqual(['event: moved\ndata: {}', 'event: moved\ndata: {}']);
  expect(state.isClosed).toBe(false);
  gate.resolve();
  expect(await (await slow).json()).toEqual({ slow: true });
  // Its connection stays open on the other side, and is not waited for.
  await eventually('it has ended', 5_000, () => state.isClosed);
  await closing;
});

it('waits 25 s for who is being answered, and no longer', async () => {
  [gate, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const other = await listen(platform, new StaticSite());
  const slow = fetch(`http://127.0.0.1:${other.port}/papers/v1/papers?slow=true`).then(
    () => 'answered',
    () => 'cut',
  );
  await begun.promise;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const state = { isClosed: false };
  const closing = other.close().then(() => (state.isClosed = true));
  await vi.advanceTimersByTimeAsync(600);
  await vi.advanceTimersByTimeAsync(24_999);
  // Who was cut would be gone by now.
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(state.isClosed).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  vi.useRealTimers();
  expect(await slow).toBe('cut');
  await closing;
  gate.resolve();
});

it('and leaves nothing unsaid: facts, signals, use, spans and lines are out when it has ended', async () => {
  await eventually('signals of before', 5_000, async () => told.signals.length === 0 || undefined);
  const principal = { ...servicePrincipal('test'), audience: 'customer', customerId: 'cus_ada' } as const;
  // A moment before the end; signals wait 20 ms for others to go with them.
  for (let n = 0; n < 3; n++) await platform.edge.invoke({ operation: 'papers.listPapers', principal, input: {} });
  isEnded = true;
  await platform.close();
  const asked = told.lines.filter((operation) => operation === 'papers.listPapers').length;
  expect(asked).toBeGreaterThan(4);
  expect(told.signals).toEqual(['cus_ada', 'cus_ada', 'cus_ada']);
  const { db } = database;
  const facts = await sql`
    select type, position is not null as "isOut" from runtime.outbox where type like 'paper.%'`.execute(db);
  expect(facts.rows).toEqual([{ type: 'paper.printed', isOut: true }]);
  expect(told.spans.filter((name) => name === 'papers.listPapers')).toHaveLength(asked);
  const uses = await sql<{ calls: number }>`
    select operation, calls::int from runtime.usage where capability = 'papers' order by operation`.execute(db);
  expect(uses.rows).toEqual([
    { operation: 'listPapers', calls: asked },
    { operation: 'printPapers', calls: 1 },
  ]);
});
