import { type FaultProxy, openFaultProxy } from '@plinth/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { newTrace } from '../telemetry/trace.ts';
import { testServices } from '../test-services.ts';
import { inTransaction, serviceBase } from '../work.ts';
import { createJobs, type Jobs } from './jobs.ts';

let database: TestDatabase;
let proxy: FaultProxy;
let jobs: Jobs;
const run = Promise.withResolvers<unknown>();
const settled = async (): Promise<undefined> => undefined;

beforeAll(async () => {
  database = await openTestDatabase();
  const url = new URL(database.url);
  const folder = url.searchParams.get('host');
  const port = Number(url.port || 5432);
  proxy = await openFaultProxy(folder ? { path: `${folder}/.s.PGSQL.${port}` } : { host: url.hostname, port });
});
afterAll(async () => {
  await jobs?.close();
  await proxy?.close();
  await database?.close();
});

it('a worker whose question to the queue is lost without a word asks again, and finds its job', async () => {
  const services = testServices(database);
  // The queue is there already: to make it takes longer than an answer.
  const first = createJobs({ services, databaseUrl: database.url, jobs: [], settled });
  await first.ready;
  await first.close();
  const url = new URL(database.url);
  url.searchParams.delete('host');
  [url.hostname, url.port] = ['127.0.0.1', String(proxy.port)];
  const list = [{ name: 'shop.greet', run: async (data: Record<string, unknown>) => run.resolve(data['name']) }];
  jobs = createJobs({ services, databaseUrl: url.href, jobs: list, settled, silentMs: 2_000 });
  services.enqueueJobs = jobs.enqueueJobs;
  services.committed = jobs.poke;
  await jobs.ready;
  await proxy.swallowAt('SKIP LOCKED', 'there');
  const base = serviceBase(services, { name: 'shop.order', trace: newTrace() });
  await inTransaction(services, base, async (ctx) => ctx.enqueue({ name: 'shop.greet', data: { name: 'ada' } }));
  expect(await run.promise).toBe('ada');
});
