// `plinth serve CONTRACT --upstream URL` before a service that knows nothing of it, and `plinth dev --ephemeral --clock TIME`:
// each as somebody starts it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer, json } from 'node:stream/consumers';
import { anEmptyDatabase, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environment, freePort } from './platform.ts';

const main = path.resolve(import.meta.dirname, '../../server/src/main.ts');

interface Started {
  base: string;
  child: ChildProcess;
  said: () => string;
  /** Its exit code. */
  end(): Promise<number | null>;
}

async function start(args: readonly string[], cwd: string, env: Record<string, string>): Promise<Started> {
  const port = await freePort();
  const child = spawn(process.execPath, [main, ...args, '--port', String(port)], { cwd, env: environment(env) });
  const parts: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => parts.push(String(part)));
  const base = `http://localhost:${port}`;
  const isReady = (): Promise<boolean> =>
    fetch(`${base}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`it did not start:\n${parts.join('')}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    base,
    child,
    said: () => parts.join(''),
    async end() {
      if (child.exitCode !== null) return child.exitCode;
      child.kill('SIGTERM');
      const [code] = (await once(child, 'close')) as [number | null];
      return code;
    },
  };
}

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-serve-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A page that browsers keep, and know again. */
function showBasket(headers: IncomingHttpHeaders, response: ServerResponse): void {
  const isKnown = headers['if-none-match'] === '"b7"';
  response
    .writeHead(isKnown ? 304 : 200, {
      etag: '"b7"',
      'cache-control': 'private, max-age=5',
      'set-cookie': ['basket=b7; Path=/', 'plinth=stolen'],
      'x-served-by': 'till 4',
      ...(isKnown ? {} : { 'content-type': 'application/json' }),
    })
    .end(isKnown ? undefined : '{"items":[]}');
}

/** A call that is never answered. */
async function slow(base: string, method: string) {
  const response = await fetch(`${base}/api/slow`, { method, headers: { 'idempotency-key': 'slow' } });
  const { code, retryable } = (await response.json()) as { code: string; retryable: boolean };
  return [response.status, code, retryable, response.headers.get('link')];
}

describe('serve before a service', () => {
  const shop = `openapi: 3.0.3
info: { title: Shop, version: 2.1.0 }
servers: [{ url: https://shop.example/api }]
security: []
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      parameters: [{ name: id, in: path, required: true, schema: { type: string, maxLength: 9 } }]
      responses: { '200': { description: It., content: { application/json: { schema: { type: object } } } } }
  /orders:
    post:
      operationId: placeOrder
      requestBody:
        required: true
        content:
          application/json:
            schema: { type: object, required: [sku], properties: { sku: { type: string, maxLength: 9 } } }
      responses: { '201': { description: Placed. } }
  /baskets:
    get:
      operationId: getBasket
      parameters:
        - { name: size, in: query, schema: { type: integer } }
        - { name: X-Store, in: header, schema: { type: string } }
      responses: { '200': { description: It., content: { application/json: { schema: { type: object } } } } }
  /papers:
    post:
      operationId: sendPaper
      requestBody:
        required: true
        content:
          text/csv: { schema: { type: string } }
          application/octet-stream: {}
          multipart/form-data: { schema: { type: object } }
          application/x-www-form-urlencoded:
            schema: { type: object, required: [sku], properties: { sku: { type: string }, count: { type: integer } } }
      responses: { '201': { description: Taken. } }
  /slow:
    post:
      operationId: makeSlowly
      x-plinth: { timeoutMs: 600 }
      responses: { '201': { description: Made. } }
    put:
      operationId: replaceSlowly
      x-plinth: { timeoutMs: 600 }
      responses: { '200': { description: Replaced. } }
  /secrets:
    get:
      operationId: getSecrets
      security: [{ token: [] }]
      responses: { '200': { description: Them. } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
`;
  interface Asked {
    method: string;
    url: string;
    headers: IncomingHttpHeaders;
    body: string;
  }
  const asked: Asked[] = [];
  /** Names of the spans that came. */
  const spans: string[] = [];
  let database: TestDatabase;
  let service: Server;
  let collector: Server;
  let edge: Started;
  let adminPort: number;

  async function collect(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { resourceSpans } = (await json(request)) as {
      resourceSpans: { scopeSpans: { spans: { name: string }[] }[] }[];
    };
    for (const { scopeSpans } of resourceSpans)
      for (const scope of scopeSpans) spans.push(...scope.spans.map(({ name }) => name));
    response.end();
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const bytes = await buffer(request);
    asked.push({ method, url, headers, body: bytes.toString('latin1') });
    if (url.endsWith('/slow')) return;
    if (url.includes('/baskets')) return showBasket(headers, response);
    const isThere = !url.endsWith('/none');
    response
      .writeHead(isThere ? (method === 'POST' ? 201 : 200) : 404, { 'content-type': 'application/json' })
      .end(isThere ? `{"number":${asked.length},"theirs":true}` : '{"fault":"no such order"}');
  }

  beforeAll(async () => {
    service = createServer((request, response) => void serve(request, response));
    await once(service.listen(0, '127.0.0.1'), 'listening');
    collector = createServer((request, response) => void collect(request, response));
    await once(collector.listen(0, '127.0.0.1'), 'listening');
    database = await anEmptyDatabase();
    writeFileSync(path.join(folder, 'shop.yaml'), shop);
    const upstream = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    adminPort = await freePort();
    edge = await start(['serve', 'shop.yaml', '--upstream', upstream], folder, {
      DATABASE_URL: database.url,
      PLINTH_DRAIN_MS: '0',
      PLINTH_ADMIN_PORT: String(adminPort),
      LOG_LEVEL: 'info',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    });
  });
  afterAll(async () => {
    edge?.child.kill('SIGKILL');
    collector?.closeAllConnections();
    collector?.close();
    service?.closeAllConnections();
    service?.close();
    await database?.close();
  });

  const ask = async (target: string, sent: { body?: unknown; headers?: Record<string, string> } = {}) => {
    const before = asked.length;
    const response = await fetch(edge.base + target, {
      method: sent.body === undefined ? 'GET' : 'POST',
      headers: { ...(sent.body === undefined ? {} : { 'content-type': 'application/json' }), ...sent.headers },
      ...(sent.body === undefined ? {} : { body: JSON.stringify(sent.body) }),
    });
    const { status, headers } = response;
    return { status, headers, body: (await response.json()) as Record<string, unknown>, passed: asked.slice(before) };
  };

  it('says where what is answered, and passes it on', async () => {
    expect(edge.said()).toMatch(/Shop: http:\/\/localhost:\d+\/api → http:\/\/127\.0\.0\.1:\d+\/api/);
    const { status, headers, body, passed } = await ask('/api/orders/o1', { headers: { authorization: 'Bearer x' } });
    expect([status, body['theirs'], headers.get('x-content-type-options')]).toEqual([200, true, 'nosniff']);
    expect(passed.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /api/orders/o1']);
    // Whoever calls us is not who calls them.
    expect(passed[0]?.headers.authorization).toBeUndefined();
    expect(passed[0]?.headers['traceparent']).toMatch(/^00-/);
    expect((await ask('/openapi.json')).body['info']).toEqual({ title: 'Shop', version: '1.0.0' });
  });

  it('hands on what the contract does not name, and answers they give unread', async () => {
    const placed = await ask('/api/orders', { body: { sku: 'T-1', colour: 'red' } });
    expect([placed.status, placed.body['theirs']]).toEqual([201, true]);
    expect(JSON.parse(placed.passed[0]?.body ?? '')).toEqual({ sku: 'T-1', colour: 'red' });
    expect(await ask('/api/orders/none')).toMatchObject({ status: 404, body: { fault: 'no such order' } });
  });

  it('is no wall for query, fields and cookies that the contract does not name, nor for what may be kept', async () => {
    const before = asked.length;
    const target = `${edge.base}/api/baskets?tag=a%20b&size=7&SIZE=9&size[]=8&_method=DELETE&tag=c;x`;
    const headers = {
      cookie: 'basket=b6; plinth=made-up',
      'accept-language': 'cy',
      'x-store': ' seven ',
      'x-wish': 'gift',
      'x-forwarded-for': '1.2.3.4',
      'plinth-release': '8',
    };
    const first = await fetch(target, { headers });
    await first.text();
    const [{ url, headers: there } = { url: '', headers: {} as IncomingHttpHeaders }] = asked.slice(before);
    expect(url).toBe('/api/baskets?size=7&tag=a%20b&tag=c%3Bx');
    expect(there).toMatchObject({ cookie: 'basket=b6', 'accept-language': 'cy', 'x-store': 'seven', 'x-wish': 'gift' });
    expect([there['x-forwarded-for'], there['plinth-release']]).toEqual([undefined, undefined]);
    expect([first.headers.get('etag'), first.headers.get('x-served-by')]).toEqual(['"b7"', 'till 4']);
    expect(first.headers.get('cache-control')).toBe('private, max-age=5');
    expect(first.headers.getSetCookie()).toEqual(['basket=b7; Path=/']);
    const again = await fetch(`${edge.base}/api/baskets`, { headers: { 'if-none-match': '"b7"' } });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', '"b7"']);
  });

  const form = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhi\r\n--b--\r\n';
  it.each([
    ['text/csv; charset=utf-8', 'a,b\r\n1,2'],
    ['application/octet-stream', '\u0000\u00ff\u0001'],
    ['application/x-www-form-urlencoded', 'sku=T%2D1&count=2&gift=yes'],
    ['multipart/form-data; boundary=b', form],
  ])('a body of %s goes on as the bytes that came', async (type, bytes) => {
    const before = asked.length;
    const sent = { method: 'POST', headers: { 'content-type': type }, body: Buffer.from(bytes, 'latin1') };
    const response = await fetch(`${edge.base}/api/papers`, sent);
    await response.text();
    expect(response.status).toBe(201);
    expect(asked.slice(before).map(({ headers, body }) => [headers['content-type'], body])).toEqual([[type, bytes]]);
  });

  it('does not repeat a write that got no answer, but for a PUT: nobody knows what came of it', async () => {
    const before = asked.length;
    expect(await slow(edge.base, 'POST')).toEqual([504, 'outcome-unknown', false, null]);
    expect(await slow(edge.base, 'POST')).toEqual([409, 'outcome-unknown', false, null]);
    expect(asked.length).toBe(before + 1);
    expect(await slow(edge.base, 'PUT')).toEqual([504, 'deadline-exceeded', true, null]);
  });

  it.each([
    ['/api/orders/none-of-theirs', {}, 400, 'invalid-parameter'],
    ['/api/orders', { body: { colour: 'red' } }, 400, 'invalid-body'],
    ['/api/orders', { body: { sku: 'x'.repeat(1_100_000) } }, 413, 'body-too-large'],
    [
      '/api/papers',
      { body: {}, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      400,
      'invalid-body',
    ],
    ['/api/papers', { body: {} }, 415, 'unsupported-media-type'],
    ['/api/nothing', {}, 404, 'not-found'],
    ['/orders/o1', {}, 404, 'not-found'],
    ['/api/secrets', {}, 401, 'unauthenticated'],
    ['/api/secrets', { headers: { authorization: 'Bearer made-up' } }, 401, 'invalid-token'],
    ['/portal/', {}, 404, 'not-found'],
  ] as const)('%s %j never reaches the service', async (target, sent, status, code) => {
    const answer = await ask(target, sent);
    expect([answer.status, answer.body['code'], answer.passed]).toEqual([status, code, []]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it('keeps what a key led to', async () => {
    const sent = { body: { sku: 'T-2' }, headers: { 'idempotency-key': 'twice' } };
    const [first, again] = [await ask('/api/orders', sent), await ask('/api/orders', sent)];
    expect([first.passed.length, again.passed.length]).toEqual([1, 0]);
    expect([again.status, again.body, again.headers.get('idempotent-replayed')]).toEqual([201, first.body, 'true']);
  });

  it('is measured, and ends in order', async () => {
    const figures = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
    expect(figures).toMatch(/http_server_request_duration\S*_count\{[^}]*\/api\/orders/);
    service.closeAllConnections();
    service.close();
    expect(await ask('/api/orders/o1')).toMatchObject({ status: 503, body: { code: 'dependency-unavailable' } });
    // That is no reason to send nothing here.
    expect((await fetch(`${edge.base}/readyz`)).status).toBe(200);
    expect(await edge.end()).toBe(0);
    // Also what it was asked a moment before is in its log, its spans and its records of use.
    const lines = edge
      .said()
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [(JSON.parse(line) as { operation?: string }).operation ?? ''] : []));
    const operations = lines.filter((name) => name.startsWith('shop.')).toSorted();
    expect(operations.filter((name) => name === 'shop.getOrder').length).toBeGreaterThan(2);
    expect(spans.filter((name) => name.startsWith('shop.')).toSorted()).toEqual(operations);
    const { rows } = await sql<{ calls: number }>`
      select sum(calls)::int as calls from runtime.usage where operation = 'getBasket'`.execute(database.db);
    expect(rows[0]?.calls).toBe(operations.filter((name) => name === 'shop.getBasket').length);
  });
});

it('what is ephemeral stands in one folder that goes with it; business time begins when it was told to', async () => {
  const contracts = path.join(folder, 'contracts');
  mkdirSync(path.join(contracts, 'stamps'), { recursive: true });
  writeFileSync(
    path.join(contracts, 'stamps/contract.yaml'),
    `openapi: 3.1.0
info: { title: Stamps, version: 1.0.0, description: Stamps. }
servers: [{ url: /stamps/v1 }]
x-plinth:
  capability: stamps
  owner: { team: test, contact: test@example.org }
  audience: [customer]
  deprecation: { since: 2026-01-01, sunset: 2090-01-01 }
paths:
  /stamps:
    get:
      operationId: listStamps
      summary: See stamps
      security: []
      x-plinth: { ownerCheck: [] }
      responses: { '200': { description: Stamps., content: { application/json: { schema: { type: object } } } } }
`,
  );
  const cwd = mkdtempSync(path.join(folder, 'home-'));
  const platform = await start(['dev', '--ephemeral', '--clock', '2090-02-01T12:00:00Z'], cwd, {
    PLINTH_CONTRACTS: contracts,
  });
  try {
    const [, home = ''] = /data in (\S+), removed at the end/.exec(platform.said()) ?? [];
    expect(platform.said()).toContain('Business time begins at 2090-02-01T12:00:00Z');
    expect(existsSync(home)).toBe(true);
    const response = await fetch(`${platform.base}/stamps/v1/stamps`);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([410, 'retired']);
    expect(await platform.end()).toBe(0);
    expect([existsSync(home), existsSync(path.join(cwd, '.plinth'))]).toEqual([false, false]);
  } finally {
    platform.child.kill('SIGKILL');
  }
});
