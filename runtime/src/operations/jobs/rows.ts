// Rows of `runtime.operation_job`. Every write of a worker says `where fence = mine`; 0 rows mean that the job was
// cancelled or taken over, and the worker stops. Leases live by the database's clock. What was asked, how far it is and what
// came of it are sealed for the row (seal.ts).

import { sql } from 'kysely';
import type { Principal } from '../../kernel/index.ts';
import type { Answer } from '../../pipeline/exchange.ts';
import type { Db, Tx } from '../../ports/index.ts';
import { sweep } from '../../store/sweep.ts';
import { readTrace, traceText, type Trace } from '../../telemetry/trace.ts';
import type { Callback } from '../callbacks.ts';
import { RowSeal } from '../seal.ts';
import { columnsOf } from '../stored-answer.ts';
import { endedColumns, type EndedJob, tellEnd, type Telling } from './ended.ts';

export type JobState = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled';

/** Seconds without a heartbeat after which another process takes the job. */
export const leaseS = 15;

/** Seconds a job that is due may lie in the queue before it is put there again. */
const overdueS = 30;

/** Seconds within which a job ends, or its retention when that is longer: then it is gone. */
const mostLifeS = 86_400;

export interface JobProgress {
  done: number;
  total?: number;
  note?: string;
}

/** What its principal may see. */
export interface JobRow {
  id: string;
  operation: string;
  state: JobState;
  progress: JobProgress | null;
  status: number | null;
  headers: string[] | null;
  body: Buffer | null;
  /** The answer was sealed with another key: it is gone. */
  isLost?: boolean;
  /** One higher with each change. */
  revision: number;
  created: Temporal.Instant;
  updated: Temporal.Instant;
  expires: Temporal.Instant;
}

/** The call as it was made. A body that is not JSON travels beside it. */
export interface StoredCall {
  input: Record<string, unknown>;
  /** Business key of what it starts: the same for each attempt. */
  key: string;
  expectedVersion?: number | undefined;
  decisionId?: string | undefined;
  /** Where the outcome is sent. */
  callbacks?: readonly Callback[] | undefined;
  /** What the caller is called: it is nowhere else in the row. */
  name?: string | undefined;
}

export interface NewJob {
  id: string;
  operation: string;
  principalHash: Buffer;
  principal: Principal;
  call: StoredCall;
  irrevocable: boolean;
  /** Where the call was made. */
  trace: Trace;
  retainS: number;
  /** Seconds its Idempotency-Key is known; the job is kept as long. */
  keyRetainS: number | undefined;
}

/** A job under a lease. */
export interface TakenJob {
  id: string;
  fence: number;
  attempts: number;
  operation: string;
  principal: Principal;
  /** undefined: it was sealed with another key. */
  call: StoredCall | undefined;
  trace: Trace;
  seal: RowSeal;
}

const seen = sql.raw(`id, operation, state, progress, status, headers, answer as body, revision,
  created_at as created, updated_at as updated, expires_at as expires`);
const changed = sql.raw('revision = revision + 1, updated_at = clock_timestamp()');

/** @param own the deployment's key, with which it is sealed; undefined = there is none. */
export async function insertJob(tx: Tx, job: NewJob, own?: string): Promise<JobRow> {
  const { call } = job;
  const { name, ...principal } = job.principal;
  const { body, ...input } = call.input;
  const bytes = body instanceof Uint8Array ? body : null;
  const stored = { ...call, name, input: bytes === null ? call.input : input };
  const seal = new RowSeal(own, job.id);
  const { retainS, keyRetainS = 0 } = job;
  const { rows } = await sql<JobRow>`
    insert into runtime.operation_job (id, operation, principal_hash, principal, call, body, state, lease_until,
      irrevocable, trace_id, retain_s, key_until, expires_at)
    values (${job.id}, ${job.operation}, ${job.principalHash},
      ${JSON.stringify({ ...principal, scopes: [...principal.scopes] })}::jsonb, ${seal.closeJson(stored)}::jsonb,
      ${seal.close(bytes)}, 'queued', now() + make_interval(secs => ${overdueS}), ${job.irrevocable}, ${traceText(job.trace)}, ${retainS},
      now() + make_interval(secs => ${keyRetainS}),
      now() + make_interval(secs => ${Math.max(retainS, keyRetainS, mostLifeS)}))
    returning ${seen}`.execute(tx);
  return rows[0] as JobRow;
}

/** The job of this principal; undefined when there is none, it is another's, or its time is over. */
export async function readJob(
  db: Db | Tx,
  id: string,
  principalHash: Buffer,
  own?: string,
): Promise<JobRow | undefined> {
  const { rows } = await sql<JobRow>`
    select ${seen} from runtime.operation_job
    where id = ${id} and principal_hash = ${principalHash} and expires_at > now()`.execute(db);
  return rows[0] && opened(rows[0], new RowSeal(own, id));
}

function opened(row: JobRow, seal: RowSeal): JobRow {
  const { progress, body } = row;
  const answer = body === null ? null : seal.open(body);
  return {
    ...row,
    progress: progress === null ? null : (seal.openJson(progress) ?? null),
    body: answer ?? null,
    isLost: answer === undefined,
  };
}

export async function readRevisions(db: Db, ids: readonly string[]): Promise<{ id: string; revision: number }[]> {
  const { rows } = await sql<{ id: string; revision: number }>`
    select id, revision from runtime.operation_job where id = any(${ids})`.execute(db);
  return rows;
}

type StoredPrincipal = Omit<Principal, 'scopes'> & { scopes: string[] };

const principalOf = (stored: StoredPrincipal): Principal => ({ ...stored, scopes: new Set(stored.scopes) });

/** Jobs that wait for a worker, by whose they are. Those that wait for another system are not among them. */
export async function waitingJobs(db: Db): Promise<{ principal: Principal; ids: string[] }[]> {
  const { rows } = await sql<{ principal: StoredPrincipal; ids: string[] }>`
    select principal, array_agg(id order by id) as ids from runtime.operation_job
    where lease_until is not null and state in ('queued', 'waiting') group by principal`.execute(db);
  return rows.map(({ principal, ids }) => ({ principal: principalOf(principal), ids }));
}

/** Takes a job that nobody holds; undefined when it has ended, is held, waits for another system, or is past its time. */
export async function takeJob(db: Db, id: string, own?: string): Promise<TakenJob | undefined> {
  type Raw = Omit<TakenJob, 'trace' | 'seal'> & {
    trace: string;
    principal: StoredPrincipal;
    call: StoredCall | string;
    body: Buffer | null;
  };
  const { rows } = await sql<Raw>`
    update runtime.operation_job
    set state = 'running', fence = fence + 1, attempts = attempts + 1, ${changed},
      lease_until = now() + make_interval(secs => ${leaseS})
    where id = ${id} and expires_at > now()
      and (state = 'queued' or (state = 'waiting' and lease_until is not null)
        or (state = 'running' and lease_until <= now()))
    returning id, fence, attempts, operation, principal, call, body, trace_id as trace`.execute(db);
  const row = rows[0];
  if (row === undefined) return undefined;
  const { principal, trace, body: _, ...rest } = row;
  const seal = new RowSeal(own, id);
  const call = callOf(row, seal);
  const named = call?.name === undefined ? principal : { ...principal, name: call.name };
  return { ...rest, seal, call, trace: readTrace(trace), principal: principalOf(named) };
}

function callOf({ call, body }: { call: StoredCall | string; body: Buffer | null }, seal: RowSeal) {
  const opened = seal.openJson(call);
  const bytes = body === null ? null : seal.open(body);
  if (opened === undefined || bytes === undefined) return undefined;
  return bytes === null ? opened : { ...opened, input: { ...opened.input, body: bytes } };
}

type Held = Pick<TakenJob, 'id' | 'fence'>;
type Sealing = Held & Pick<TakenJob, 'seal'>;

const mine = ({ id, fence }: Held) => sql`where id = ${id} and fence = ${fence} and state = 'running'`;

/** Prolongs the lease; false = the job is no longer this worker's. */
export async function keepJob(db: Db, held: Held): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update runtime.operation_job set lease_until = now() + make_interval(secs => ${leaseS})
    ${mine(held)} and expires_at > now()`.execute(db);
  return numAffectedRows === 1n;
}

/** From here on it cannot be cancelled. The row stays locked until `db` commits: nobody takes the job meanwhile. */
export async function passPoint(db: Db | Tx, held: Held): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update runtime.operation_job set irrevocable = true ${mine(held)}`.execute(db);
  return numAffectedRows === 1n;
}

export async function saveProgress(db: Db, held: Sealing, progress: JobProgress): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update runtime.operation_job set progress = ${held.seal.closeJson(progress)}::jsonb, ${changed}
    ${mine(held)}`.execute(db);
  return numAffectedRows === 1n;
}

/**
 * The end, and the word of it. What was asked is forgotten; what came of it is kept. False = the job is no longer this
 * worker's.
 */
export async function endJob(
  tx: Tx,
  { job, unsaved }: { job: Sealing; unsaved: JobProgress | undefined },
  { answer, isDone }: { answer: Answer; isDone: boolean },
  telling: Telling,
): Promise<boolean> {
  const { headers, body } = columnsOf(answer);
  const state: JobState = isDone ? 'succeeded' : 'failed';
  const { rows } = await sql<EndedJob>`
    update runtime.operation_job
    set state = ${state}, status = ${answer.status}, headers = ${headers}::jsonb, answer = ${job.seal.close(body)}, call = null, body = null,
      progress = coalesce(${unsaved === undefined ? null : job.seal.closeJson(unsaved)}::jsonb, progress), ${changed},
      lease_until = null, expires_at = greatest(now() + make_interval(secs => retain_s), key_until)
    ${mine(job)} returning ${endedColumns}`.execute(tx);
  return tellEnd(tx, rows, telling);
}

/** Lets the job go, to be tried again after `delayS`. `isFree`: this attempt does not count. */
export async function releaseJob(db: Db | Tx, held: Held, next: { delayS: number; isFree: boolean }): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update runtime.operation_job
    set state = ${next.isFree ? 'queued' : 'waiting'}, fence = fence + 1, ${changed},
      attempts = attempts - ${next.isFree ? 1 : 0},
      lease_until = now() + make_interval(secs => ${next.isFree ? 0 : next.delayS + overdueS})
    ${mine(held)}`.execute(db);
  return numAffectedRows === 1n;
}

/** Its end is no longer a worker's to write: what another system comes to is awaited for `monitorS` at most. */
export async function leaveToOutcome(db: Db, held: Held, monitorS: number): Promise<void> {
  await sql`
    update runtime.operation_job
    set state = 'waiting', call = null, body = null, lease_until = null, irrevocable = true, ${changed},
      expires_at = greatest(expires_at, now() + make_interval(secs => ${monitorS}))
    ${mine(held)}`.execute(db);
}

/**
 * Cancels, and says so, unless it has ended or is past the point of no return; a worker under way finds its fence gone. A job
 * whose fence is still `unbegun` has done nothing yet: it has no such point, also where its contract allows no cancelling.
 */
export async function cancelJob(tx: Tx, id: string, telling: Telling, unbegun = -1): Promise<boolean> {
  const { rows } = await sql<EndedJob>`
    update runtime.operation_job
    set state = 'cancelled', fence = fence + 1, call = null, body = null, lease_until = null, ${changed},
      expires_at = greatest(now() + make_interval(secs => retain_s), key_until)
    where id = ${id} and (not irrevocable or fence = ${unbegun}) and state in ('queued', 'waiting', 'running')
    returning ${endedColumns}`.execute(tx);
  return tellEnd(tx, rows, telling);
}

/** Jobs whose worker died, or that nobody began: at most 100, longest first. */
export async function orphanedJobs(db: Db): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from runtime.operation_job
    where lease_until <= now() and expires_at > now() order by lease_until limit 100`.execute(db);
  return rows.map(({ id }) => id);
}

/** Deletes up to 1,000 jobs past their time; returns how many. */
export async function sweepJobs(db: Db): Promise<number> {
  return sweep(
    db,
    (most) => sql`
      delete from runtime.operation_job where id in
        (select id from runtime.operation_job where expires_at <= now() limit ${most})`,
  );
}
