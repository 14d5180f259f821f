// A run has a thousand steps, and each may have an undoing besides: nothing of its history is cut off.

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { sha256 } from '../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { newTrace } from '../telemetry/trace.ts';
import { testServices, type TestServices } from '../test-services.ts';
import { inTransaction, serviceBase } from '../work.ts';
import { createEngine } from './engine.ts';
import { showRun } from './operate.ts';
import { workflowOperations, workflowTables } from './tables.ts';
import { workflow } from './workflow.ts';

let database: TestDatabase;
let services: TestServices;
let calls: string[];

beforeAll(async () => {
  const migrations = { '1': workflowTables('shop'), '2': workflowOperations('shop') };
  database = await openTestDatabase([{ schema: 'shop', migrations }]);
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.rows('truncate shop.workflow_run, shop.workflow_step cascade');
  calls = [];
  services = testServices(database, async (operation) => void calls.push(operation));
});

const endless = workflow('shop.endless', 1, async (step) => {
  for (let n = 0; ; n++) await step.tx(`s${n}`, async () => null);
});

/** A run in `state` that has carried out `count` steps of a kind, then one turn of it. */
async function goOn(state: string, kind: 'tx' | 'call', count: number, undone = 0) {
  const engine = createEngine({ services, workflows: [endless] });
  Object.assign(services, { startRuns: engine.startRuns });
  const base = serviceBase(services, { name: 'shop.order', trace: newTrace() });
  await inTransaction(services, base, async (ctx) => ctx.start(endless, { key: 'a', input: {} }));
  await engine.close();
  await database.rows(`update shop.workflow_run set fence = 1, state = '${state}', due_at = '2000-01-01'`);
  await database.rows('delete from shop.workflow_step');
  const undo = kind === 'call' ? `'["shop.undo", {}]'` : 'null';
  await database.rows(`
    insert into shop.workflow_step (run, name, ordinal, kind, input_hash, state, undo, result, ended_at)
    select id, 's' || n, n, '${kind}', '${sha256(JSON.stringify([kind, null]))}', 'done', ${undo}, 'null', now()
    from shop.workflow_run, generate_series(0, ${count - 1}) n`);
  await database.rows(`
    insert into shop.workflow_step (run, name, ordinal, kind, input_hash, state, ended_at)
    select id, 'undo s' || n, 2000000 - n, 'undo', '', 'done', now()
    from shop.workflow_run, generate_series(${count - undone}, ${count - 1}) n`);
  const other = createEngine({ services, workflows: [endless] });
  await other.settled();
  await other.close();
  const [row] = await database.rows('select id::text, state, error from shop.workflow_run');
  const shown = await showRun(database.db, ['shop'], String(row?.['id']));
  return { state: row?.['state'], error: row?.['error'], steps: shown?.steps.length };
}

it('asks for the thousandth step, and is parked at the next', async () => {
  expect(await goOn('running', 'tx', 999)).toMatchObject({
    state: 'parked',
    error: 'TooManySteps: too-many-steps: shop.endless has had 1000, and asks for "s1000"',
    steps: 1000,
  });
});

it('all its steps are undone, and none twice', async () => {
  expect(await goOn('undoing', 'call', 1000, 997)).toMatchObject({ state: 'failed', steps: 2000 });
  expect(calls).toEqual(['shop.undo', 'shop.undo', 'shop.undo']);
});
