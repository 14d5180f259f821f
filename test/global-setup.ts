// Once per run: which PostgreSQL the tests use. A given or running server; else Plinth's own private one.

import { startEmbeddedPostgres } from '@plinth/adapters/embedded-postgres';
import { openPostgres } from '@plinth/adapters/postgres';
import { dropTestDatabases, service } from '@plinth/testing';
import type { TestProject } from 'vitest/node';

// oxlint-disable-next-line import/no-default-export -- how the test runner finds it.
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = await service('postgres');
  const own = given.there ? undefined : await startEmbeddedPostgres({ dataFolder: '', ephemeral: true });
  const url = given.there ? given.url : (own?.url ?? '');
  const run = `${process.pid}_${Math.floor(performance.timeOrigin).toString(36)}`;
  project.provide('databaseUrl', url);
  project.provide('testRun', run);
  return async () => {
    if (own) await own.stop();
    else await dropTestDatabases({ url, run, open: openPostgres }, run);
  };
}
