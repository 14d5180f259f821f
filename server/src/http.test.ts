// The listener: its bounds, and that connections end with their answers when memory is short.

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Capability, read, reply, servicePrincipal, systemClock } from '@plinth/runtime';
import { atEase, anEmptyDatabase, eventually, type TestDatabase } from '@plinth/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { listen, type Listening } from './http.ts';
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
    config: { ...readConfig({ demo, ephemeral: true }, { LOG_LEVEL: 'silent' }), port: 0 },
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
