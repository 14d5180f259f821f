import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { anonymous, type Principal } from '../../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { JobWatch } from './watch.ts';

let store: TestDatabase;
let watch: JobWatch;

beforeAll(async () => {
  store = await openTestDatabase();
  await store.rows(`
    insert into runtime.operation_job (id, operation, principal_hash, principal, state, irrevocable, trace_id, retain_s, expires_at)
    select id, 'reports.makeReport', '', '{}', 'running', false, 't', 60, now() + interval '1 hour'
    from unnest(array['job_1', 'job_2']) id`);
});
afterAll(() => store.close());
afterEach(() => {
  watch.close();
  vi.useRealTimers();
});

/** Longer than any test. */
const longMs = 3_600_000;
const ada: Principal = { ...anonymous, subject: 'ada' };
const wait = (id = 'job_1', whose = anonymous, ms = longMs) => watch.changed({ id, revision: 1 }, ms, whose);

it('a change that another process made is heard of, and of no other job', async () => {
  watch = new JobWatch(store.db);
  const heard: string[] = [];
  const waits = ['job_1', 'job_2'].map(async (id) => {
    await wait(id);
    heard.push(id);
  });
  await store.rows(`update runtime.operation_job set revision = 2 where id = 'job_1'`);
  await waits[0];
  expect(heard).toEqual(['job_1']);
});

it('two thousand wait in one process; one more does not, and those of others go on', async () => {
  watch = new JobWatch(store.db);
  const waits = Array.from({ length: 2000 }, () => wait('job_2'));
  expect(await wait('job_2')).toBe(false);
  watch.touch('job_2');
  expect(new Set(await Promise.all(waits))).toEqual(new Set([true]));
  const next = wait('job_2');
  watch.touch('job_2');
  expect(await next).toBe(true);
});

it('a process that ends lets nobody wait: who did is told, who comes is not kept', async () => {
  watch = new JobWatch(store.db);
  const waiting = wait('job_2');
  watch.close();
  expect([await waiting, await wait('job_2'), watch.isClosed]).toEqual([false, false, true]);
});

it('those of one caller are woken, and others wait on; what has ended leaves no timer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  watch = new JobWatch(store.db);
  const ended: string[] = [];
  const [hers, others] = [ada, anonymous].map(async (whose) => {
    await wait('job_2', whose);
    ended.push(whose.subject);
  });
  watch.wake(({ subject }) => subject === 'ada');
  await hers;
  expect(ended).toEqual(['ada']);
  watch.touch('job_2');
  await others;
  // What is left asks for the rows, and finds that nobody waits.
  expect(vi.getTimerCount()).toBe(1);
  const timed = wait('job_2', ada, 5000);
  vi.advanceTimersByTime(5000);
  expect(await timed).toBe(true);
});
