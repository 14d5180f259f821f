// The listener: its bounds, and that connections end with their answers when memory is short.

import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Capability, read, reply, servicePrincipal, systemClock } from '@plinth/runtime';
import { atEase, anEmptyDatabase, eventually, type TestDatabase } from '@plinth/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from './config.ts';
import { listen, type Listening, readiness } from './http.ts';
import { createPlatform, type Platform } from './platform.ts';
import { StaticSite } from './web/static.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-http-'));
const echoes: Capability = {
  name: 'echoes',
  folder,
  handlers: {
    hearEcho: read(async ({ body }: { body: object }) => reply(200, 'odd' in body ? 'no object' : {})),
  },
  migrations: {},
};
const contract = `
openapi: 3.1.0
info: { title: Echoes, version: 1.0.0, description: Echoes. }
servers: [{ url: /echoes/v1 }]
x-plinth: { capability: echoes, owner: { team: test, contact: test@example.org }, audience: [customer] }
paths:
  /echo:
    post:
      operationId: hearEcho
      summary: Hear an echo
      security: []
      x-plinth: { effect: read, ownerCheck: [] }
      requestBody: { required: true, content: { application/json: { schema: { type: object } } } }
      responses: { '200': { description: It., content: { application/json: { schema: { type: object } } } } }
`;

/** A proxy that speaks for many, and is none of this machine. */
const proxy = '203.0.113.1';
const env = { LOG_LEVEL: 'silent', PLINTH_TRUSTED_PROXIES: proxy };
let heap = 0.92;
let database: TestDatabase;
let platform: Platform;
let listening: Listening;

beforeAll(async () => {
  writeFileSync(path.join(folder, 'contract.yaml'), contract);
  database = await anEmptyDatabase();
  platform = await made(database, false);
  listening = await listen(platform, new StaticSite());
}, 60_000);
afterAll(async () => {
  await listening.close();
  await platform.close();
  await database.close();
  rmSync(folder, { recursive: true });
});

function made(over: TestDatabase, demo: boolean): Promise<Platform> {
  return createPlatform({
    config: { ...readConfig({ demo, ephemeral: true }, env), port: 0 },
    database: over,
    databaseUrl: over.url,
    mail: { send: async () => undefined, close: async () => undefined },
    clock: systemClock,
    load: { ...atEase, heap: () => heap },
    capabilities: [echoes],
  });
}

/** A connection over which this was sent, and what came back. */
function sent(text: string): { socket: Socket; said: () => string } {
  const socket = connect(listening.port, '127.0.0.1');
  let said = '';
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
  socket.on('error', () => undefined);
  socket.write(text);
  return { socket, said: () => said };
}

async function connectionAfter(path: string): Promise<[status: number, connection: string | null]> {
  const response = await fetch(`http://127.0.0.1:${listening.port}${path}`);
  await response.text();
  return [response.status, response.headers.get('connection')];
}

it('has the clocks and bounds that are promised; heads and bodies are looked at once a second', () => {
  const { headersTimeout, requestTimeout, keepAliveTimeout, maxConnections, maxRequestsPerSocket } = listening.server;
  // A head that is looked at just before its time is cut a second later, still within 10 s.
  expect(headersTimeout).toBeLessThanOrEqual(9_000);
  expect({ requestTimeout, keepAliveTimeout, maxConnections, maxRequestsPerSocket }).toEqual({
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    maxConnections: 10_000,
    maxRequestsPerSocket: 10_000,
  });
});

it('answers end their connections while 92 % of the heap are in use', async () => {
  for (const [path, status] of [
    ['/livez', 200],
    ['/nothing', 404],
  ] as const)
    expect(await connectionAfter(path)).toEqual([status, 'close']);
  heap = 0.91;
  // The heap is looked at every 100 ms.
  await expect.poll(() => connectionAfter('/livez'), { timeout: 4_000 }).toEqual([200, 'keep-alive']);
});

it('a connection ends with the last request it may bring', async () => {
  heap = 0;
  await expect.poll(() => connectionAfter('/livez'), { timeout: 4_000 }).toEqual([200, 'keep-alive']);
  const { server } = listening;
  server.maxRequestsPerSocket = 3;
  const { socket, said } = sent('GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(4));
  await once(socket, 'close');
  server.maxRequestsPerSocket = 10_000;
  const answers = said().split('HTTP/1.1 ').slice(1);
  expect(answers.map((answer) => /^Connection: close/im.test(answer))).toEqual([false, false, true]);
});

// The same clocks, set shorter; `test:chaos -- clocks` waits for the real ones.
it.each(['/livez', '/echoes/v1/nothing'])(
  'a connection that was answered at %s and asks no more is ended',
  async (target) => {
    const { server } = listening;
    const { keepAliveTimeout } = server;
    server.keepAliveTimeout = 1;
    const { socket, said } = sent(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await once(socket, 'close');
    server.keepAliveTimeout = keepAliveTimeout;
    // Nobody was told that it would be.
    expect(said()).toMatch(/^HTTP\/1\.1 \d{3} /);
    expect(said()).not.toMatch(/^Connection: close/im);
  },
);

it('a request whose body comes steadily and never ends is ended by the clock of the whole', async () => {
  const { server } = listening;
  const { headersTimeout, requestTimeout } = server;
  // Node takes the shorter of the two for the head.
  Object.assign(server, { headersTimeout: 1, requestTimeout: 1 });
  const head =
    'POST /echoes/v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n';
  const { socket, said } = sent(head);
  const steadily = setInterval(() => socket.write(' '.repeat(200)), 100);
  await once(socket, 'close');
  clearInterval(steadily);
  Object.assign(server, { headersTimeout, requestTimeout });
  expect(said()).toMatch(/^HTTP\/1\.1 408 /);
  expect(said()).toContain('"code":"request-too-slow"');
  await eventually('it is forgotten', 2_000, () => platform.edge.admission.underWay === 0);
});

/** Of two answers that break their contract: of the first of many, which is looked at in any case, and of one that may not be. */
async function statusesOf({ edge }: Platform): Promise<number[]> {
  const call = { operation: 'echoes.hearEcho', principal: servicePrincipal('test'), input: { body: { odd: true } } };
  return [(await edge.invoke(call)).status, (await edge.invoke(call)).status];
}

it('an answer that breaks its contract is refused in a demonstration, and given where it serves customers', async () => {
  const toTry = await anEmptyDatabase();
  const demo = await made(toTry, true);
  expect([await statusesOf(platform), await statusesOf(demo)]).toEqual([
    [200, 200],
    [500, 500],
  ]);
  await demo.close();
  await toTry.close();
}, 60_000);
it('a head that is not taken ends its connection: nobody can say where the next one begins', async () => {
  heap = 0;
  await expect.poll(() => connectionAfter('/livez'), { timeout: 4_000 }).toEqual([200, 'keep-alive']);
  const { socket, said } = sent(
    'GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n',
  );
  await once(socket, 'close');
  const answers = said().split('HTTP/1.1 ').slice(1);
  expect(answers).toHaveLength(1);
  expect(answers[0]).toMatch(/^400 [^]*^Connection: close/im);
});

/** How many of 201 connections that come from there are cut. */
const cutOf = (remoteAddress: string): number => {
  const sockets = Array.from({ length: 201 }, () => {
    const socket = Object.assign(new EventEmitter(), { remoteAddress, destroyed: false, pause: () => undefined });
    return Object.assign(socket, { destroy: () => (socket.destroyed = true) });
  });
  sockets.forEach((socket) => listening.server.emit('connection', socket));
  const cut = sockets.filter(({ destroyed }) => destroyed).length;
  for (const socket of sockets) {
    socket.destroy();
    socket.emit('close');
  }
  return cut;
};

it('connections of one address are counted, and those of a proxy that is believed are not', async () => {
  // While that much is in use connections wait outside, and nothing is read of them.
  heap = 0.95;
  await expect.poll(() => platform.edge.admission.isClosed, { timeout: 4_000 }).toBe(true);
  expect([cutOf(proxy), cutOf('203.0.113.2')]).toEqual([0, 1]);
  heap = 0;
  await expect.poll(() => platform.edge.admission.isClosed, { timeout: 4_000 }).toBe(false);
});

it('what goes wrong outside the stages is the end of that request alone', async () => {
  const broken = vi.spyOn(platform.kiosks, 'handle').mockImplementation(() => {
    throw new Error('broken');
  });
  const response = await fetch(`http://127.0.0.1:${listening.port}/session`);
  broken.mockRestore();
  expect([response.status, await response.json()]).toMatchObject([500, { code: 'internal' }]);
  expect((await fetch(`http://127.0.0.1:${listening.port}/livez`)).status).toBe(200);
});

it('is not ready while the keys of an issuer are not known', async () => {
  const without = { ...platform, authenticator: { missing: ['https://idp.example'] } } as unknown as Platform;
  expect(await readiness(without, false)).toEqual({
    ready: false,
    because: 'the keys of https://idp.example are not known yet',
  });
});

const get = (target: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${listening.port}${target}`, init);

describe('a contract as a document', () => {
  it.each(['/echoes/v1/openapi.json', '/openapi.json'])('stands at %s, and is not sent twice', async (target) => {
    const first = await get(target);
    const text = await first.text();
    expect(JSON.parse(text)).toMatchObject({ info: { title: 'Echoes' } });
    const etag = first.headers.get('etag') ?? '';
    const again = await get(target, { headers: { 'if-none-match': etag } });
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
    const other = await get(target, { headers: { 'if-none-match': '"other"' } });
    expect([other.status, await other.text()]).toEqual([200, text]);
    const { socket, said } = sent(`HEAD ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    await once(socket, 'close');
    expect(said()).toMatch(new RegExp(`^HTTP/1.1 200 [^]*content-length: ${Buffer.byteLength(text)}\r\n`, 'i'));
    expect(said().endsWith('\r\n\r\n')).toBe(true);
  });

  it('is only read, and there is none of what is not there', async () => {
    expect((await get('/echoes/v1/openapi.json', { method: 'POST' })).status).toBe(404);
    expect((await get('/nothing/v1/openapi.json')).status).toBe(404);
  });
});
