// Rows of `runtime.idempotency`. The row is inserted first in the transaction of the effect: another process with the
// same key waits on it for at most 2 s, and a crash leaves either both or none.

import { sql } from 'kysely';
import { isPlanted } from '../kernel/index.ts';
import type { Answer } from '../pipeline/exchange.ts';
import type { Db, Tx } from '../ports/index.ts';
import type { KeyPlace } from './fingerprint.ts';
import { seal } from './seal.ts';
import { columnsOf } from './stored-answer.ts';
import { twinWaitMs } from './twins.ts';

export interface KeyRow {
  state: 'running' | 'started' | 'done' | 'unknown';
  fingerprint: Buffer;
  status: number | null;
  headers: string[] | null;
  body: Buffer | null;
  /** Id of the job that the call became. */
  job: string | null;
}

/**
 * Takes the place for this call: 'mine', or the row of whoever was first. Rows past their end are taken over.
 * Throws the driver's lock timeout (55P03) when the first is still running elsewhere after 2 s.
 */
export async function takePlace(
  db: Db | Tx,
  place: KeyPlace,
  options: { retainS: number; state: 'running' | 'started'; leaseS: number; statementMs?: number | undefined },
): Promise<'mine' | KeyRow | undefined> {
  const taken = await sql<{ state: string }>`
    insert into runtime.idempotency as row
      (principal_hash, operation_id, key_hash, fingerprint, state, fence, lease_until, created_at, expires_at)
    select ${place.principalHash}, ${place.operation}, ${place.keyHash}, ${place.fingerprint}, ${options.state}, 1,
      now() + make_interval(secs => ${options.leaseS}), now(), now() + make_interval(secs => ${options.retainS})
    from (select set_config('lock_timeout', ${`${twinWaitMs}ms`}, true),
      set_config('statement_timeout', ${`${options.statementMs ?? 0}ms`}, true)) as patience
    on conflict (principal_hash, operation_id, key_hash) do update
      set fingerprint = excluded.fingerprint, state = excluded.state, fence = row.fence + 1, status = null,
        headers = null, body = null, job_id = null, lease_until = excluded.lease_until, created_at = excluded.created_at,
        expires_at = excluded.expires_at
      where row.expires_at <= now()
        or (row.state = 'started' and row.lease_until <= now() and row.fingerprint = excluded.fingerprint)
    returning state`.execute(db);
  if (taken.rows.length > 0) return 'mine';
  return readPlace(db, place);
}

/** No statement of this transaction runs longer: what nobody waits for holds no locks. */
export async function limitStatements(tx: Tx, statementMs: number): Promise<void> {
  await sql`select set_config('statement_timeout', ${`${statementMs}ms`}, true)`.execute(tx);
}

export async function readPlace(db: Db | Tx, place: KeyPlace): Promise<KeyRow | undefined> {
  const found = await sql<KeyRow>`
    select state, fingerprint, status, headers, body, job_id as job from runtime.idempotency
    where principal_hash = ${place.principalHash} and operation_id = ${place.operation} and key_hash = ${place.keyHash}`.execute(
    db,
  );
  return found.rows[0];
}

/** Stores the answer: the bytes stored are the bytes sent. `job`: what the call became, when it goes on. */
export async function finishPlace(
  db: Db | Tx,
  place: KeyPlace,
  answer: Answer,
  job: string | null = null,
): Promise<void> {
  const { headers, body: sent } = columnsOf(answer);
  const changed = sent && isPlanted('answer.changed') ? Buffer.concat([sent, Buffer.from(' ')]) : sent;
  const body = changed === null || place.seal === undefined ? changed : seal(place.seal, changed);
  await sql`
    update runtime.idempotency
    set state = 'done', status = ${answer.status}, headers = ${headers}::jsonb, body = ${body}, job_id = ${job}
    where principal_hash = ${place.principalHash} and operation_id = ${place.operation} and key_hash = ${place.keyHash}`.execute(
    db,
  );
}

/** It is not known whether the call took effect: the key stays taken until the job (its monitor) knows. */
export async function holdPlace(db: Db | Tx, place: KeyPlace, job: string): Promise<void> {
  await sql`
    update runtime.idempotency set state = 'unknown', job_id = ${job}, lease_until = null
    where principal_hash = ${place.principalHash} and operation_id = ${place.operation} and key_hash = ${place.keyHash}`.execute(
    db,
  );
}

/** What came of a call whose outcome was unknown; undefined = nothing, so that the key may be used again. */
export async function settlePlace(db: Db | Tx, job: string, answer: Answer | undefined): Promise<void> {
  if (answer === undefined) {
    await sql`delete from runtime.idempotency where job_id = ${job} and state = 'unknown'`.execute(db);
    return;
  }
  const { headers, body } = columnsOf(answer);
  await sql`
    update runtime.idempotency
    set state = 'done', status = ${answer.status}, headers = ${headers}::jsonb, body = ${body}
    where job_id = ${job} and state = 'unknown'`.execute(db);
}

/** Frees the key after a failure: the same key may run again. */
export async function dropPlace(db: Db, place: KeyPlace): Promise<void> {
  await sql`
    delete from runtime.idempotency
    where principal_hash = ${place.principalHash} and operation_id = ${place.operation} and key_hash = ${place.keyHash}
      and state = 'started'`.execute(db);
}

/** Inside the transaction of a write: a final business refusal undoes the handler's rows and keeps the key's. */
export const savepoint = {
  async set(tx: Tx): Promise<void> {
    await sql`savepoint effect`.execute(tx);
  },
  async back(tx: Tx): Promise<void> {
    await sql`rollback to savepoint effect`.execute(tx);
  },
} as const;

/** Deletes up to 1,000 rows past their end; returns how many. Run by a job. */
export async function sweepKeys(db: Db): Promise<number> {
  const swept = await sql`
    delete from runtime.idempotency where ctid in
      (select ctid from runtime.idempotency where expires_at <= now() limit 1000)`.execute(db);
  return Number(swept.numAffectedRows ?? 0n);
}

/** True for the driver's "another transaction holds it" after the lock timeout. */
export function isLockTimeout(error: unknown): boolean {
  for (let depth = 0, next = error; depth < 4 && typeof next === 'object' && next !== null; depth++) {
    if ((next as { code?: unknown }).code === '55P03') return true;
    next = (next as { cause?: unknown }).cause;
  }
  return false;
}
