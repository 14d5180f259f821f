// The laws of durable workflows, by their numbers (docs/decisions: workflows). engine.test.ts holds the sweep over all
// durable writes (W10); here stands what each law promises by itself.

import { eventually } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createConsumers } from '../events/consumers.ts';
import { createRelay } from '../events/relay.ts';
import { pause, plantFaults, ProblemError, seededRandom } from '../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { newTrace } from '../telemetry/trace.ts';
import { testServices, type TestServices } from '../test-services.ts';
import { inTransaction, serviceBase } from '../work.ts';
import { createEngine, type Engine, type EngineOptions } from './engine.ts';
import { completeTask, listRuns, listTasks, moveRun, retryStep, showRun } from './operate.ts';
import { signalReactions } from './signals.ts';
import { workflowOperations, workflowTables } from './tables.ts';
import { type AnyWorkflow, nothing, type Steps, workflow } from './workflow.ts';

let database: TestDatabase;
let services: TestServices;
let calls: { operation: string; key: string; recorded: unknown }[];
let answers: Record<string, () => unknown>;
let engines: Engine[];

beforeAll(async () => {
  const migrations = { '1': workflowTables('shop'), '2': workflowOperations('shop') };
  database = await openTestDatabase([{ schema: 'shop', migrations }]);
  await database.rows('create table shop.placed (id text)');
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.rows(`truncate shop.workflow_run, shop.workflow_step, shop.workflow_signal, shop.human_task, shop.placed,
    runtime.outbox, runtime.subject cascade`);
  calls = [];
  answers = {};
  engines = [];
  services = testServices(database, async (operation, _input, key = '') => {
    const [recorded] = await database.rows(
      `select state, attempt, provider_key as key, undo from shop.workflow_step where provider_key = '${key}'`,
    );
    calls.push({ operation, key, recorded });
    return (await answers[operation]?.()) ?? { ok: operation };
  });
});
afterEach(async () => {
  vi.useRealTimers();
  plantFaults([]);
  await Promise.all(engines.map((engine) => engine.close()));
});

const call = (step: Steps, name: string, operation: string, undo?: string): Promise<unknown> =>
  step.call(name, operation as never, { id: name }, { undo: undo ? [undo as never, { id: name }] : nothing('final') });
const problem = (status: number, code: string) => (): never => {
  throw new ProblemError(status, code, { code });
};
const open = (workflows: readonly AnyWorkflow[], options: Partial<EngineOptions> = {}): Engine => {
  const engine = createEngine({ services, workflows, retryAfterMs: () => 1000, ...options });
  Object.assign(services, { startRuns: engine.startRuns, committed: () => engine.poke() });
  engines.push(engine);
  return engine;
};
const start = (which: AnyWorkflow, key: string) =>
  inTransaction(services, serviceBase(services, { name: 'shop.order', trace: newTrace() }), async (ctx) =>
    ctx.start(which, { key, input: { id: key } }),
  );
const leases = async (): Promise<unknown[]> =>
  (await database.rows('select lease_until::text as until from shop.workflow_run')).map(({ until }) => until);
const expireLeases = () => database.rows(`update shop.workflow_run set lease_until = now() - interval '1 second'`);
const run = async (): Promise<Record<string, unknown>> =>
  (await database.rows('select id::text, state, error, result, attempts, fence::int from shop.workflow_run'))[0] ?? {};
const operate = <T>(work: (tx: never, moving: { id: string; now: Temporal.Instant; by: string }) => Promise<T>) =>
  database.transaction(async (tx) =>
    work(tx as never, { id: String((await run())['id']), now: services.clock.now(), by: 'otto' }),
  );

const shape = (steps: readonly string[]) =>
  workflow('shop.shape', 1, async (step) => {
    for (const each of steps) {
      if (each.startsWith('tx ')) await step.tx(each, async () => null);
      else await call(step, each.split('=')[0] ?? '', `op.${each.split('=')[1] ?? each}`);
    }
  });

const left = async () =>
  (
    await database.rows(`select (select count(*)::int from shop.placed) as rows,
    (select count(*)::int from runtime.outbox) as facts, (select count(*)::int from shop.workflow_step) as steps`)
  )[0];

/** The events of this process reach the engine as the platform wires it. */
async function withEvents(workflows: readonly AnyWorkflow[]) {
  const engine = open(workflows);
  const relay = await createRelay({ database, log: services.log });
  const consumers = await createConsumers({ services, relay, reactions: signalReactions(workflows) });
  const send = async (subject: string, code: string) => {
    await inTransaction(services, serviceBase(services, { name: 'shop.parcel', trace: newTrace() }), async (ctx) =>
      ctx.emit('parcel.sent' as never, { subject, data: { code } as never }),
    );
    await consumers.settled();
    await engine.settled();
  };
  const close = async () => {
    await consumers.close();
    await relay.close();
  };
  return { engine, send, close };
}

const moved = (move: Parameters<typeof moveRun>[2]) => operate((tx, moving) => moveRun(tx, ['shop'], move, moving));

describe('W1: history', () => {
  it('parks any replay whose steps differ in name, order, kind or input, before it does anything', async () => {
    const recorded = ['a', 'tx b', 'c', 'last'];
    const random = seededRandom(3);
    for (let turn = 0; turn < 12; turn++) {
      await database.rows('truncate shop.workflow_run, shop.workflow_step cascade');
      answers = { 'op.last': problem(503, 'away') };
      const engine = open([shape(recorded)]);
      await start(shape(recorded), `turn-${turn}`);
      await engine.settled();
      await engine.close();
      const place = random.int(3);
      const changed = random.pick([
        recorded.with(place, 'other'),
        recorded.toSpliced(place, 1),
        recorded.toSpliced(place, 0, 'new'),
        recorded.with(0, 'a=other'),
        recorded.with(1, 'b'),
      ]);
      const before = calls.length;
      services.clock.advance({ seconds: 5 });
      const other = open([shape(changed)]);
      await other.settled();
      expect({ changed, ...(await run()) }).toMatchObject({ changed, state: 'parked' });
      expect((await run())['error']).toContain('history-mismatch');
      expect(calls.slice(before)).toEqual([]);
      await other.close();
    }
  });
});

it.each([
  ['calls', ['a', 'a']],
  ['transactions', ['tx a', 'tx a']],
])('W1: of two %s of one name in a run the second is never executed', async (_, steps) => {
  const engine = open([shape(steps)]);
  await start(shape(steps), 'a');
  await engine.settled();
  expect(await run()).toMatchObject({ state: 'parked', error: expect.stringContaining('the name of an earlier one') });
  expect(await database.rows('select attempt from shop.workflow_step')).toEqual([{ attempt: 1 }]);
  expect(calls.length).toBeLessThanOrEqual(1);
});

describe('W2: a step in a transaction', () => {
  const place = workflow('shop.place', 1, async (step, { id }: { id: string }) => {
    await step.tx('place', async (ctx) => {
      await sql`insert into shop.placed values (${id})`.execute(ctx.db);
      ctx.emit('order.placed' as never, { subject: id, data: {} as never });
    });
  });

  it('leaves rows, facts and its result together, or nothing', async () => {
    let fails = true;
    const engine = open([place], {
      checkpoint: (name) => {
        if (name === 'workflow.step.before-commit' && fails) throw new ProblemError(503, 'cut', { code: 'cut' });
      },
    });
    await start(place, 'a');
    await engine.settled();
    expect(await left()).toEqual({ rows: 0, facts: 0, steps: 0 });
    fails = false;
    services.clock.advance({ seconds: 5 });
    await engine.settled();
    expect(await left()).toEqual({ rows: 1, facts: 1, steps: 1 });
  });

  it.each([
    ['is refused by the fence of another worker', [], 1],
    ['would happen twice without the fence (planted)', ['fence.skipped'], 2],
  ] as const)('%s', async (_what, planted, rows) => {
    plantFaults(planted);
    const reached = Promise.withResolvers<void>();
    const mayGo = Promise.withResolvers<void>();
    const wait = workflow('shop.place', 1, async (step, input: { id: string }) => {
      reached.resolve();
      await mayGo.promise;
      await database.rows('delete from shop.workflow_step');
      await place.run(step, input);
    });
    const stopped = open([wait]);
    await start(wait, 'a');
    await reached.promise;
    await expireLeases();
    const quick = open([place]);
    await quick.wait(place, 'a', 5000);
    mayGo.resolve();
    await stopped.settled();
    expect(await left()).toMatchObject({ rows });
  });
});

it('W3: attempt, key and undoing of a call are committed before it is made; every try has the same key', async () => {
  let failures = 3;
  answers = { 'op.pay': () => (failures-- > 0 ? problem(503, 'away')() : undefined) };
  const pay = workflow('shop.pay', 1, async (step) => void (await call(step, 'pay', 'op.pay', 'op.cancel')));
  const engine = open([pay]);
  await start(pay, 'a');
  for (let turn = 0; turn < 4; turn++) {
    await engine.settled();
    services.clock.advance({ seconds: 2 });
  }
  const key = calls[0]?.key;
  expect(calls.map(({ recorded }) => recorded)).toEqual(
    [1, 2, 3, 4].map((attempt) => ({ state: 'started', attempt, key, undo: ['op.cancel', { id: 'pay' }] })),
  );
  expect(await run()).toMatchObject({ state: 'completed' });
});

it('W4: a worker that is long at one step keeps the run by its heartbeat', async () => {
  const reached = Promise.withResolvers<void>();
  const mayAnswer = Promise.withResolvers<void>();
  answers = { 'op.a': () => (reached.resolve(), mayAnswer.promise) };
  const engine = open([shape(['a'])], { leaseMs: 600 });
  await start(shape(['a']), 'a');
  await reached.promise;
  const [first] = await leases();
  await eventually('the lease was renewed', 5_000, async () => String((await leases())[0]) > String(first));
  mayAnswer.resolve();
  await engine.settled();
  expect(await run()).toMatchObject({ state: 'completed', fence: 1 });
});

it('W4: the lease is 15 s, and is renewed every 5 s', async () => {
  const reached = Promise.withResolvers<void>();
  const mayAnswer = Promise.withResolvers<void>();
  answers = { 'op.a': () => (reached.resolve(), mayAnswer.promise) };
  const engine = open([shape(['a'])]);
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const [before] = await database.rows('select clock_timestamp()::text as at');
  await start(shape(['a']), 'a');
  await reached.promise;
  const [row] = await database.rows(`
    select lease_until >= '${String(before?.['at'])}'::timestamptz + interval '15 s' as least,
      lease_until <= clock_timestamp() + interval '15 s' as most from shop.workflow_run`);
  expect(row).toEqual({ least: true, most: true });
  const first = await leases();
  vi.advanceTimersByTime(4_999);
  await pause(100);
  expect(await leases()).toEqual(first);
  vi.advanceTimersByTime(1);
  await eventually('the lease was renewed', 5_000, async () => String(await leases()) > String(first));
  mayAnswer.resolve();
  await engine.settled();
});

describe('W5: signals and tasks', () => {
  const ship = workflow(
    'shop.ship',
    1,
    async (step, { id }: { id: string }) =>
      (await step.signal<{ code: string }>('shipped', { type: 'parcel.sent', key: id, within: { days: 14 } }))?.code ??
      'never',
    { signals: ['parcel.sent'] },
  );

  it('a run sleeps as a row until its signal comes, and takes it once', async () => {
    const { engine, send, close } = await withEvents([ship]);
    await start(ship, 'a');
    await engine.settled();
    expect(await run()).toMatchObject({ state: 'waiting' });
    await send('b', 'not mine');
    expect(await run()).toMatchObject({ state: 'waiting' });
    await send('a', 'P-1');
    expect(await run()).toMatchObject({ state: 'completed', result: 'P-1' });
    expect(await database.rows(`select name from shop.workflow_signal where consumed_by is not null`)).toEqual([
      { name: 'parcel.sent a' },
    ]);
    await close();
  });

  it('a signal that came first is kept; of two runs each takes one, in their order', async () => {
    const { engine, send, close } = await withEvents([ship]);
    const again = workflow(
      'shop.ship',
      1,
      async (step) => {
        const wanted = { type: 'parcel.sent', key: 'a', within: { days: 1 } };
        return [await step.signal('one', wanted), await step.signal('two', wanted)];
      },
      { signals: ['parcel.sent'] },
    );
    await send('a', 'P-1');
    await send('a', 'P-2');
    await engine.close();
    const other = open([again]);
    await start(again, 'a');
    await other.settled();
    expect(await run()).toMatchObject({ state: 'completed', result: [{ code: 'P-1' }, { code: 'P-2' }] });
    await close();
  });

  it('no signal is missed however wait and signal fall together', async () => {
    const { engine, send, close } = await withEvents([ship]);
    for (let turn = 0; turn < 15; turn++) {
      await Promise.all([start(ship, `r-${turn}`), send(`r-${turn}`, `P-${turn}`)]);
      await engine.settled();
    }
    const unfinished = await database.rows(`select business_key from shop.workflow_run where state <> 'completed'`);
    expect(unfinished).toEqual([]);
    await close();
  });

  it('a wait that nobody answers ends at its time and says so', async () => {
    const engine = open([ship]);
    await start(ship, 'a');
    await engine.settled();
    services.clock.advance({ hours: 14 * 24 });
    await engine.settled();
    expect(await run()).toMatchObject({ state: 'completed', result: 'never' });
  });

  it('a task waits for a person; what they decided goes on', async () => {
    const review = workflow('shop.review', 1, async (step) =>
      step.humanTask('review', { queue: 'orders', about: { why: 'large' }, within: { hours: 24 } }),
    );
    const engine = open([review]);
    await start(review, 'a');
    await engine.settled();
    const [task] = await listTasks(database.db, ['shop'], { limit: 10, state: 'open' });
    expect(task).toMatchObject({ queue: 'orders', step: 'review', about: { why: 'large' } });
    const done = await operate((tx, moving) =>
      completeTask(tx, ['shop'], { ...moving, id: task?.id ?? '', result: { agreed: true } }),
    );
    expect(done).toMatchObject({ ok: true, value: { state: 'done' } });
    const twice = await operate((tx, moving) =>
      completeTask(tx, ['shop'], { ...moving, id: task?.id ?? '', result: { agreed: false } }),
    );
    expect(twice).toEqual({ ok: false, reason: 'wrong-state' });
    await engine.settled();
    expect(await run()).toMatchObject({ state: 'completed', result: { agreed: true } });
  });
});

it('W6: an undoing that stays away is tried for about a day, then a person is asked', async () => {
  answers = { 'op.ship': problem(409, 'refused'), 'op.release': problem(503, 'away') };
  const buy = workflow('shop.buy', 1, async (step) => {
    await call(step, 'reserve', 'op.reserve', 'op.release');
    await call(step, 'ship', 'op.ship', 'op.recall');
  });
  const engine = createEngine({ services, workflows: [buy] });
  Object.assign(services, { startRuns: engine.startRuns, committed: () => engine.poke() });
  engines.push(engine);
  const began = services.clock.now();
  await start(buy, 'a');
  let longestS = 0;
  for (let turn = 0; turn < 200 && (await run())['state'] !== 'parked'; turn++) {
    await engine.settled();
    const [next] = await database.rows('select extract(epoch from due_at)::float8 as due from shop.workflow_run');
    longestS = Math.max(longestS, Number(next?.['due']) - services.clock.now().epochMilliseconds / 1000);
    services.clock.advance({ minutes: 30 });
  }
  expect(await run()).toMatchObject({ state: 'parked' });
  const hours = services.clock.now().since(began).total('hours');
  expect(hours).toBeGreaterThan(20);
  expect(hours).toBeLessThan(40);
  expect(longestS).toBe(3600);
  expect(await listTasks(database.db, ['shop'], { limit: 10, state: 'open' })).toMatchObject([
    { queue: 'operators', step: null, about: { workflow: 'shop.buy', key: 'a' } },
  ]);
});

it('W7: a patch changes code of runs to come and leaves those that passed the place alone', async () => {
  const old = workflow('shop.grow', 1, async (step) => {
    await call(step, 'a', 'op.a');
    await call(step, 'b', 'op.b');
    await call(step, 'c', 'op.c');
  });
  const fresh = workflow('shop.grow', 1, async (step) => {
    await call(step, 'a', 'op.a');
    if (await step.patch('check-first')) await call(step, 'check', 'op.check');
    await call(step, 'b', 'op.b');
    await call(step, 'c', 'op.c');
  });
  answers = { 'op.c': problem(503, 'away') };
  const before = open([old]);
  await start(old, 'old');
  await before.settled();
  await before.close();
  answers = {};
  services.clock.advance({ seconds: 5 });
  const after = open([fresh]);
  await after.settled();
  expect(calls.map(({ operation }) => operation)).not.toContain('op.check');
  await start(fresh, 'new');
  await after.settled();
  expect(calls.filter(({ operation }) => operation === 'op.check')).toHaveLength(1);
  expect(await database.rows(`select 1 from shop.workflow_run where state <> 'completed'`)).toEqual([]);
});

it('W8: ids and times of a run are the same on every replay', async () => {
  const seen: unknown[] = [];
  const look = workflow('shop.look', 1, async (step) => {
    await call(step, 'a', 'op.a');
    seen.push([step.id('thing', 'thg'), step.now().toString()]);
    await call(step, 'b', 'op.b');
    return null;
  });
  answers = { 'op.b': problem(503, 'away') };
  const engine = open([look]);
  await start(look, 'a');
  for (let turn = 0; turn < 4; turn++) {
    await engine.settled();
    services.clock.advance({ minutes: 7 });
  }
  expect(seen.length).toBeGreaterThan(3);
  expect(new Set(seen.map((each) => JSON.stringify(each))).size).toBe(1);
});

describe('W9: an operator', () => {
  const buy = workflow('shop.buy', 1, async (step) => {
    await call(step, 'reserve', 'op.reserve', 'op.release');
    await call(step, 'pay', 'op.pay', 'op.cancel');
    return 'bought';
  });

  it('sees runs and their history', async () => {
    const engine = open([buy]);
    await start(buy, 'a');
    await engine.settled();
    const [first] = await listRuns(database.db, ['shop'], { limit: 10, state: 'completed', workflow: 'shop.buy' });
    expect(first).toMatchObject({ workflow: 'shop.buy', key: 'a', state: 'completed' });
    const shown = await showRun(database.db, ['shop'], first?.id ?? '');
    expect(shown?.steps.map(({ name, state }) => `${name} ${state}`)).toEqual(['reserve done', 'pay done']);
    expect(await moved('cancel')).toEqual({ ok: false, reason: 'wrong-state' });
  });

  it('pauses a run in the middle of a call, and it goes on later without a second effect', async () => {
    const reached = Promise.withResolvers<void>();
    const mayAnswer = Promise.withResolvers<void>();
    answers = {
      'op.pay': () => {
        reached.resolve();
        return mayAnswer.promise;
      },
    };
    const engine = open([buy]);
    await start(buy, 'a');
    await reached.promise;
    expect(await moved('pause')).toMatchObject({ ok: true });
    mayAnswer.resolve();
    await engine.settled();
    expect(await run()).toMatchObject({ state: 'paused' });
    expect(await moved('resume')).toMatchObject({ ok: true });
    await engine.settled();
    expect(await run()).toMatchObject({ state: 'completed', result: 'bought' });
    const keys = new Set(calls.filter(({ operation }) => operation === 'op.pay').map(({ key }) => key));
    expect(keys.size).toBe(1);
  });

  it('cancels a run at any step: what began is undone, last first', async () => {
    const reached = Promise.withResolvers<void>();
    const mayAnswer = Promise.withResolvers<void>();
    answers = {
      'op.pay': () => {
        reached.resolve();
        return mayAnswer.promise;
      },
    };
    const engine = open([buy]);
    await start(buy, 'a');
    await reached.promise;
    expect(await moved('cancel')).toMatchObject({ ok: true });
    mayAnswer.resolve();
    await engine.settled();
    expect(await run()).toMatchObject({ state: 'cancelled' });
    expect(calls.map(({ operation }) => operation)).toEqual(['op.reserve', 'op.pay', 'op.cancel', 'op.release']);
  });

  it('retries a step of a parked run, or says that it was put right by hand', async () => {
    answers = { 'op.pay': problem(409, 'refused'), 'op.release': problem(409, 'no') };
    const engine = open([buy]);
    await start(buy, 'a');
    await engine.settled();
    expect(await run()).toMatchObject({ state: 'parked' });
    const unknown = await operate((tx, moving) => retryStep(tx, ['shop'], 'nothing', moving)).catch(() => undefined);
    expect(unknown).toEqual({ ok: false, reason: 'no-such-step' });
    await database.rows(`update shop.workflow_run set state = 'parked'`);
    answers = {};
    expect(await operate((tx, moving) => retryStep(tx, ['shop'], 'undo reserve', moving))).toMatchObject({ ok: true });
    await engine.settled();
    expect(await run()).toMatchObject({ state: 'failed' });
    await database.rows(`update shop.workflow_run set state = 'parked', ended_at = null`);
    expect(await moved('complete')).toMatchObject({ ok: true });
    expect(await run()).toMatchObject({ state: 'completed' });
    expect(await listTasks(database.db, ['shop'], { limit: 10, state: 'open' })).toEqual([]);
  });
});
