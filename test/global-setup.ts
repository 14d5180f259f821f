// Once per run: which PostgreSQL the tests use. The one of DATABASE_URL; else one that runs on this machine and lets us
// in; else Plinth's own private one.

import { startEmbeddedPostgres } from '@plinth/adapters/embedded-postgres';
import { openPostgres } from '@plinth/adapters/postgres';
import type { Database } from '@plinth/runtime';
import { dropLeftDatabases, dropTestDatabases } from '@plinth/testing';
import type { TestProject } from 'vitest/node';

const usual = 'postgres://postgres@127.0.0.1:5432/postgres';

// oxlint-disable-next-line import/no-default-export -- how the test runner finds it.
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, admin, stop } = await openServer(process.env['DATABASE_URL']);
  const run = `${process.pid}_${Math.floor(performance.timeOrigin).toString(36)}`;
  await dropLeftDatabases(admin, url);
  // For processes that a test forks: they have no runner to ask.
  process.env['DATABASE_URL'] = url;
  project.provide('databaseUrl', url);
  project.provide('databaseModule', new URL('../adapters/postgres/index.ts', import.meta.url).href);
  project.provide('testRun', run);
  return async () => {
    await dropTestDatabases(admin, run);
    await admin.close();
    await stop();
  };
}

async function openServer(given: string | undefined): Promise<{
  url: string;
  admin: Database;
  stop: () => Promise<void>;
}> {
  const found = given === undefined ? await open(usual).catch(() => undefined) : await open(given);
  if (found) return { url: given ?? usual, admin: found, stop: async () => undefined };
  const own = await startEmbeddedPostgres({ dataFolder: '', ephemeral: true });
  return { url: own.url, admin: await open(own.url), stop: () => own.stop() };
}

async function open(url: string): Promise<Database> {
  return openPostgres({ url, poolSize: 1 });
}
