// Rows of `runtime.upstream_call`: a write to another system is noted under its key before it is sent. Who finds the row
// again (a repetition, another process, the reconcile job) knows what may have happened and never sends blindly. What was
// asked and what came of it are sealed for the row (seal.ts) with the deployment's key: `own`, undefined = there is none.

import { type RawBuilder, sql } from 'kysely';
import type { Reply } from '../../context.ts';
import { type Principal, whoHash } from '../../kernel/index.ts';
import type { Answer } from '../../pipeline/exchange.ts';
import type { Db, Tx } from '../../ports/index.ts';
import { sweep } from '../../store/sweep.ts';
import type { Callback } from '../callbacks.ts';
import { endedColumns, type EndedJob, tellEnd, type Telling } from '../jobs/ended.ts';
import { settlePlace } from '../key-rows.ts';
import { RowSeal } from '../seal.ts';
import { columnsOf, mostKeptBytes } from '../stored-answer.ts';

/** Seconds until the reference of an unknown outcome is looked up: the n-th time. Then a person must. */
export const askAfterS = [1, 5, 30, 300] as const;

/** What they took on goes on being asked about after that, every so many seconds, and so often: a day. */
const longAskS = 300;
const mostAsked = 288;

/** Seconds after which a call that our own guards keep from being asked about uses up its turns all the same. */
export const mostUnaskedS = 3600;

/** Seconds a row is kept, so that a late repetition still finds it. What nobody knows the end of stays. */
const keepS = 7 * 86_400;

/** Seconds a monitor can be read; longer than a person needs. */
export const monitorS: number = 30 * 86_400;

export interface NewUpstreamCall {
  /** Scoped key of the request: one row, one effect. */
  key: string;
  upstream: string;
  /** `accounts.createTransfer`. */
  operation: string;
  /** What the other side knows it by. */
  reference: string;
  /** The release that is asked, where there are several: it is asked again. */
  release: string;
  /** Hash of the input: the same key with another wish is refused. */
  fingerprint: string;
  input: Readonly<Record<string, unknown>>;
  principal: Principal;
  traceId: string;
  /** Where its outcome is sent. */
  callbacks: readonly Callback[] | undefined;
}

export interface UpstreamCallRow {
  key: string;
  upstream: string;
  operation: string;
  reference: string;
  /** null: noted before releases were. */
  release: string | null;
  fingerprint: string;
  input: Record<string, unknown>;
  principal: Principal;
  traceId: string;
  callbacks: Callback[] | null;
  state: 'started' | 'done' | 'unknown' | 'human';
  /** `isKept` false: it was larger than 1 MiB, and only its status is here. */
  reply: (Pick<Reply, 'status' | 'body'> & { isKept?: false }) | null;
  job: string | null;
  /** How often its reference was looked up. */
  asked: number;
  /** They said that they will do it (202): it is theirs to finish, and may take long. */
  isAccepted: boolean;
  /** Seconds since it was sent, by the database's clock. */
  ageS: number;
  /** What was asked or answered was sealed with another key: it is gone, and `input` is empty. */
  isLost: boolean;
}

/** A row as it is stored. */
export type KeptCall = Omit<UpstreamCallRow, 'isLost' | 'input' | 'reply'> & {
  input: UpstreamCallRow['input'] | string;
  reply: NonNullable<UpstreamCallRow['reply']> | string | null;
};

export function openCall(kept: KeptCall, own: string | undefined): UpstreamCallRow {
  const seal = new RowSeal(own, kept.key);
  const input = seal.openJson(kept.input);
  const reply = kept.reply === null ? null : seal.openJson(kept.reply);
  const isLost = input === undefined || reply === undefined;
  return { ...kept, input: input ?? {}, reply: reply ?? null, isLost };
}

export const callColumns: RawBuilder<unknown> =
  sql.raw(`key, upstream, operation, reference, release, fingerprint, input, principal, trace_id as "traceId", callbacks, state,
  reply, job_id as job, asked, accepted as "isAccepted", extract(epoch from clock_timestamp() - sent_at)::float8 as "ageS"`);

/** Notes the call: 'new', or the row of an earlier attempt under this key. */
export async function noteCall(db: Db | Tx, call: NewUpstreamCall, own?: string): Promise<'new' | UpstreamCallRow> {
  const { name: _, ...principal } = call.principal;
  const { rows } = await sql`
    insert into runtime.upstream_call (key, upstream, operation, reference, release, fingerprint, input, principal, trace_id,
      callbacks, state, expires_at)
    values (${call.key}, ${call.upstream}, ${call.operation}, ${call.reference}, ${call.release}, ${call.fingerprint},
      ${new RowSeal(own, call.key).closeJson(call.input)}::jsonb, ${JSON.stringify({ ...principal, scopes: [] })}::jsonb, ${call.traceId},
      ${call.callbacks === undefined ? null : JSON.stringify(call.callbacks)}::jsonb, 'started', now() + make_interval(secs => ${keepS}))
    on conflict (key) do nothing returning key`.execute(db);
  if (rows.length > 0) return 'new';
  const found = await sql<KeptCall>`
    select ${callColumns} from runtime.upstream_call where key = ${call.key}`.execute(db);
  const [row] = found.rows;
  // Swept or forgotten between the two statements: then nobody else is at it.
  return row === undefined ? 'new' : openCall(row, own);
}

/** It certainly did not take effect: the key is free. */
export async function forgetCall(db: Db | Tx, key: string): Promise<void> {
  await sql`delete from runtime.upstream_call where key = ${key} and state = 'started'`.execute(db);
}

/** It certainly took effect; what was asked is forgotten. False = somebody else has written so before; then no facts are told again. */
export async function concludeCall(
  tx: Tx,
  key: string,
  reply: Pick<Reply, 'status' | 'body'>,
  own?: string,
): Promise<boolean> {
  const isKept = Buffer.byteLength(JSON.stringify(reply)) <= mostKeptBytes;
  const kept = new RowSeal(own, key).closeJson(isKept ? reply : { status: reply.status, isKept });
  const { numAffectedRows } = await sql`
    update runtime.upstream_call set state = 'done', reply = ${kept}::jsonb, ask_at = null, input = '{}',
      callbacks = null
    where key = ${key} and state <> 'done'`.execute(tx);
  return numAffectedRows === 1n;
}

export interface Doubt {
  key: string;
  /** Id of the monitor to make. */
  job: string;
  /** False: there is nothing to look up by, so a person must find out. */
  canAsk: boolean;
  isAccepted?: boolean;
}

/**
 * It may have taken effect: the call waits for an answer, and its monitor can be read. Gives the monitor's id. A call
 * that is a job already has that one as its monitor (`leaveToOutcome`).
 */
export async function doubtCall(tx: Tx, { key, job, canAsk, isAccepted = false }: Doubt): Promise<string> {
  const { rows } = await sql<KeptCall>`
    update runtime.upstream_call
    set state = ${canAsk ? 'unknown' : 'human'}, job_id = coalesce(job_id, ${job}),
      accepted = accepted or ${isAccepted},
      ask_at = ${canAsk ? sql`clock_timestamp() + make_interval(secs => ${askAfterS[0]})` : null}
    where key = ${key} and state in ('started', 'unknown', 'human') returning ${callColumns}`.execute(tx);
  const row = rows[0];
  if (row?.job !== job) return row?.job ?? job;
  const progress = canAsk ? null : JSON.stringify({ done: 0, note: 'A person has to find out.' });
  await sql`
    insert into runtime.operation_job (id, operation, principal_hash, principal, state, lease_until, irrevocable,
      progress, trace_id, retain_s, expires_at)
    values (${job}, ${row.operation}, ${whoHash(row.principal)}, ${JSON.stringify(row.principal)}::jsonb, 'waiting', null,
      true, ${progress}::jsonb, ${row.traceId}, ${monitorS}, now() + make_interval(secs => ${monitorS}))
    on conflict (id) do update set progress = excluded.progress, revision = operation_job.revision + 1`.execute(tx);
  return job;
}

/** Calls to be asked about now, at most 100; each is put off, so that no other process asks about it too. */
export async function takeDoubts(db: Db, own?: string): Promise<UpstreamCallRow[]> {
  const { rows } = await sql<KeptCall>`
    update runtime.upstream_call set ask_at = clock_timestamp() + interval '30 seconds'
    where key in (
      select key from runtime.upstream_call where state = 'unknown' and ask_at <= clock_timestamp()
      order by ask_at limit 100 for update skip locked)
    returning ${callColumns}`.execute(db);
  return rows.map((row) => openCall(row, own));
}

/** Asked and still not known: the next time, or a person's turn. True = it is a person's. */
export async function putOff(db: Db, { key, asked, job, isAccepted }: UpstreamCallRow): Promise<boolean> {
  const nextS = askAfterS[asked + 1] ?? (isAccepted && asked < mostAsked ? longAskS : undefined);
  await sql`
    update runtime.upstream_call
    set asked = asked + 1, state = ${nextS === undefined ? 'human' : 'unknown'},
      ask_at = ${nextS === undefined ? null : sql`clock_timestamp() + make_interval(secs => ${nextS})`}
    where key = ${key} and state = 'unknown'`.execute(db);
  if (nextS !== undefined) return false;
  await sql`
    update runtime.operation_job
    set progress = '{"done":0,"note":"A person has to find out."}'::jsonb, revision = revision + 1,
      updated_at = clock_timestamp()
    where id = ${job}`.execute(db);
  return true;
}

/** It could not be asked about: again later, and no turn is used up. */
export async function putBack(db: Db, key: string, afterS: number): Promise<void> {
  await sql`
    update runtime.upstream_call set ask_at = clock_timestamp() + make_interval(secs => ${afterS})
    where key = ${key} and state = 'unknown'`.execute(db);
}

/** The end of a doubt: monitor and key get the answer, and its caller is told; `took`: whether there was an effect. */
export async function settleDoubt(
  tx: Tx,
  { key, job }: Pick<UpstreamCallRow, 'key' | 'job'>,
  { took, answer, own }: { took: boolean; answer: Answer; own: string | undefined },
  telling: Telling,
): Promise<void> {
  if (!took) await sql`delete from runtime.upstream_call where key = ${key} and state <> 'done'`.execute(tx);
  if (job === null) return;
  await settlePlace(tx, job, took ? answer : undefined, own);
  const { headers, body } = columnsOf(answer);
  const { rows } = await sql<EndedJob>`
    update runtime.operation_job
    set state = ${took ? 'succeeded' : 'failed'}, status = ${answer.status}, headers = ${headers}::jsonb,
      answer = ${new RowSeal(own, job).close(body)}, progress = null, call = null, body = null, lease_until = null,
      revision = revision + 1, updated_at = clock_timestamp()
    where id = ${job} returning ${endedColumns}`.execute(tx);
  await tellEnd(tx, rows, telling);
}

/** Deletes up to 1,000 rows past their end; what is not certain stays. */
export async function sweepCalls(db: Db): Promise<void> {
  await sweep(
    db,
    (most) => sql`
      delete from runtime.upstream_call where ctid in (
        select ctid from runtime.upstream_call
        where expires_at <= now() and state in ('started', 'done') limit ${most})`,
  );
}
