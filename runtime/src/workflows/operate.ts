// Runs and tasks as an operator sees and moves them. Every move takes the run over by its fence: a worker that is in the
// middle of a step finds its next write refused and stops, so nothing is decided twice.

import { sql, type RawBuilder } from 'kysely';
import { fail, ok, type Result } from '../kernel/index.ts';
import type { Db, Tx } from '../ports/index.ts';
import { iso, json, mostSteps, runs, type RunState, steps } from './rows.ts';
import { cancelledError, raiseSignal, taskSignal } from './waits.ts';

export interface RunView {
  id: string;
  workflow: string;
  version: number;
  key: string;
  state: RunState;
  customerId: string | null;
  error: string | null;
  attempts: number;
  waitsFor: string | null;
  startedAt: string;
  dueAt: string | null;
  endedAt: string | null;
}

export interface StepView {
  name: string;
  kind: string;
  state: string;
  attempt: number;
  error: string | null;
  endedAt: string | null;
}

export interface TaskView {
  id: string;
  runId: string;
  step: string | null;
  queue: string;
  about: unknown;
  state: 'open' | 'done' | 'expired';
  result: unknown;
  openedAt: string;
  endedAt: string | null;
}

export interface PageOf {
  limit: number;
  /** `startedAt id` of the last one of the page before. */
  after?: { at: string; id: string } | undefined;
}

const runView = sql.raw(`id::text as id, workflow, code_version as version, business_key as key, state,
  customer_id as customer, error, attempts, waits_for as waits, ${iso('started_at')} as started,
  case when state in ('running', 'sleeping', 'waiting', 'undoing') then ${iso('due_at')} end as due,
  ${iso('ended_at')} as ended`);

type RawView = Omit<RunView, 'customerId' | 'waitsFor' | 'startedAt' | 'dueAt' | 'endedAt'> & {
  customer: string | null;
  waits: string | null;
  started: string;
  due: string | null;
  ended: string | null;
};

const toView = ({ customer, waits, started, due, ended, ...row }: RawView): RunView => ({
  ...row,
  customerId: customer,
  waitsFor: waits,
  startedAt: started,
  dueAt: due,
  endedAt: ended,
});

/** Runs of all schemas, newest first. */
export async function listRuns(
  db: Db,
  schemas: readonly string[],
  { limit, after, state, workflow }: PageOf & { state?: string | undefined; workflow?: string | undefined },
): Promise<RunView[]> {
  if (schemas.length === 0) return [];
  const from = union(schemas, runs);
  const { rows } = await sql<RawView>`
    select ${runView} from (${from}) r
    where (${state ?? null}::text is null or state = ${state ?? null})
      and (${workflow ?? null}::text is null or workflow = ${workflow ?? null})
      and (${after?.at ?? null}::timestamptz is null
        or (started_at, id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by started_at desc, r.id desc limit ${limit}`.execute(db);
  return rows.map(toView);
}

function union(schemas: readonly string[], table: (schema: string) => RawBuilder<unknown>): RawBuilder<unknown> {
  return sql.join(
    schemas.map((schema) => sql`select * from ${table(schema)}`),
    sql` union all `,
  );
}

/** One run with all its steps and undoings, in their order. */
export async function showRun(
  db: Db,
  schemas: readonly string[],
  id: string,
): Promise<(RunView & { steps: StepView[] }) | undefined> {
  const schema = await schemaOfRun(db, schemas, id);
  if (schema === undefined) return undefined;
  const found = await sql<RawView>`select ${runView} from ${runs(schema)} where id = ${id}`.execute(db);
  const history = await sql<StepView & { ended: string | null }>`
    select name, kind, state, attempt, error->>'code' as error, ${sql.raw(iso('ended_at'))} as ended
    from ${steps(schema)} where run = ${id} order by ordinal limit ${2 * mostSteps}`.execute(db);
  const [run] = found.rows;
  return run && { ...toView(run), steps: history.rows.map(({ ended, ...row }) => ({ ...row, endedAt: ended })) };
}

async function schemaOfRun(db: Db, schemas: readonly string[], id: string): Promise<string | undefined> {
  for (const schema of schemas) {
    const found = await sql`select 1 from ${runs(schema)} where id = ${id}`.execute(db);
    if (found.rows.length > 0) return schema;
  }
  return undefined;
}

export type Move = 'pause' | 'resume' | 'cancel' | 'complete' | 'fail';
export type MoveRefusal = 'not-found' | 'wrong-state';

const underWay = ['running', 'sleeping', 'waiting', 'undoing'] as const;

/** From which states each move goes, and where it leads. */
const moves: Readonly<Record<Move, { from: readonly RunState[]; set: RawBuilder<unknown> }>> = {
  pause: {
    from: underWay,
    set: sql`state = 'paused', resumes_as = case when state = 'undoing' then 'undoing' else 'running' end`,
  },
  resume: {
    from: ['paused', 'parked'],
    set: sql`state = coalesce(resumes_as, 'running'), resumes_as = null, attempts = 0,
      error = case when resumes_as = 'undoing' then error end`,
  },
  // What began is undone, last first; the run ends as cancelled.
  cancel: {
    from: ['running', 'sleeping', 'waiting', 'paused', 'parked'],
    set: sql`state = 'undoing', resumes_as = null, attempts = 0, error = ${cancelledError}`,
  },
  // Somebody has put it right by hand and answers for it.
  complete: { from: ['parked'], set: sql`state = 'completed', resumes_as = null` },
  fail: { from: ['parked'], set: sql`state = 'failed', resumes_as = null` },
};

interface Moving {
  id: string;
  now: Temporal.Instant;
  by: string;
}

/** Moves a run. Its open task, if it was parked, is done with it; what a cancelled one asks a person, nobody need decide. */
export async function moveRun(
  tx: Tx,
  schemas: readonly string[],
  move: Move,
  { id, now, by }: Moving,
): Promise<Result<string, MoveRefusal>> {
  const schema = await schemaOfRun(tx, schemas, id);
  if (schema === undefined) return fail('not-found');
  const { from, set } = moves[move];
  const ends = move === 'complete' || move === 'fail';
  const moved = await sql`
    update ${runs(schema)} set ${set}, fence = fence + 1, lease_until = null, due_at = ${now.toString()},
      ended_at = case when ${ends} then ${now.toString()}::timestamptz end
    where id = ${id} and state = any(${[...from]}::text[])`.execute(tx);
  if (moved.numAffectedRows !== 1n) return fail('wrong-state');
  await sql`
    update ${sql.table(`${schema}.human_task`)}
    set state = case when step is null then 'done' else 'expired' end,
      result = case when step is null then ${json({ move })}::jsonb end, ended_at = ${now.toString()}, ended_by = ${by}
    where run = ${id} and state = 'open' and (step is null or ${move === 'cancel'})`.execute(tx);
  return ok(schema);
}

/** A step that was refused, or tried too often, is tried once more with its old key; the run goes on. */
export async function retryStep(
  tx: Tx,
  schemas: readonly string[],
  step: string,
  moving: Moving,
): Promise<Result<string, MoveRefusal | 'no-such-step'>> {
  const moved = await moveRun(tx, schemas, 'resume', moving);
  if (!moved.ok) return moved;
  const again = await sql`
    update ${steps(moved.value)} set state = 'started', error = null, ended_at = null
    where run = ${moving.id} and name = ${step} and state in ('started', 'failed')
      and not exists (
        select from ${steps(moved.value)} later where later.run = ${moving.id} and later.ordinal > workflow_step.ordinal
          and later.state = 'done')`.execute(tx);
  return again.numAffectedRows === 1n ? moved : fail('no-such-step');
}

const taskView = sql.raw(`id::text as id, run::text as run, step, queue, about, state, result,
  ${iso('opened_at')} as opened, ${iso('ended_at')} as ended`);

type RawTask = Omit<TaskView, 'runId' | 'openedAt' | 'endedAt'> & { run: string; opened: string; ended: string | null };

const toTask = ({ run, opened, ended, ...row }: RawTask): TaskView => ({
  ...row,
  runId: run,
  openedAt: opened,
  endedAt: ended,
});

/** Tasks of people, oldest first. */
export async function listTasks(
  db: Db,
  schemas: readonly string[],
  { limit, after, state, queue }: PageOf & { state: string; queue?: string | undefined },
): Promise<TaskView[]> {
  if (schemas.length === 0) return [];
  const from = union(schemas, (schema) => sql.table(`${schema}.human_task`));
  const { rows } = await sql<RawTask>`
    select ${taskView} from (${from}) t
    where state = ${state} and (${queue ?? null}::text is null or queue = ${queue ?? null})
      and (${after?.at ?? null}::timestamptz is null
        or (opened_at, id) > (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by opened_at, t.id limit ${limit}`.execute(db);
  return rows.map(toTask);
}

/** What a person decided; the run that waits for it goes on. The task of a parked run is done by moving the run. */
export async function completeTask(
  tx: Tx,
  schemas: readonly string[],
  { id, result, now, by }: Moving & { result: unknown },
): Promise<Result<TaskView, MoveRefusal>> {
  for (const schema of schemas) {
    const tasks = sql.table(`${schema}.human_task`);
    const found = await sql<RawTask>`select ${taskView} from ${tasks} where id = ${id} for update`.execute(tx);
    const [task] = found.rows;
    if (task === undefined) continue;
    if (task.state !== 'open' || task.step === null) return fail('wrong-state');
    const done = await sql<RawTask>`
      update ${tasks} set state = 'done', result = ${json(result ?? null)}::jsonb, ended_at = ${now.toString()},
        ended_by = ${by}
      where id = ${id} returning ${taskView}`.execute(tx);
    await raiseSignal(tx, schema, { eventId: id, name: taskSignal(task.run, task.step), payload: result }, now);
    return ok(toTask(done.rows[0] as RawTask));
  }
  return fail('not-found');
}
