// What runs wait for: signals that events bring, and tasks that people do. A signal and a wait for it take the same lock,
// so none falls between looking and lying down; one that comes early is kept, and each is taken once.

import { sql } from 'kysely';
import { fnv1a } from '../kernel/index.ts';
import type { Db, Tx } from '../ports/index.ts';
import type { WorkServices } from '../work.ts';
import { changeRun, json, type RunRow, runs } from './rows.ts';

/** A run that somebody cancelled, as opposed to one that failed. */
export const cancelledError = 'cancelled';

/** Also when its undoing was refused meanwhile: that stands behind it. */
export function isCancelled(error: string | null): boolean {
  return error === cancelledError || error?.startsWith(`${cancelledError}; `) === true;
}

/** Who looks after what the platform cannot decide. */
const operatorsQueue = 'operators';

export interface NewSignal {
  /** Once each: the event's id, or the task's. */
  eventId: string;
  name: string;
  payload: unknown;
}

/** Name of the signal that ends a task. */
export function taskSignal(run: string, step: string): string {
  return `task ${run} ${step}`;
}

async function lockName(tx: Tx, schema: string, name: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(7265020, ${fnv1a(`${schema} ${name}`) | 0})`.execute(tx);
}

/** Keeps a signal and wakes who waits for it. The same event twice is one signal. */
export async function raiseSignal(tx: Tx, schema: string, signal: NewSignal, now: Temporal.Instant): Promise<void> {
  await lockName(tx, schema, signal.name);
  const kept = await sql`
    insert into ${sql.table(`${schema}.workflow_signal`)} (event_id, name, payload, received_at)
    values (${signal.eventId}, ${signal.name}, ${json(signal.payload ?? null)}::jsonb, ${now.toString()})
    on conflict (event_id) do nothing`.execute(tx);
  if (kept.numAffectedRows !== 1n) return;
  await sql`
    update ${runs(schema)} set due_at = ${now.toString()}
    where state = 'waiting' and waits_for = ${signal.name} and due_at > ${now.toString()}`.execute(tx);
}

/** The oldest signal of that name that nobody took. */
export async function takeSignal(tx: Tx, run: RunRow, name: string): Promise<{ payload: unknown } | undefined> {
  await lockName(tx, run.schema, name);
  const taken = await sql<{ payload: unknown }>`
    update ${sql.table(`${run.schema}.workflow_signal`)} set consumed_by = ${run.id}
    where id = (
      select id from ${sql.table(`${run.schema}.workflow_signal`)}
      where name = ${name} and consumed_by is null order by id limit 1)
    returning payload`.execute(tx);
  return taken.rows[0];
}

/** Lays the run down until the signal or the time; gives its lease back. Throws LeaseLost. */
export async function waitFor(
  tx: Tx,
  run: RunRow,
  { signal, until }: { signal: string; until: Temporal.Instant },
): Promise<void> {
  await changeRun(tx, run, { state: 'waiting', dueAt: until, error: run.error });
  await sql`update ${runs(run.schema)} set waits_for = ${signal} where id = ${run.id}`.execute(tx);
}

export interface NewTask {
  run: RunRow;
  /** undefined = the run itself is parked. */
  step?: string;
  queue: string;
  about: Readonly<Record<string, unknown>>;
}

/** One open task a step; a run that comes back to it finds the same. */
export async function openTask(tx: Tx, { run, step, queue, about }: NewTask, now: Temporal.Instant): Promise<void> {
  await sql`
    insert into ${sql.table(`${run.schema}.human_task`)} (id, run, step, queue, about, state, opened_at)
    values (gen_random_uuid(), ${run.id}, ${step ?? null}, ${queue}, ${json(about)}::jsonb, 'open', ${now.toString()})
    on conflict do nothing`.execute(tx);
}

export async function expireTask(tx: Tx, { run, step }: NewTask, now: Temporal.Instant): Promise<void> {
  await sql`
    update ${sql.table(`${run.schema}.human_task`)} set state = 'expired', ended_at = ${now.toString()}
    where run = ${run.id} and step is not distinct from ${step ?? null} and state = 'open'`.execute(tx);
}

/** Nobody but a person can say how it goes on: the run rests, and its task stands in the operators' queue. */
export async function park(services: WorkServices, run: RunRow, error: string): Promise<void> {
  const { database, clock } = services;
  await database.transaction(async (tx) => {
    const resumes = run.state === 'undoing' ? 'undoing' : 'running';
    await changeRun(tx, run, { state: 'parked', error });
    if (!(await hasOperations(tx, run.schema))) return;
    await sql`update ${runs(run.schema)} set resumes_as = ${resumes} where id = ${run.id}`.execute(tx);
    const about = { workflow: run.workflow, key: run.key, error };
    await openTask(tx, { run, queue: operatorsQueue, about }, clock.now());
  });
}

/** A capability that keeps runs but has not taken `workflowOperations` into its migrations has no tasks. */
async function hasOperations(db: Db | Tx, schema: string): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`
    select to_regclass(${`${schema}.human_task`}) is not null as there`.execute(db);
  return rows[0]?.there === true;
}
