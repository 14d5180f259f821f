// Operators' operations over runs of a real capability, through the same edge as every other call: by scope, audited.

import { fromWireId, type Principal, servicePrincipal, systemClock, toWireId, worldId } from '@plinth/runtime';
import { atEase, eventually, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { readConfig } from '../server/src/config.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';
import { aSeededDatabase } from './seeded.ts';

const otto: Principal = { ...servicePrincipal('otto'), issuer: 'test', audience: 'staff', subject: worldId('stf', 3) };
let database: TestDatabase;
let platform: Platform;
let runId: string;
let keys = 0;

beforeAll(async () => {
  database = await aSeededDatabase();
  platform = await createPlatform({
    config: readConfig({ demo: true, ephemeral: true }, { LOG_LEVEL: 'silent' }),
    database,
    databaseUrl: database.url,
    mail: { send: () => Promise.resolve(), close: () => Promise.resolve() },
    clock: systemClock,
    load: atEase,
  });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
// A run of code that no process has: it stays where it is put.
beforeEach(async () => {
  const { rows } = await sql<{ id: string }>`
    insert into orders.workflow_run (id, workflow, code_version, business_key, input, trace_id, state, due_at, started_at)
    values (gen_random_uuid(), 'orders.retired', 9, ${`key-${++keys}`}, '{}', 't', 'running', now(), now())
    returning id::text as id`.execute(database.db);
  runId = toWireId('run', rows[0]?.id ?? '');
});

const ask = async (operation: string, input: Record<string, unknown> = {}) => {
  const { status, body } = await platform.edge.invoke({
    operation: `workflows.${operation}`,
    principal: otto,
    input,
    idempotencyKey: `key-${++keys}`,
  });
  return { status, body: body as Record<string, unknown> };
};

/** What Otto did to a run or a task, by the audit. */
const audited = async (id: string): Promise<string[]> => {
  const { rows } = await sql<{ operation: string }>`
    select a.operation from runtime.audit a join runtime.outbox o on o.event_id = any (a.event_ids)
    where o.subject = ${id} and a.subject = ${otto.subject} order by a.id`.execute(database.db);
  return rows.map(({ operation }) => operation.replace('workflows.', ''));
};

it('lists runs and shows one', async () => {
  const { body } = await ask('listRuns', { workflow: 'orders.retired', state: 'running', limit: 1 });
  expect(body['items']).toMatchObject([{ id: runId, workflow: 'orders.retired', state: 'running' }]);
  expect((await ask('getRun', { runId })).body).toMatchObject({ run: { id: runId }, steps: [] });
  expect((await ask('getRun', { runId: worldId('run', 1) })).status).toBe(404);
});

it('pauses, resumes and cancels; each move is in the audit with its run', async () => {
  expect(await ask('pauseRun', { runId })).toMatchObject({ status: 201, body: { state: 'paused' } });
  expect((await ask('pauseRun', { runId })).body).toMatchObject({ code: 'workflows.not-possible-now' });
  expect(await ask('resumeRun', { runId })).toMatchObject({ status: 201, body: { state: 'running' } });
  expect(await ask('cancelRun', { runId })).toMatchObject({ status: 201, body: { state: 'undoing' } });
  expect(await audited(runId)).toEqual(['pauseRun', 'resumeRun', 'cancelRun']);
});

it('a parked run is tried again at a step, or settled by hand; both are in the audit', async () => {
  const park = () => sql`update orders.workflow_run set state = 'parked' where code_version = 9`.execute(database.db);
  await park();
  expect((await ask('retryStep', { runId, body: { step: 'pay' } })).body).toMatchObject({
    code: 'workflows.no-such-step',
  });
  await sql`
    insert into orders.workflow_step (run, name, ordinal, kind, input_hash, state)
    values (${fromWireId('run', runId)}, 'pay', 1, 'call', '', 'failed')`.execute(database.db);
  expect(await ask('retryStep', { runId, body: { step: 'pay' } })).toMatchObject({
    status: 201,
    body: { state: 'running' },
  });
  await park();
  expect(await ask('settleRun', { runId, body: { outcome: 'completed' } })).toMatchObject({
    status: 201,
    body: { state: 'completed' },
  });
  expect(await audited(runId)).toEqual(['retryStep', 'settleRun']);
});

it('a task is decided once, and who did is in the audit', async () => {
  await sql`
    insert into orders.human_task (id, run, step, queue, about, state, opened_at)
    select gen_random_uuid(), id, 'review', 'orders', '{"why":"large"}', 'open', now() from orders.workflow_run
    where business_key = (select max(business_key) from orders.workflow_run where code_version = 9)`.execute(
    database.db,
  );
  const task = await eventually('the task is listed', 2000, async () => {
    const { body } = await ask('listTasks', { queue: 'orders' });
    return (body['items'] as { id: string }[])[0];
  });
  const decision = { taskId: task.id, body: { result: { agreed: true } } };
  expect(await ask('completeTask', decision)).toMatchObject({ status: 201, body: { state: 'done' } });
  expect((await ask('completeTask', decision)).body).toMatchObject({ code: 'workflows.task-ended' });
  expect(await audited(task.id)).toEqual(['completeTask']);
});
