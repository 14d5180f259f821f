import { fork } from 'node:child_process';
import { once } from 'node:events';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { leaseS, takeJob } from './rows.ts';
import { callerOf, startTestJobs } from './test-jobs.ts';

let store: TestDatabase;

beforeAll(async () => {
  store = await openTestDatabase();
  await store.rows('create table reports (name text not null)');
});
afterAll(async () => {
  await store.close();
});

const deaths = [
  ['job.taken', 'reports'],
  ['job.before-commit', 'reports'],
  ['job.after-commit', 'reports'],
  ['job.before-end', 'collections'],
] as const;

it('jobs of killed processes are taken over after the lease and take effect once', async () => {
  for (const [place, path] of deaths) {
    const child = fork(new URL('crash-child.ts', import.meta.url), [store.url, place, path], { stdio: 'ignore' });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  }
  const states = await store.rows(`select state from runtime.operation_job order by created_at`);
  expect(states.map(({ state }) => state)).toEqual(['running', 'running', 'succeeded', 'running']);
  const heir = await startTestJobs(store);
  // The handler's own transaction bears repetition by the key of its job.
  heir.work.collectReport = async (name, ctx) => {
    await ctx.transaction(async (tx) => {
      await sql`insert into reports select ${name} where not exists (select 1 from reports where name = ${name})`.execute(
        tx.db,
      );
    });
    return { status: 201, body: { name } };
  };
  const ada = await callerOf(heir, 'ada');
  const jobs = await store.rows('select id from runtime.operation_job');
  const ends = await Promise.all(jobs.map(async ({ id }) => ada.end(`/jobs/${String(id)}`)));
  await heir.close();
  expect(ends.map(({ body }) => body['state'])).toEqual(deaths.map(() => 'succeeded'));
  const effects = await store.rows('select name, count(*)::int as count from reports group by name order by name');
  expect(effects).toEqual(
    deaths
      .map(([place, path]) => ({ name: `${path}.${place}`, count: 1 }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  );
}, 90_000);

it('a job is held by one of many who reach for it, and by nobody else before its lease is over', async () => {
  await store.rows(`
    insert into runtime.operation_job (id, operation, principal_hash, principal, call, state, irrevocable, trace_id,
      retain_s, expires_at, lease_until)
    values ('job_race', 'reports.makeReport', '', '{"scopes":[]}', '{"input":{}}', 'queued', false, 't', 60,
      now() + interval '1 hour', now() + interval '1 hour')`);
  const reach = async () => Promise.all(Array.from({ length: 10 }, async () => takeJob(store.db, 'job_race')));
  const taken = (await reach()).filter((job) => job !== undefined);
  expect(taken.map(({ fence, attempts }) => [fence, attempts])).toEqual([[1, 1]]);
  await store.rows(
    `update runtime.operation_job set lease_until = lease_until - interval '${leaseS} s' where id = 'job_race'`,
  );
  const next = (await reach()).filter((job) => job !== undefined);
  expect(next.map(({ fence, attempts }) => [fence, attempts])).toEqual([[2, 2]]);
});
