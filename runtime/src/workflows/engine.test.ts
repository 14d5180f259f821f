import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ProblemError } from '../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { newTrace } from '../telemetry/trace.ts';
import { testServices, type TestServices } from '../test-services.ts';
import { inTransaction, serviceBase } from '../work.ts';
import { createEngine, type Engine, type EngineOptions } from './engine.ts';
import { findRun, LeaseLost, renewLease } from './rows.ts';
import { workflowTables } from './tables.ts';
import { type AnyWorkflow, nothing, type StepRefused, type Steps, workflow } from './workflow.ts';

let database: TestDatabase;
let services: TestServices;
/** Effects at the callees: one per key, however often it is called. */
let effects: Map<string, string>;
let calls: { operation: string; key: string }[];
/** Answers of callees by operation; undefined = done. */
let answers: Record<string, () => unknown>;

beforeAll(async () => {
  database = await openTestDatabase([{ schema: 'shop', migrations: { '1': workflowTables('shop') } }]);
  await database.rows('create table shop.placed (id text)');
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.rows('truncate shop.workflow_run, shop.workflow_step, shop.placed, runtime.outbox, runtime.subject');
  effects = new Map();
  calls = [];
  answers = {};
  services = testServices(database, (operation, _input, key = '') => {
    calls.push({ operation, key });
    const answer = answers[operation]?.();
    effects.set(key, operation);
    return answer ?? { ok: operation };
  });
});

// Any operation name: the callees are played.
const call = (step: Steps, name: string, operation: string, undo?: string): Promise<unknown> =>
  step.call(
    name,
    operation as never,
    { id: name },
    {
      undo: undo === undefined ? nothing('final') : [undo as never, { id: name }],
    },
  );
const refuse = (): never => {
  throw new ProblemError(409, 'payments.declined', { code: 'payments.declined' });
};
const away = (): never => {
  throw new ProblemError(503, 'dependency-unavailable', {});
};

const buy = workflow('shop.buy', 1, async (step, input: { id: string }) => {
  await call(step, 'reserve', 'stock.reserve', 'stock.release');
  await call(step, 'pay', 'payments.pay', 'payments.cancel');
  await step.tx('place', async (ctx) => {
    await sql`insert into shop.placed values (${input.id})`.execute(ctx.db);
    ctx.emit('order.placed' as never, { subject: input.id, data: {} as never });
  });
  await call(step, 'ship', 'shipping.ship', 'shipping.recall');
  return { id: step.id('receipt', 'rcp'), at: step.now().toString() };
});

const startOf = (engine: Engine) =>
  Object.assign(services, { startRuns: engine.startRuns.bind(engine), committed: () => engine.poke() });
const open = (options: Partial<EngineOptions> = {}, workflows: readonly AnyWorkflow[] = [buy]): Engine => {
  const engine = createEngine({ services, workflows, retryAfterMs: () => 1000, ...options });
  startOf(engine);
  return engine;
};
const start = (which: AnyWorkflow, key: string) =>
  inTransaction(
    services,
    serviceBase(services, { name: 'shop.order', customerId: 'cus_1', trace: newTrace() }),
    async (ctx) => ctx.start(which, { key, input: { id: key } }),
  );
const expireLeases = () => database.rows(`update shop.workflow_run set lease_until = now() - interval '1 second'`);
const run = async (): Promise<Record<string, unknown>> =>
  (await database.rows('select state, error, result, fence::int, attempts from shop.workflow_run'))[0] ?? {};

/** Lets the process die at the n-th durable write; resolves with the name of the place, or undefined when it ended. */
async function dieAt(n: number, key: string): Promise<string | undefined> {
  let arrivals = 0;
  let place: string | undefined;
  const died = Promise.withResolvers<void>();
  const engine = open({
    checkpoint: (name) => {
      arrivals += 1;
      if (arrivals < n) return;
      place = name;
      died.resolve();
      throw new LeaseLost('killed');
    },
  });
  await start(buy, key);
  await Promise.race([died.promise, engine.wait(buy, key, 5000)]);
  await engine.close();
  await expireLeases();
  return place;
}

test.each(['completes', 'is refused at the end'])(
  'a run that %s ends the same wherever the process dies',
  async (how) => {
    const places = new Set<string>();
    for (let n = 1; n < 40; n++) {
      effects.clear();
      calls = [];
      if (how !== 'completes') answers = { 'shipping.ship': refuse };
      const key = `${how}-${n}`;
      const place = await dieAt(n, key);
      const engine = open();
      const end = await engine.wait(buy, key, 5000);
      await engine.close();
      const last = how === 'completes' ? ['shipping.ship'] : ['payments.cancel', 'stock.release'];
      expect({
        place,
        state: end?.state,
        effects: [...effects.values()],
        rows: await database.rows(`select 1 as one from shop.placed where id = '${key}'`),
        facts: await database.rows(`select 1 as one from runtime.outbox where subject = '${key}'`),
      }).toEqual({
        place,
        state: how === 'completes' ? 'completed' : 'failed',
        effects: ['stock.reserve', 'payments.pay', ...last],
        rows: [{ one: 1 }],
        facts: [{ one: 1 }],
      });
      if (place === undefined) break;
      places.add(place);
    }
    expect(places).toContain(how === 'completes' ? 'workflow.end.after' : 'workflow.undo.called');
  },
  30_000,
);

test('a refusal the code does not catch undoes what was done, last first', async () => {
  answers = { 'shipping.ship': refuse };
  const engine = open();
  await start(buy, 'a');
  expect(await engine.wait(buy, 'a', 5000)).toMatchObject({
    state: 'failed',
    result: { code: 'payments.declined', document: { code: 'payments.declined' } },
  });
  expect(calls.map((each) => each.operation)).toEqual([
    'stock.reserve',
    'payments.pay',
    'shipping.ship',
    'payments.cancel',
    'stock.release',
  ]);
  await engine.close();
});

test('the end of a run comes with the position of its last fact, or a later one', async () => {
  const engine = open();
  await start(buy, 'a');
  const end = await engine.wait(buy, 'a', 5000);
  const [row] = await database.rows('select max(ordinal)::int as last from runtime.outbox');
  expect(row?.['last']).toBeGreaterThan(0);
  expect(end).toEqual({ state: 'completed', result: expect.anything(), position: row?.['last'] });
  await engine.close();
});

test('a mistake in the code undoes too; an undoing that is refused parks the run', async () => {
  const broken = workflow('shop.broken', 1, async (step) => {
    await call(step, 'reserve', 'stock.reserve', 'stock.release');
    throw new TypeError('oops');
  });
  const engine = open({}, [broken]);
  await start(broken, 'a');
  expect((await engine.wait(broken, 'a', 5000))?.state).toBe('failed');
  expect([...effects.values()]).toEqual(['stock.reserve', 'stock.release']);
  answers = { 'stock.release': refuse };
  await start(broken, 'b');
  expect((await engine.wait(broken, 'b', 5000))?.state).toBe('parked');
  await engine.close();
});

test('a callee that is away is called again later with the same key', async () => {
  let failures = 2;
  answers = { 'payments.pay': () => (failures-- > 0 ? away() : undefined) };
  const engine = open();
  await start(buy, 'a');
  for (const attempts of [1, 2]) {
    await engine.settled();
    expect(await run()).toMatchObject({ state: 'running', attempts });
    services.clock.advance({ seconds: 1 });
  }
  await engine.settled();
  expect(await run()).toMatchObject({ state: 'completed' });
  const keys = calls.filter((each) => each.operation === 'payments.pay').map((each) => each.key);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  await engine.close();
});

test('starting twice with one key is one run, also in two transactions at once', async () => {
  const engine = open();
  await Promise.all([start(buy, 'a'), start(buy, 'a'), start(buy, 'a')]);
  await engine.settled();
  expect(await database.rows('select 1 from shop.workflow_run')).toHaveLength(1);
  expect(await database.rows('select 1 from shop.placed')).toHaveLength(1);
  await engine.close();
});

test('a start of a transaction that fails never runs', async () => {
  const engine = open();
  const failed = inTransaction(
    services,
    serviceBase(services, { name: 'shop.order', trace: newTrace() }),
    async (ctx) => {
      ctx.start(buy, { key: 'a', input: { id: 'a' } });
      throw new Error('no');
    },
  );
  await expect(failed).rejects.toThrow('no');
  await engine.settled();
  expect(calls).toEqual([]);
  expect(await engine.wait(buy, 'a', 0)).toBeUndefined();
  await engine.close();
});

test('a worker whose lease was taken over writes nothing more', async () => {
  const reached = Promise.withResolvers<void>();
  const mayAnswer = Promise.withResolvers<void>();
  let first = true;
  answers = {
    'payments.pay': () => {
      if (!first) return undefined;
      first = false;
      reached.resolve();
      return mayAnswer.promise.then(() => ({ ok: 'too late' }));
    },
  };
  const slow = open();
  await start(buy, 'a');
  await reached.promise;
  await expireLeases();
  const quick = open();
  expect((await quick.wait(buy, 'a', 5000))?.state).toBe('completed');
  const before = await database.rows('select * from shop.workflow_step order by ordinal');
  mayAnswer.resolve();
  await slow.close();
  expect(await database.rows('select * from shop.workflow_step order by ordinal')).toEqual(before);
  expect(await run()).toMatchObject({ state: 'completed', fence: 2 });
  expect(await database.rows('select 1 from shop.placed')).toHaveLength(1);
  await quick.close();
});

test('a worker whose run was taken over between two steps makes no further call', async () => {
  const reached = Promise.withResolvers<void>();
  const mayGo = Promise.withResolvers<void>();
  const pay = workflow('shop.pay', 1, async (step) => void (await call(step, 'pay', 'payments.pay')));
  const late = workflow('shop.pay', 1, async (step, input) => {
    reached.resolve();
    await mayGo.promise;
    await pay.run(step, input);
  });
  const slow = open({}, [late]);
  await start(late, 'a');
  await reached.promise;
  await expireLeases();
  const quick = open({}, [pay]);
  expect((await quick.wait(pay, 'a', 5000))?.state).toBe('completed');
  mayGo.resolve();
  await slow.settled();
  expect(calls).toHaveLength(1);
  expect(await database.rows('select attempt from shop.workflow_step')).toEqual([{ attempt: 1 }]);
  await slow.close();
  await quick.close();
});

test('a worker whose run was taken over neither ends it nor keeps its lease', async () => {
  const reached = Promise.withResolvers<void>();
  const mayGo = Promise.withResolvers<void>();
  const late = workflow('shop.end', 1, async () => {
    reached.resolve();
    await mayGo.promise;
    return 'late';
  });
  const slow = open({}, [late]);
  await start(late, 'a');
  await reached.promise;
  const held = await findRun(database.db, 'shop', 'shop.end', 'a');
  if (held === undefined) throw new Error('there is no run');
  const kept = [held, { ...held, fence: '0' }].map((by) => renewLease(database.db, by, 15_000));
  expect(await Promise.all(kept)).toEqual([true, false]);
  await expireLeases();
  const quick = open({}, [workflow('shop.end', 1, async () => 'quick')]);
  expect(await quick.wait(late, 'a', 5000)).toMatchObject({ state: 'completed', result: 'quick' });
  mayGo.resolve();
  await slow.settled();
  expect(await run()).toMatchObject({ state: 'completed', result: 'quick', fence: 2 });
  await slow.close();
  await quick.close();
});

test('a process that ends between two steps gives its run back at once, with what was done', async () => {
  const reached = Promise.withResolvers<void>();
  const mayAnswer = Promise.withResolvers<void>();
  answers = {
    'payments.pay': () => {
      reached.resolve();
      return mayAnswer.promise.then(() => ({ ok: true }));
    },
  };
  const ending = open();
  await start(buy, 'a');
  await reached.promise;
  const closed = ending.close();
  mayAnswer.resolve();
  await closed;
  expect(await run()).toMatchObject({ state: 'running', attempts: 0 });
  expect(await database.rows('select lease_until from shop.workflow_run')).toEqual([{ lease_until: null }]);
  const next = open();
  expect((await next.wait(buy, 'a', 5000))?.state).toBe('completed');
  expect(calls.filter(({ operation }) => operation === 'payments.pay')).toHaveLength(1);
  await next.close();
});

test.each([
  ['goes on as if nothing were', () => 'gave up'],
  [
    'fails with words of its own',
    () => {
      throw new Error('mine');
    },
  ],
])('a callee that is away is no end of the run, also when the code catches it and %s', async (_how, goOn) => {
  const careless = workflow('shop.careless', 1, async (step) => {
    await call(step, 'reserve', 'stock.reserve', 'stock.release');
    try {
      return await call(step, 'pay', 'payments.pay');
    } catch {
      return goOn();
    }
  });
  answers = { 'payments.pay': away };
  const engine = open({}, [careless]);
  await start(careless, 'a');
  await engine.settled();
  expect(await run()).toMatchObject({ state: 'running', attempts: 1 });
  expect([...effects.values()]).toEqual(['stock.reserve']);
  await engine.close();
});

test('a refusal that the code has dealt with is not asked for again, and is the same each time', async () => {
  const seen: unknown[] = [];
  const other = workflow('shop.other', 1, async (step) => {
    try {
      await call(step, 'pay', 'payments.pay');
    } catch (error) {
      seen.push((error as StepRefused).code);
    }
    await call(step, 'bill', 'billing.bill');
  });
  let failures = 2;
  answers = { 'payments.pay': refuse, 'billing.bill': () => (failures-- > 0 ? away() : undefined) };
  const engine = open({}, [other]);
  await start(other, 'a');
  for (let turn = 0; turn < 3; turn++) {
    await engine.settled();
    services.clock.advance({ seconds: 1 });
  }
  expect(await run()).toMatchObject({ state: 'completed' });
  expect(seen).toEqual(['payments.declined', 'payments.declined', 'payments.declined']);
  expect(calls.filter(({ operation }) => operation === 'payments.pay')).toHaveLength(1);
  await engine.close();
});

test('a step gives the first time what its row gives later', async () => {
  const seen: unknown[] = [];
  const look = workflow('shop.look', 1, async (step) => {
    seen.push(await step.tx('look', async () => ({ at: step.now(), none: undefined })));
    await call(step, 'bill', 'billing.bill');
  });
  let failures = 1;
  answers = { 'billing.bill': () => (failures-- > 0 ? away() : undefined) };
  const engine = open({}, [look]);
  await start(look, 'a');
  await engine.settled();
  services.clock.advance({ seconds: 1 });
  await engine.settled();
  expect(seen).toEqual([{ at: '2030-01-01T09:00:00Z' }, { at: '2030-01-01T09:00:00Z' }]);
  await engine.close();
});

test('an undoing that was done is not asked for again when a later one is; nothing to undo is as good as undone', async () => {
  let failures = 1;
  answers = {
    'shipping.ship': refuse,
    'stock.release': () => {
      if (failures-- > 0) return away();
      throw new ProblemError(404, 'not-found', { code: 'not-found' });
    },
  };
  const engine = open();
  await start(buy, 'a');
  await engine.settled();
  services.clock.advance({ seconds: 1 });
  await engine.settled();
  expect(await run()).toMatchObject({ state: 'failed', error: 'payments.declined' });
  expect(calls.slice(3).map(({ operation }) => operation)).toEqual([
    'payments.cancel',
    'stock.release',
    'stock.release',
  ]);
  await engine.close();
});

test('two runs of one workflow call under keys of their own', async () => {
  const engine = open();
  await start(buy, 'a');
  await start(buy, 'b');
  await engine.settled();
  expect(calls).toHaveLength(6);
  expect(new Set(calls.map(({ key }) => key)).size).toBe(6);
  await engine.close();
});

test('code that asks for other steps than were recorded parks the run and does nothing', async () => {
  answers = { 'payments.pay': away };
  const engine = open();
  await start(buy, 'a');
  await engine.settled();
  await engine.close();
  const changed = workflow('shop.buy', 1, async (step) => {
    await call(step, 'charge', 'payments.charge');
  });
  services.clock.advance({ seconds: 5 });
  const other = open({}, [changed]);
  await other.settled();
  expect(await run()).toMatchObject({ state: 'parked', error: expect.stringContaining('history-mismatch') as string });
  expect(calls.some((each) => each.operation === 'payments.charge')).toBe(false);
  await other.close();
});

test('a sleeping run goes on when business time has come, and never before', async () => {
  const wait = workflow('shop.wait', 1, async (step) => {
    const began = step.now();
    await step.sleep('cooling', { days: 14 });
    return { hours: step.now().since(began).total('hours') };
  });
  const engine = open({}, [wait]);
  await start(wait, 'a');
  await engine.settled();
  expect(await run()).toMatchObject({ state: 'sleeping' });
  services.clock.advance({ hours: 14 * 24 - 1 });
  await engine.settled();
  expect(await run()).toMatchObject({ state: 'sleeping' });
  services.clock.advance({ hours: 1 });
  await engine.settled();
  expect(await run()).toMatchObject({ state: 'completed', result: { hours: 336 } });
  await engine.close();
});

test('a run waits for a process that has its version of the code', async () => {
  const one = workflow('shop.buy', 1, async () => 'one');
  const two = workflow('shop.buy', 2, async () => 'two');
  const old = open({ leaseMs: 1 }, [one]);
  await old.close();
  await start(one, 'a');
  const fresh = open({}, [two]);
  await start(two, 'b');
  expect((await fresh.wait(two, 'b', 5000))?.result).toBe('two');
  expect(await fresh.wait(two, 'a', 0)).toBeUndefined();
  await fresh.close();
  const both = open({}, [one, two]);
  expect((await both.wait(one, 'a', 5000))?.result).toBe('one');
  await both.close();
});
