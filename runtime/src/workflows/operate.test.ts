// What an operator may not do, and what a wait and a signal owe each other. What they may do: laws.test.ts (W9).

import { eventually } from '@plinth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { ProblemError } from '../kernel/index.ts';
import type { Tx } from '../ports/index.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { newTrace } from '../telemetry/trace.ts';
import { testServices, type TestServices } from '../test-services.ts';
import { inTransaction, serviceBase } from '../work.ts';
import { createEngine, type Engine } from './engine.ts';
import { completeTask, listTasks, moveRun, retryStep } from './operate.ts';
import { findRun } from './rows.ts';
import { signalReactions } from './signals.ts';
import { workflowOperations, workflowTables } from './tables.ts';
import { raiseSignal, takeSignal, waitFor } from './waits.ts';
import { type AnyWorkflow, nothing, type Steps, workflow } from './workflow.ts';

let database: TestDatabase;
let services: TestServices;
let answers: Record<string, () => unknown>;
let engine: Engine | undefined;

beforeAll(async () => {
  const migrations = { '1': workflowTables('shop'), '2': workflowOperations('shop') };
  database = await openTestDatabase([{ schema: 'shop', migrations }]);
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.rows('truncate shop.workflow_run, shop.workflow_step, shop.workflow_signal, shop.human_task cascade');
  answers = {};
  services = testServices(database, async (operation) => (await answers[operation]?.()) ?? {});
});
afterEach(() => engine?.close());

const refused = (): never => {
  throw new ProblemError(409, 'refused', { code: 'refused' });
};
const call = (step: Steps, name: string, undo?: string) =>
  step.call(name, `op.${name}` as never, {}, { undo: undo ? [undo as never, {}] : nothing('final') });

async function started(which: AnyWorkflow): Promise<Engine> {
  engine = createEngine({ services, workflows: [which], retryAfterMs: () => 1000 });
  Object.assign(services, { startRuns: engine.startRuns });
  await inTransaction(services, serviceBase(services, { name: 'shop.order', trace: newTrace() }), async (ctx) =>
    ctx.start(which, { key: 'a', input: {} }),
  );
  return engine;
}
const run = async () => (await database.rows('select id::text, state from shop.workflow_run'))[0] ?? {};
const operate = <T>(work: (tx: Tx, moving: { id: string; now: Temporal.Instant; by: string }) => Promise<T>) =>
  database.transaction(async (tx) =>
    work(tx, { id: String((await run())['id']), now: services.clock.now(), by: 'otto' }),
  );
const retry = (step: string) => operate((tx, moving) => retryStep(tx, ['shop'], step, moving));
const move = (name: 'cancel' | 'pause' | 'resume') => operate((tx, moving) => moveRun(tx, ['shop'], name, moving));
const named = (name: string, signals: string[]) => workflow(name, 1, async () => null, { signals });
const tasks = (state: string) => listTasks(database.db, ['shop'], { limit: 10, state });

it('the task of a parked run is done by moving the run, not by deciding it', async () => {
  answers = { 'op.undo': refused };
  const parks = workflow('shop.parks', 1, async (step) => {
    await call(step, 'a', 'op.undo');
    throw new TypeError('oops');
  });
  await (await started(parks)).settled();
  const [task] = await tasks('open');
  const decided = await operate((tx, moving) =>
    completeTask(tx, ['shop'], { ...moving, id: task?.id ?? '', result: {} }),
  );
  expect(decided).toEqual({ ok: false, reason: 'wrong-state' });
  expect(await run()).toMatchObject({ state: 'parked' });
});

it('a step is not tried again when later ones were built on it', async () => {
  answers = { 'op.a': refused, 'op.c': refused, 'op.undo': refused };
  const goesOn = workflow('shop.goesOn', 1, async (step) => {
    await call(step, 'a').catch(() => undefined);
    await call(step, 'b', 'op.undo');
    await call(step, 'c');
  });
  await (await started(goesOn)).settled();
  expect(await run()).toMatchObject({ state: 'parked' });
  expect(await retry('a')).toEqual({ ok: false, reason: 'no-such-step' });
});

it('a run that is paused while it is undone goes on undoing', async () => {
  const reached = Promise.withResolvers<void>();
  const mayAnswer = Promise.withResolvers<void>();
  let undone = 0;
  answers = {
    'op.undo': () => {
      undone += 1;
      reached.resolve();
      return mayAnswer.promise;
    },
  };
  const waits = workflow('shop.waits', 1, async (step) => {
    await call(step, 'a', 'op.undo');
    await step.sleep('cool', { hours: 1 });
  });
  const working = await started(waits);
  await working.settled();
  await move('cancel');
  const settled = working.settled();
  await reached.promise;
  await move('pause');
  mayAnswer.resolve();
  await settled;
  expect(await run()).toMatchObject({ state: 'paused' });
  services.clock.advance({ hours: 1 });
  await move('resume');
  await working.settled();
  expect(await run()).toMatchObject({ state: 'cancelled' });
  expect(undone).toBe(2);
});

it('a cancelled run whose undoing was refused goes on undoing when it is resumed, and ends as cancelled', async () => {
  answers = { 'op.undo': refused };
  const waits = workflow('shop.waits', 1, async (step) => {
    await call(step, 'a', 'op.undo');
    await step.sleep('cool', { hours: 1 });
  });
  const working = await started(waits);
  await working.settled();
  await move('cancel');
  await working.settled();
  expect(await run()).toMatchObject({ state: 'parked' });
  answers = {};
  services.clock.advance({ hours: 1 });
  await move('resume');
  await working.settled();
  expect(await run()).toMatchObject({ state: 'cancelled' });
});

const asks = workflow('shop.asks', 1, async (step) =>
  step.humanTask('review', { queue: 'orders', about: {}, within: { hours: 1 } }),
);

it('a task of a run that is paused stays open, one of a run that is cancelled does not', async () => {
  const working = await started(asks);
  await working.settled();
  await move('pause');
  expect(await tasks('open')).toHaveLength(1);
  await move('cancel');
  await working.settled();
  expect(await run()).toMatchObject({ state: 'cancelled' });
  expect([await tasks('open'), (await tasks('expired')).length]).toEqual([[], 1]);
});

it('a task that nobody did in time is no longer open', async () => {
  const working = await started(asks);
  await working.settled();
  expect(await tasks('open')).toHaveLength(1);
  services.clock.advance({ hours: 1 });
  await working.settled();
  expect(await run()).toMatchObject({ state: 'completed' });
  expect([await tasks('open'), (await tasks('expired')).length]).toEqual([[], 1]);
});

it('a signal that comes while a run lies down waits for it, and wakes it', async () => {
  const waits = workflow('shop.waits', 1, async () => 'never');
  await started(waits);
  await engine?.settled();
  const resting = await findRun(database.db, 'shop', 'shop.waits', 'a');
  if (resting === undefined) throw new Error('there is no run');
  const now = services.clock.now();
  let raised: Promise<void> | undefined;
  await database.transaction(async (tx) => {
    expect(await takeSignal(tx, resting, 'parcel.sent a')).toBeUndefined();
    raised = database.transaction((other) =>
      raiseSignal(other, 'shop', { eventId: 'e', name: 'parcel.sent a', payload: {} }, now),
    );
    await eventually('the signal waits', 20_000, async () => {
      const waiting = await database.rows(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return waiting.length > 0;
    });
    await waitFor(tx, resting, { signal: 'parcel.sent a', until: now.add({ hours: 24 }) });
  });
  await raised;
  expect(await database.rows('select state, due_at from shop.workflow_run')).toEqual([
    { state: 'waiting', due_at: now },
  ]);
});

it('events are kept as signals by one reaction of each capability whose workflows wait for some', () => {
  const reactions = signalReactions([
    named('shop.a', ['parcel.sent']),
    named('shop.b', ['parcel.sent', 'parcel.lost']),
    named('bank.a', ['card.lost']),
    named('desk.a', []),
  ]);
  expect(reactions.map(({ name, on }) => [name, on])).toEqual([
    ['shop.workflow-signals', ['parcel.sent', 'parcel.lost']],
    ['bank.workflow-signals', ['card.lost']],
  ]);
});
