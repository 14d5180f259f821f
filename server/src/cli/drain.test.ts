import { type AddressInfo, createServer } from 'node:net';
import type { Database } from '@plinth/runtime';
import { Metrics } from '@plinth/runtime/pipeline';
import { catchOutput } from '@plinth/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { listenAdmin } from '../admin.ts';
import { run } from './commands.ts';

const said = catchOutput();
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Its database is never asked: figures are not read here. */
const database = {} as Database;
const readiness = () => Promise.resolve({ ready: true });

function drainAt(port: number): Promise<number> {
  vi.stubEnv('PLINTH_ADMIN_PORT', String(port));
  return run(['drain']);
}

it('asks the process to end, and comes back when it has', async () => {
  let endedMs = 0;
  const admin = await listenAdmin({
    port: 0,
    metrics: new Metrics(),
    database,
    readiness,
    drain: () =>
      setTimeout(() => {
        endedMs = performance.now();
        void admin.close();
      }, 400),
  });
  expect(await drainAt(admin.port)).toBe(0);
  expect(said.err).toMatch(/finishing what is under way\nended after \d\.\d s/);
  expect(endedMs).toBeGreaterThan(0);
  expect(performance.now()).toBeGreaterThanOrEqual(endedMs);
});

it('says that what listens there is nothing that can be drained', async () => {
  const admin = await listenAdmin({ port: 0, metrics: new Metrics(), database, readiness });
  expect(await drainAt(admin.port)).toBe(4);
  expect(said.err).toContain('It answered 405.');
  await admin.close();
});

it('says that nothing listens there, and which port to name', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  expect(await drainAt(port)).toBe(4);
  expect(said.err).toContain(`Nothing that can be drained listens on port ${port}`);
  expect(said.err).toContain('--port');
});
