// Rows of `runtime.idempotency`. The row is inserted first in the transaction of the effect: another process with the
// same key waits on it for at most 2 s, and a crash leaves either both or none. Whoever took a row writes to it under its
// fence: a number that is given once, so that who lost the row changes nothing, also when it was freed and taken anew.

import { type RawBuilder, sql } from 'kysely';
import { isPlanted } from '../kernel/index.ts';
import type { Answer } from '../pipeline/exchange.ts';
import type { Db, Tx } from '../ports/index.ts';
import { sweep } from '../store/sweep.ts';
import type { KeyPlace } from './fingerprint.ts';
import { RowSeal, seal } from './seal.ts';
import { columnsOf } from './stored-answer.ts';

export interface KeyRow {
  state: 'running' | 'started' | 'done' | 'unknown';
  fingerprint: Buffer;
  status: number | null;
  headers: string[] | null;
  body: Buffer | null;
  /** Id of the job that the call became. */
  job: string | null;
}

/** A place that is this call's, until its lease is over and somebody else takes it. */
export interface HeldPlace extends KeyPlace {
  fence: number;
}

/** The place is another call's now: what was done under it is undone, and nothing more is written. */
export class KeyLost extends Error {
  override readonly name = 'KeyLost';

  constructor() {
    super('the key was taken over');
  }
}

/**
 * Takes the place for this call, or gives the row of whoever was first. Rows past their end are taken over, and those of
 * an orchestrating call (`started`) whose lease is over.
 * Throws the driver's lock timeout (55P03) when the first is still running elsewhere after `waitMs`.
 */
export async function takePlace(
  db: Db | Tx,
  place: KeyPlace,
  options: {
    retainS: number;
    state: 'running' | 'started';
    waitMs: number;
    leaseMs?: number;
    statementMs?: number | undefined;
  },
): Promise<{ held: HeldPlace } | { row: KeyRow | undefined }> {
  const taken = await sql<{ fence: number }>`
    insert into runtime.idempotency as row
      (principal_hash, operation_id, key_hash, fingerprint, state, fence, lease_until, created_at, expires_at)
    select ${place.principalHash}, ${place.operation}, ${place.keyHash}, ${place.fingerprint}, ${options.state},
      nextval('runtime.idempotency_fence'), now() + make_interval(secs => ${(options.leaseMs ?? 0) / 1000}), now(), now() + make_interval(secs => ${options.retainS})
    from (select set_config('lock_timeout', ${`${options.waitMs}ms`}, true),
      set_config('statement_timeout', ${`${options.statementMs ?? 0}ms`}, true)) as patience
    on conflict (principal_hash, operation_id, key_hash) do update
      set fingerprint = excluded.fingerprint, state = excluded.state, fence = excluded.fence, status = null,
        headers = null, body = null, job_id = null, lease_until = excluded.lease_until, created_at = excluded.created_at,
        expires_at = excluded.expires_at
      where row.expires_at <= now()
        or (row.state = 'started' and row.lease_until <= now() and row.fingerprint = excluded.fingerprint)
    returning fence`.execute(db);
  const [mine] = taken.rows;
  return mine === undefined ? { row: await readPlace(db, place) } : { held: { ...place, fence: mine.fence } };
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

const mine = ({ principalHash, operation, keyHash, fence }: HeldPlace): RawBuilder<unknown> => sql`
  where principal_hash = ${principalHash} and operation_id = ${operation} and key_hash = ${keyHash}
    and ${isPlanted('fence.skipped') ? sql`true` : sql`fence = ${fence}`} and state in ('running', 'started')`;

function demandOne(count: bigint | undefined): void {
  if (count !== 1n) throw new KeyLost();
}

/** Prolongs the lease. Throws KeyLost. */
export async function keepPlace(db: Db, held: HeldPlace, leaseMs: number): Promise<void> {
  const kept = await sql`
    update runtime.idempotency set lease_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000})
    ${mine(held)} and expires_at > now()`.execute(db);
  demandOne(kept.numAffectedRows);
}

/** In a transaction: nobody takes the place before it has ended. Throws KeyLost. */
export async function demandPlace(db: Db | Tx, held: HeldPlace): Promise<void> {
  const found = await sql`select fence from runtime.idempotency ${mine(held)} for share`.execute(db);
  demandOne(BigInt(found.rows.length));
}

/**
 * Stores the answer: the bytes stored are the bytes sent. `job`: what the call became, when it goes on. Throws KeyLost.
 */
export async function finishPlace(
  db: Db | Tx,
  place: HeldPlace,
  answer: Answer,
  job: string | null = null,
): Promise<void> {
  const { headers, body: sent } = columnsOf(answer);
  const changed = sent && isPlanted('answer.changed') ? Buffer.concat([sent, Buffer.from(' ')]) : sent;
  const body = changed === null || place.seal === undefined ? changed : seal(place.seal, changed);
  const stored = await sql`
    update runtime.idempotency
    set state = 'done', status = ${answer.status}, headers = ${headers}::jsonb, body = ${body}, job_id = ${job}
    ${mine(place)}`.execute(db);
  demandOne(stored.numAffectedRows);
}

/**
 * It is not known whether the call took effect: the key stays taken until the job (its monitor) knows, without one for as
 * long as keys are kept. Throws KeyLost.
 */
export async function holdPlace(db: Db | Tx, place: HeldPlace, job: string | null): Promise<void> {
  const changed = await sql`
    update runtime.idempotency set state = 'unknown', job_id = ${job}, lease_until = null ${mine(place)}`.execute(db);
  demandOne(changed.numAffectedRows);
}

/**
 * What came of a call whose outcome was unknown; undefined = nothing, so that the key may be used again. Who finds it out
 * knows the caller's key no more: it is sealed for the row of the job, with the deployment's key (`own`).
 */
export async function settlePlace(db: Db | Tx, job: string, answer: Answer | undefined, own?: string): Promise<void> {
  if (answer === undefined) {
    await sql`delete from runtime.idempotency where job_id = ${job} and state = 'unknown'`.execute(db);
    return;
  }
  const { headers, body } = columnsOf(answer);
  await sql`
    update runtime.idempotency
    set state = 'done', status = ${answer.status}, headers = ${headers}::jsonb,
      body = ${new RowSeal(own, job).close(body)}
    where job_id = ${job} and state = 'unknown'`.execute(db);
}

/** Frees the key after a failure: the same key may run again. Throws KeyLost. */
export async function dropPlace(db: Db, place: HeldPlace): Promise<void> {
  const dropped = await sql`delete from runtime.idempotency ${mine(place)}`.execute(db);
  demandOne(dropped.numAffectedRows);
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
  return sweep(
    db,
    (most) => sql`
      delete from runtime.idempotency where ctid in
        (select ctid from runtime.idempotency where expires_at <= now() limit ${most})`,
  );
}

/** True for the driver's "another transaction holds it" after the lock timeout. */
export function isLockTimeout(error: unknown): boolean {
  for (let depth = 0, next = error; depth < 4 && typeof next === 'object' && next !== null; depth++) {
    if ((next as { code?: unknown }).code === '55P03') return true;
    next = (next as { cause?: unknown }).cause;
  }
  return false;
}
