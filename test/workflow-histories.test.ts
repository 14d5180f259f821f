// W7: histories of runs as they were recorded, replayed against the present code. A run that began before a change must go
// on after it: whoever changes the steps of a workflow gives it a new version and keeps the old one, or asks `step.patch`.
// A history that is missing is recorded by this test; it is to be committed, and never changed.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type AnyWorkflow, newIds, servicePrincipal, StepRefused, systemClock, worldCustomers } from '@plinth/runtime';
import { atEase, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Replay } from '../runtime/src/workflows/replay.ts';
import { findRun, loadSteps, type RunRow, type StepRow } from '../runtime/src/workflows/rows.ts';
import { storedCapabilities } from '../server/src/cli/with-database.ts';
import { readConfig } from '../server/src/config.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';
import { aSeededDatabase } from './seeded.ts';

interface History {
  run: Omit<RunRow, 'startedAt'> & { startedAt: string };
  steps: (Omit<StepRow, 'endedAt'> & { endedAt: string | null })[];
}

/** What the world does to an order, and which run shows it. */
const cases = [
  { name: 'fulfilOrder@1 completed', method: 'card_ok', isCancelled: false, workflow: 'orders.fulfilOrder' },
  { name: 'fulfilOrder@1 failed', method: 'card_declined', isCancelled: false, workflow: 'orders.fulfilOrder' },
  { name: 'undoOrder@1 completed', method: 'card_ok', isCancelled: true, workflow: 'orders.undoOrder' },
] as const;
const folder = path.join(import.meta.dirname, 'histories');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const fileOf = (name: string): string => path.join(folder, `${name.replace(' ', '-')}.json`);
const workflows: readonly AnyWorkflow[] = storedCapabilities().flatMap((capability) => capability.workflows ?? []);
const ids = newIds(systemClock);
const [ada] = worldCustomers(8, Temporal.Now.plainDateISO('UTC').with({ day: 1 })).map(({ id }) => id) as [string];
let database: TestDatabase;
let platform: Platform;

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

async function act(operation: string, input: Record<string, unknown>): Promise<void> {
  const principal = { ...servicePrincipal('test', ada), audience: 'customer' as const };
  await platform.edge.invoke({ operation, principal, input, idempotencyKey: ids.uuid() });
  await platform.settled();
}

/** The history of the run that the case brings about now. */
async function live({ method, isCancelled, workflow }: (typeof cases)[number]): Promise<History> {
  const { db } = database;
  const body = { lines: [{ sku: 'KETTLE-17', quantity: 1 }], payment: { method, points: 100 } };
  await act('orders.placeOrder', { body });
  if (isCancelled) {
    const { body: page } = await platform.edge.invoke({
      operation: 'orders.listOrders',
      principal: { ...servicePrincipal('test', ada), audience: 'customer' },
      input: { limit: 1 },
    });
    await act('orders.cancelOrder', { orderId: (page as { items: { id: string }[] }).items[0]?.id });
  }
  const { rows } = await sql<{ key: string }>`
    select business_key as key from orders.workflow_run where workflow = ${workflow}
    order by started_at desc limit 1`.execute(db);
  const run = await findRun(db, 'orders', workflow, rows[0]?.key ?? '');
  if (run === undefined) throw new Error(`${workflow} did not run`);
  return JSON.parse(JSON.stringify({ run, steps: await loadSteps(db, run) })) as History;
}

/** What the present code makes of a history; nothing is carried out, since a step beyond it ends the replay. */
async function replay({ run, steps }: History): Promise<{ state: string; result: unknown }> {
  const workflow = workflows.find(({ name, version }) => name === run.workflow && version === run.version);
  if (workflow === undefined)
    throw new Error(`${run.workflow} version ${run.version} is gone: runs of it would never end`);
  const replaying = new Replay({
    services: platform.services as never,
    run: { ...run, startedAt: Temporal.Instant.from(run.startedAt) },
    history: steps.map((step) => ({
      ...step,
      endedAt: step.endedAt === null ? null : Temporal.Instant.from(step.endedAt),
    })),
    checkpoint: (name) => {
      throw new Error(`the code does what was not recorded (${name})`);
    },
    isLost: () => undefined,
  });
  try {
    const value = await workflow.run(replaying, run.input);
    if (replaying.halted) throw replaying.halted;
    return { state: 'completed', result: value ?? null };
  } catch (error) {
    if (replaying.halted || !(error instanceof StepRefused)) throw replaying.halted ?? error;
    return { state: 'failed', result: { code: error.code, document: error.document } };
  }
}

it('each version of each workflow has a history', () => {
  const recorded = new Set(files.map((name) => name.split('-')[0]));
  expect(recorded).toEqual(new Set(workflows.map(({ name, version }) => `${name.split('.')[1]}@${version}`)));
});

describe.each(cases)('$name', (each) => {
  it('is recorded, and what the code does now has the same steps', async () => {
    const now = await live(each);
    const file = fileOf(each.name);
    if (!existsSync(file)) {
      writeFileSync(file, `${JSON.stringify(now, undefined, 2)}\n`);
      throw new Error(`recorded ${file}: look at it, and commit it`);
    }
    const then = JSON.parse(readFileSync(file, 'utf8')) as History;
    const stepsOf = ({ steps }: History): string[] => steps.map(({ name, kind, state }) => `${kind} ${name} ${state}`);
    expect(stepsOf(now)).toEqual(stepsOf(then));
    expect(await replay(now)).toEqual({ state: now.run.state, result: now.run.result });
  });
});

it.each(files)('%s comes to its recorded end under the present code', async (file) => {
  const then = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as History;
  expect(await replay(then)).toEqual({ state: then.run.state, result: then.run.result });
  // Every place of it is looked at: with one step taken out, or another input, the code is found to differ.
  const own = then.steps.filter(({ kind }) => kind !== 'undo');
  for (const { name } of own) {
    const without = { ...then, steps: then.steps.filter((step) => step.name !== name) };
    await expect(replay(without)).rejects.toThrow(/history-mismatch|not recorded/);
  }
  const other = { ...then, steps: then.steps.map((step) => ({ ...step, hash: 'other' })) };
  await expect(replay(other)).rejects.toThrow('history-mismatch');
});
