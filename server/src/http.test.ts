// The listener when memory is short: connections hold some of it, so they end with their answers.

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
