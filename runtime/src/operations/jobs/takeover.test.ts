import { fork } from 'node:child_process';
import { once } from 'node:events';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { anonymous, PortError } from '../../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { newTrace } from '../../telemetry/trace.ts';
import { silent } from '../../test-services.ts';
import { Hold, JobLost } from './hold.ts';
import { insertJob, keepJob, leaseS, takeJob } from './rows.ts';
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
  // The word of an end commits with the end.
  const told = async () => {
    const rows = await store.rows(
      `select subject from runtime.outbox where type = 'job.ended' order by subject collate "C"`,
    );
    return rows.map(({ subject }) => subject);
  };
  expect(await told()).toHaveLength(1);
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
  const jobs = await store.rows('select id from runtime.operation_job order by id collate "C"');
  const ends = await Promise.all(jobs.map(async ({ id }) => ada.end(`/jobs/${String(id)}`)));
  await heir.close();
  expect(ends.map(({ body }) => body['state'])).toEqual(deaths.map(() => 'succeeded'));
  expect(await told()).toEqual(jobs.map(({ id }) => id));
  const effects = await store.rows('select name, count(*)::int as count from reports group by name order by name');
  expect(effects).toEqual(
    deaths
      .map(([place, path]) => ({ name: `${path}.${place}`, count: 1 }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  );
}, 90_000);

/** A job of an hour ago that lies in no queue. */
async function anOldJob(id: string, operation = 'reports.makeReport', attempts = 0): Promise<void> {
  const principal = JSON.stringify({ ...anonymous, scopes: [] });
  await store.rows(`
    insert into runtime.operation_job (id, operation, principal_hash, principal, call, state, attempts, irrevocable,
      trace_id, retain_s, expires_at, lease_until)
    values ('${id}', '${operation}', '', '${principal}', '{"input":{"body":{"name":"${id}"}},"key":"k"}', 'queued',
      ${attempts}, false, 't', 60, now() + interval '1 hour', now() - interval '1 hour')`);
}

it('a job is held by one of many who reach for it, and by nobody else before its lease is over', async () => {
  await anOldJob('job_race');
  const reach = async () => Promise.all(Array.from({ length: 10 }, async () => takeJob(store.db, 'job_race')));
  const taken = (await reach()).filter((job) => job !== undefined);
  expect(taken.map(({ fence, attempts }) => [fence, attempts])).toEqual([[1, 1]]);
  await store.rows(
    `update runtime.operation_job set lease_until = lease_until - interval '${leaseS} s' where id = 'job_race'`,
  );
  const next = (await reach()).filter((job) => job !== undefined);
  expect(next.map(({ fence, attempts }) => [fence, attempts])).toEqual([[2, 2]]);
  const [late, now] = await Promise.all([taken[0], next[0]].map(async (held) => held && keepJob(store.db, held)));
  expect([late, now]).toEqual([false, true]);
});

it('a heartbeat prolongs the lease of who holds the job, and of nobody else; what is past its time is not taken', async () => {
  await anOldJob('job_beat');
  const held = await takeJob(store.db, 'job_beat');
  if (held === undefined) throw new Error('the job was not taken');
  const leftS = async () => {
    const [row] = await store.rows(
      `select extract(epoch from lease_until - now())::float8 as left from runtime.operation_job where id = 'job_beat'`,
    );
    return Number(row?.['left']);
  };
  await store.rows(`update runtime.operation_job set lease_until = now() where id = 'job_beat'`);
  expect(await keepJob(store.db, { ...held, fence: held.fence - 1 })).toBe(false);
  expect(await leftS()).toBeLessThanOrEqual(0);
  expect(await keepJob(store.db, held)).toBe(true);
  expect(await leftS()).toBeGreaterThan(0);
  await store.rows(`update runtime.operation_job set lease_until = now(), expires_at = now() where id = 'job_beat'`);
  expect([await keepJob(store.db, held), await takeJob(store.db, 'job_beat')]).toEqual([false, undefined]);
});

it('whoever finds at a heartbeat that the job is another process’s stops', async () => {
  await anOldJob('job_lost_hold');
  const held = await takeJob(store.db, 'job_lost_hold');
  if (held === undefined) throw new Error('the job was not taken');
  const hold = new Hold(held, {
    db: store.db,
    log: silent,
    showsProgress: false,
    isRevoked: async () => false,
    changed: () => undefined,
  });
  await hold.beat();
  hold.progress(1, 3);
  await store.rows(`update runtime.operation_job set lease_until = now() where id = 'job_lost_hold'`);
  expect(await takeJob(store.db, 'job_lost_hold')).toMatchObject({ fence: 2 });
  await hold.beat();
  expect(() => hold.progress(2, 3)).toThrow(JobLost);
  // It is no orphan of the tests below.
  await store.rows(`delete from runtime.operation_job where id = 'job_lost_hold'`);
});

it('a job that fell out of the queue is found; one that killed five processes, or whose operation is gone, is not kept up', async () => {
  await anOldJob('job_lost');
  await anOldJob('job_deadly', 'reports.makeReport', 5);
  await anOldJob('job_orphan', 'reports.goneReport', 4);
  await anOldJob('job_patient', 'reports.makeReport', 2);
  const world = await startTestJobs(store);
  const { makeReport } = world.work;
  world.work.makeReport = async (name, ctx) => {
    if (name === 'job_patient') throw new PortError('unavailable', 'away');
    return makeReport(name, ctx);
  };
  const ends = async () => {
    const found = await store.rows(`
      select id, state, convert_from(answer, 'UTF8')::json ->> 'code' as code from runtime.operation_job
      where id in ('job_lost', 'job_deadly', 'job_orphan') order by id`);
    return found.map(({ id, state, code }) => [id, state, code]);
  };
  await expect.poll(ends, { timeout: 20_000 }).toEqual([
    ['job_deadly', 'failed', 'internal'],
    ['job_lost', 'succeeded', null],
    ['job_orphan', 'failed', 'not-implemented'],
  ]);
  // The third try failed: the next one comes after 16 s, and 30 s later the job would count as lost.
  const waits = () =>
    store.rows(`select state, attempts, round(extract(epoch from lease_until - updated_at))::int as wait
      from runtime.operation_job where id = 'job_patient'`);
  await expect.poll(waits, { timeout: 20_000 }).toEqual([{ state: 'waiting', attempts: 3, wait: 46 }]);
  await world.close();
}, 40_000);

it('a body that is not JSON comes back as the bytes it was', async () => {
  const bytes = Buffer.from([0, 255, 10]);
  await store.transaction(async (tx) =>
    insertJob(tx, {
      id: 'job_bytes',
      operation: 'reports.makeReport',
      principalHash: Buffer.alloc(32),
      principal: { ...anonymous, scopes: new Set(['a', 'b']) },
      call: { input: { n: 1, body: bytes }, key: 'k', expectedVersion: 7 },
      irrevocable: false,
      trace: newTrace(),
      retainS: 60,
      keyRetainS: undefined,
    }),
  );
  const taken = await takeJob(store.db, 'job_bytes');
  expect(taken?.call).toEqual({ input: { n: 1, body: bytes }, key: 'k', expectedVersion: 7 });
  expect(taken?.principal.scopes).toEqual(new Set(['a', 'b']));
});
