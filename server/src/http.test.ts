// The listener: its bounds, and that connections end with their answers when memory is short.

import { once } from 'node:events';
import { connect } from 'node:net';
import { systemClock } from '@plinth/runtime';
import { atEase, anEmptyDatabase, type TestDatabase } from '@plinth/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { listen, type Listening } from './http.ts';
import { createPlatform, type Platform } from './platform.ts';
import { StaticSite } from './web/static.ts';

let heap = 0.92;
let database: TestDatabase;
let platform: Platform;
let listening: Listening;

beforeAll(async () => {
  database = await anEmptyDatabase();
  platform = await createPlatform({
    config: { ...readConfig({ demo: false, ephemeral: true }, { LOG_LEVEL: 'silent' }), port: 0 },
    database,
    databaseUrl: database.url,
    mail: { send: async () => undefined, close: async () => undefined },
    clock: systemClock,
    load: { ...atEase, heap: () => heap },
    capabilities: [],
  });
  listening = await listen(platform, new StaticSite());
}, 60_000);
afterAll(async () => {
  await listening.close();
  await platform.close();
  await database.close();
});

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
  const socket = connect(listening.port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.write('GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(4));
  await once(socket, 'close');
  server.maxRequestsPerSocket = 10_000;
  const answers = text.split('HTTP/1.1 ').slice(1);
  expect(answers.map((answer) => /^Connection: close/im.test(answer))).toEqual([false, false, true]);
});
