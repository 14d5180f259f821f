// Reading and writing of runs and steps. Every write under a lease says `where fence = mine`; 0 rows mean that somebody
// took over, and the worker stops. Leases live by the database's clock, `due_at` by business time.

import { type RawBuilder, sql } from 'kysely';
import type { BaseContext } from '../context.ts';
import { isPlanted } from '../kernel/index.ts';
import type { Db, Tx } from '../ports/index.ts';
import { traceText } from '../telemetry/trace.ts';

export type RunState =
  | 'running'
  | 'sleeping'
  | 'waiting'
  | 'undoing'
  | 'paused'
  | 'parked'
  | 'completed'
  | 'failed'
  | 'cancelled';

export interface RunRow {
  id: string;
  schema: string;
  workflow: string;
  version: number;
  key: string;
  input: unknown;
  customer: string | null;
  /** Where it was started (`traceText`); of earlier versions the trace id alone. */
  trace: string;
  channel: string | null;
  decision: string | null;
  state: RunState;
  fence: string;
  attempts: number;
  result: unknown;
  error: string | null;
  startedAt: Temporal.Instant;
}

export interface StepRow {
  name: string;
  ordinal: number;
  kind: 'tx' | 'call' | 'sleep' | 'signal' | 'task' | 'patch' | 'undo';
  hash: string;
  state: 'started' | 'done' | 'failed';
  /** [operation, input]; null = nothing to undo. */
  undo: readonly [operation: string, input: unknown] | null;
  result: unknown;
  error: { code: string; document: Record<string, unknown> } | null;
  endedAt: Temporal.Instant | null;
}

/** A worker whose lease was taken over: it stops at once and writes nothing. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

export const runs = (schema: string): RawBuilder<unknown> => sql.table(`${schema}.workflow_run`);
export const steps = (schema: string): RawBuilder<unknown> => sql.table(`${schema}.workflow_step`);
/** The fence of this worker is the run's: nobody took over. */
const mine = (run: RunRow): RawBuilder<unknown> =>
  isPlanted('fence.skipped') ? sql`true` : sql`fence = ${run.fence}::bigint`;
export const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

// Single-word names and texts: the same whatever mappings the driver has.
export const iso = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
const runColumns =
  sql.raw(`id::text as id, workflow, code_version as version, business_key as key, input, customer_id as customer,
  trace_id as trace, channel, decision_id as decision, state, fence::text as fence, attempts, result, error,
  ${iso('started_at')} as started`);

type RawRun = Omit<RunRow, 'schema' | 'startedAt'> & { started: string };

const toRun = (schema: string, { started, ...row }: RawRun): RunRow => ({
  ...row,
  schema,
  startedAt: Temporal.Instant.from(started),
});

export interface NewRun {
  id: string;
  workflow: string;
  version: number;
  key: string;
  input: unknown;
  base: BaseContext;
}

/** Idempotent by (workflow, key); false when that run was there before. */
export async function insertRun(tx: Tx, schema: string, run: NewRun): Promise<boolean> {
  const { principal, trace, decisionId, clock } = run.base;
  const now = clock.now().toString();
  const inserted = await sql`
    insert into ${runs(schema)} (id, workflow, code_version, business_key, input, customer_id, trace_id, channel,
      decision_id, state, due_at, started_at)
    values (${run.id}, ${run.workflow}, ${run.version}, ${run.key}, ${json(run.input ?? null)}::jsonb,
      ${principal.customerId ?? null}, ${traceText(trace)}, ${principal.channel}, ${decisionId ?? null}, 'running', ${now},
      ${now})
    on conflict (workflow, business_key) do nothing`.execute(tx);
  return inserted.numAffectedRows === 1n;
}

export interface Claim {
  schema: string;
  /** `name@version` this process can run; runs of other versions wait for one that can. */
  versions: readonly string[];
  now: Temporal.Instant;
  most: number;
  owner: string;
  leaseMs: number;
}

/** Takes due runs that nobody holds: lease and a new fence. */
export async function claimDue(db: Db, claim: Claim): Promise<RunRow[]> {
  const { schema, versions, now, most, owner, leaseMs } = claim;
  const claimed = await sql<RawRun>`
    update ${runs(schema)} set fence = fence + 1, owner = ${owner},
      lease_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::double precision)
    where id in (
      select id from ${runs(schema)}
      where state in ('running', 'sleeping', 'waiting', 'undoing') and due_at <= ${now.toString()}
        and workflow || '@' || code_version = any(${versions}::text[])
        and (lease_until is null or lease_until <= clock_timestamp())
      order by due_at limit ${most} for update skip locked)
    returning ${runColumns}`.execute(db);
  return claimed.rows.map((row) => toRun(schema, row));
}

/** False when somebody else has the run. */
export async function renewLease(db: Db, run: RunRow, leaseMs: number): Promise<boolean> {
  const renewed = await sql`
    update ${runs(run.schema)}
    set lease_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::double precision)
    where id = ${run.id} and ${mine(run)} and lease_until is not null`.execute(db);
  return renewed.numAffectedRows === 1n;
}

export interface RunChange {
  state: RunState;
  dueAt?: Temporal.Instant;
  endedAt?: Temporal.Instant;
  result?: unknown;
  error?: string | null;
  attempts?: number;
  /** The worker goes on with the run. */
  keepLease?: boolean;
}

/** Changes a run and gives its lease back, unless told to keep it. Throws LeaseLost. */
export async function changeRun(db: Db, run: RunRow, change: RunChange): Promise<void> {
  const changed = await sql`
    update ${runs(run.schema)} set state = ${change.state}, attempts = ${change.attempts ?? 0},
      due_at = coalesce(${change.dueAt?.toString() ?? null}::timestamptz, due_at),
      lease_until = case when ${change.keepLease === true} then lease_until end,
      ended_at = ${change.endedAt?.toString() ?? null}::timestamptz,
      result = coalesce(${json(change.result)}::jsonb, result), error = ${change.error ?? null}
    where id = ${run.id} and ${mine(run)}`.execute(db);
  demandOne(changed.numAffectedRows);
}

export async function findRun(db: Db, schema: string, workflow: string, key: string): Promise<RunRow | undefined> {
  const found = await sql<RawRun>`
    select ${runColumns} from ${runs(schema)} where workflow = ${workflow} and business_key = ${key}`.execute(db);
  return found.rows[0] && toRun(schema, found.rows[0]);
}

/** Runs that are due now, held by somebody or not. */
export async function countDue(db: Db, schema: string, now: Temporal.Instant): Promise<number> {
  const found = await sql<{ due: string }>`
    select count(*)::text as due from ${runs(schema)}
    where state in ('running', 'sleeping', 'waiting', 'undoing') and due_at <= ${now.toString()}`.execute(db);
  return Number(found.rows[0]?.due ?? 0);
}

/** Steps of one run; each may have an undoing besides. */
export const mostSteps = 1_000;

/** The whole history of a run. */
export async function loadSteps(db: Db, run: RunRow): Promise<StepRow[]> {
  const found = await sql<Omit<StepRow, 'endedAt'> & { ended: string | null }>`
    select name, ordinal, kind, input_hash as hash, state, undo, result, error, ${sql.raw(iso('ended_at'))} as ended
    from ${steps(run.schema)} where run = ${run.id} order by ordinal limit ${2 * mostSteps}`.execute(db);
  return found.rows.map(({ ended, ...row }) => ({
    ...row,
    endedAt: ended === null ? null : Temporal.Instant.from(ended),
  }));
}

export interface NewStep extends Pick<StepRow, 'name' | 'ordinal' | 'kind' | 'hash' | 'undo'> {
  key?: string;
}

/** A step begins: attempt, key and undoing are durable before anything happens. */
export async function beginStep(db: Db, run: RunRow, step: NewStep): Promise<void> {
  const begun = await sql`
    insert into ${steps(run.schema)} as step (run, name, ordinal, kind, input_hash, state, provider_key, undo)
    select id, ${step.name}, ${step.ordinal}, ${step.kind}, ${step.hash}, 'started', ${step.key ?? null},
      ${json(step.undo ?? undefined)}::jsonb
    from ${runs(run.schema)} where id = ${run.id} and ${mine(run)} for share
    on conflict (run, name) do update set attempt = step.attempt + 1`.execute(db);
  demandOne(begun.numAffectedRows);
}

export interface StepEnd {
  name: string;
  state: 'done' | 'failed';
  result?: unknown;
  error?: StepRow['error'];
  at: Temporal.Instant;
}

/** A begun step ended. */
export async function endStep(db: Db, run: RunRow, end: StepEnd): Promise<void> {
  const ended = await sql`
    update ${steps(run.schema)} as step set state = ${end.state}, result = ${json(end.result)}::jsonb,
      error = ${json(end.error)}::jsonb, ended_at = ${end.at.toString()}::timestamptz
    from (select id from ${runs(run.schema)} where id = ${run.id} and ${mine(run)} for share) as mine
    where step.run = mine.id and step.name = ${end.name}`.execute(db);
  demandOne(ended.numAffectedRows);
}

/** A step that begins and ends in the same transaction as its effect. */
export async function insertDone(tx: Tx | Db, run: RunRow, step: NewStep & StepEnd): Promise<void> {
  const done = await sql`
    insert into ${steps(run.schema)} (run, name, ordinal, kind, input_hash, state, undo, result, ended_at)
    select id, ${step.name}, ${step.ordinal}, ${step.kind}, ${step.hash}, 'done', ${json(step.undo ?? undefined)}::jsonb,
      ${json(step.result)}::jsonb, ${step.at.toString()}::timestamptz
    from ${runs(run.schema)} where id = ${run.id} and ${mine(run)} for share`.execute(tx);
  demandOne(done.numAffectedRows);
}

function demandOne(count: bigint | undefined): void {
  if (count !== 1n) throw new LeaseLost('the lease of the run was taken over');
}
