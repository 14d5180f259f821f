import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Job } from '../capability.ts';
import type { EndedSpan } from '../ports/index.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { newTrace } from '../telemetry/trace.ts';
import { Tracer } from '../telemetry/tracer.ts';
import { testServices, type TestServices } from '../test-services.ts';
import { inTransaction, serviceBase } from '../work.ts';
import { createJobs, type Jobs } from './jobs.ts';

let database: TestDatabase;
let services: TestServices;
const ended: EndedSpan[] = [];
const tracer = new Tracer({ take: (span) => void ended.push(span), close: () => Promise.resolve() });
let jobs: Jobs;
/** Called by the job `shop.greet`, once per test. */
let greeted: (name: string) => void = () => undefined;
let failures = 0;
let beaten: () => void = () => undefined;
const beat = new Promise<void>((resolve) => {
  beaten = resolve;
});

/** Runs of the job `shop.meet` that wait for each other. */
let here = 0;
let met: () => void = () => undefined;
const meeting = new Promise<void>((resolve) => {
  met = resolve;
});

const list: Job[] = [
  {
    name: 'shop.greet',
    run: async (data, ctx) => {
      if (failures-- > 0) throw new Error('not now');
      await ctx.transaction(async (tx) => {
        await sql`insert into greeted values (${data['name']})`.execute(tx.db);
      });
      greeted(data['name'] as string);
    },
  },
  { name: 'shop.beat', everyS: 60, run: async () => beaten() },
  {
    name: 'shop.meet',
    parallel: 2,
    run: async () => {
      if (++here === 2) met();
      await meeting;
    },
  },
];

beforeAll(async () => {
  database = await openTestDatabase();
  await database.rows('create table greeted (name text)');
  services = testServices(database);
  services.tracer = tracer;
  jobs = createJobs({ services, databaseUrl: database.url, jobs: list, settled: async () => undefined });
  services.enqueueJobs = jobs.enqueueJobs.bind(jobs);
  services.committed = () => jobs.poke();
  await jobs.ready;
}, 20_000);
afterAll(async () => {
  await jobs.close();
  await database.close();
});

const enqueue = (name: string, key?: string) =>
  inTransaction(services, serviceBase(services, { name: 'shop.order', trace: newTrace() }), async (ctx) =>
    ctx.enqueue({ name: 'shop.greet', data: { name }, ...(key === undefined ? {} : { key }) }),
  );

test('a job enqueued by a transaction runs soon after it committed', async () => {
  const done = new Promise((resolve) => {
    greeted = resolve;
  });
  await enqueue('ada');
  expect(await done).toBe('ada');
});

test('one that is ordered while others are looked for or run is looked for again at once', async () => {
  // By itself the queue is looked at every five seconds.
  const takenMs: number[] = [];
  for (const name of ['bea', 'cat', 'dan']) {
    const done = new Promise((resolve) => {
      greeted = (who) => void (who === name && resolve(who));
    });
    await enqueue(name);
    const sinceMs = performance.now();
    await done;
    takenMs.push(performance.now() - sinceMs);
  }
  expect(Math.max(...takenMs)).toBeLessThan(3_000);
}, 20_000);

test('a job of a transaction that failed never exists', async () => {
  const failed = inTransaction(
    services,
    serviceBase(services, { name: 'shop.order', trace: newTrace() }),
    async (ctx) => {
      ctx.enqueue({ name: 'shop.greet', data: { name: 'nobody' } });
      await ctx.db.executeQuery(sql`select 1`.compile(ctx.db));
      throw new Error('no');
    },
  );
  await expect(failed).rejects.toThrow('no');
  expect(await database.rows(`select 1 from pgboss.job where data ->> 'name' = 'nobody'`)).toEqual([]);
});

test('a job that fails runs again', async () => {
  failures = 1;
  const done = new Promise((resolve) => {
    greeted = resolve;
  });
  await enqueue('ben');
  expect(await done).toBe('ben');
}, 15_000);

test('jobs with one key that wait are one job', async () => {
  const at = services.clock.now().add({ hours: 1 });
  for (const name of ['x', 'y']) {
    await inTransaction(services, serviceBase(services, { name: 'shop.order', trace: newTrace() }), async (ctx) =>
      ctx.enqueue({ name: 'shop.greet', data: { name }, at, key: 'once' }),
    );
  }
  expect(await database.rows(`select data ->> 'name' as name from pgboss.job where singleton_key = 'once'`)).toEqual([
    { name: 'x' },
  ]);
});

test('jobs without a key are as many as were enqueued', async () => {
  const at = services.clock.now().add({ hours: 1 });
  await inTransaction(services, serviceBase(services, { name: 'shop.order', trace: newTrace() }), async (ctx) => {
    for (const n of [1, 2, 3]) ctx.enqueue({ name: 'shop.greet', data: { name: `many ${n}` }, at });
  });
  expect(await database.rows(`select 1 from pgboss.job where data ->> 'name' like 'many%'`)).toHaveLength(3);
});

test('as many of one job run at once as it says', async () => {
  await inTransaction(services, serviceBase(services, { name: 'shop.order', trace: newTrace() }), async (ctx) => {
    for (let n = 0; n < 2; n++) ctx.enqueue({ name: 'shop.meet', data: {} });
  });
  await meeting;
  expect(here).toBe(2);
});

test('of all processes one begins a periodic job, and nobody tries again what failed', async () => {
  let runs = 0;
  const tick: Job = {
    name: 'shop.tick',
    everyS: 3_600,
    run: () => {
      runs += 1;
      return Promise.reject(new Error('not this time'));
    },
  };
  const others = Array.from({ length: 3 }, () =>
    createJobs({ services, databaseUrl: database.url, jobs: [tick], settled: async () => undefined }),
  );
  await Promise.all(others.map(({ ready }) => ready));
  await expect
    .poll(() => database.rows(`select state::text, retry_limit from pgboss.job where name = 'shop.tick'`), {
      timeout: 20_000,
    })
    .toEqual([{ state: 'failed', retry_limit: 0 }]);
  expect(runs).toBe(1);
  await Promise.all(others.map((other) => other.close()));
});

test('a periodic job begins by itself', async () => {
  await beat;
  expect(await database.rows(`select 1 from pgboss.job where name = 'shop.beat'`)).toHaveLength(1);
});

test('a periodic job begins a trace, one that was ordered goes on where it was, and one by nobody is in none', async () => {
  await beat;
  const spansOf = (name: string): EndedSpan[] => ended.filter((span) => span.name === name);
  await expect.poll(() => spansOf('shop.beat')).toMatchObject([{ kind: 'internal', parentId: '', links: [] }]);
  const before = spansOf('shop.greet').length;
  const trace = newTrace();
  let done = new Promise((resolve) => {
    greeted = resolve;
  });
  await inTransaction(services, serviceBase(services, { name: 'shop.order', trace }), async (ctx) =>
    ctx.enqueue({ name: 'shop.greet', data: { name: 'traced' } }),
  );
  expect(await done).toBe('traced');
  await expect.poll(() => spansOf('shop.greet').length).toBe(before + 1);
  const order = ended.find((span) => span.name === 'transaction' && span.traceId === trace.traceId);
  expect(spansOf('shop.greet').at(-1)).toMatchObject({
    kind: 'consumer',
    traceId: trace.traceId,
    parentId: order?.spanId,
  });
  done = new Promise((resolve) => {
    greeted = resolve;
  });
  await jobs.run('shop.greet', { name: 'by nobody' });
  expect(await done).toBe('by nobody');
  expect(spansOf('shop.greet')).toHaveLength(before + 1);
  expect(tracer.open).toBe(0);
});
