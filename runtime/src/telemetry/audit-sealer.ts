// Seals what was committed, once a second, by whichever process holds the lock. Rows are taken in the order of their
// transactions' ids below the oldest one still open: nothing can commit behind what was sealed, and nothing is skipped.

import { sign } from 'node:crypto';
import { sql } from 'kysely';
import type { Log } from '../context.ts';
import { crashPoint, isPlantedNow, repeat } from '../kernel/index.ts';
import type { Database, Tx } from '../ports/index.ts';
import { type AuditKey, chainStart, checkpointText, recordText, sealOf } from './audit-chain.ts';

const sealEveryMs = 1000;
/** Rows sealed in one transaction, at most: it ends where a checkpoint is due. */
const rowsBetweenCheckpoints = 1000;
const secondsBetweenCheckpoints = 60;
/** Any fixed number: whoever holds this advisory lock seals. */
const sealerLock = 7_265_010;

export interface AuditSealerOptions {
  database: Database;
  key: AuditKey;
  log: Log;
}

export interface AuditSealer {
  /** Seals all that can be sealed now; the number of rows, or 0 when another process is at it. */
  seal(): Promise<number>;
  close(): Promise<void>;
}

/** Starts sealing. */
export function createAuditSealer({ database, key, log }: AuditSealerOptions): AuditSealer {
  let running: Promise<number> | undefined;
  const state = { isClosed: false };
  const sealAll = async (): Promise<number> => {
    let total = 0;
    while (!state.isClosed) {
      const sealed = await database.transaction((tx) => sealBatch(tx, key, log));
      if (sealed === 0) break;
      total += sealed;
    }
    return total;
  };
  const seal = (): Promise<number> =>
    (running ??= sealAll().finally(() => {
      running = undefined;
    }));
  const stop = repeat(sealEveryMs, () => {
    seal().catch((error: unknown) => {
      if (!state.isClosed) log.warn('sealing of the audit paused', { error: String(error) });
    });
  });
  return {
    seal,
    async close() {
      stop();
      await running?.catch(() => 0);
      // What the last second brought is sealed by whoever starts next.
      state.isClosed = true;
    },
  };
}

interface Head {
  seq: string;
  hash: Buffer;
  xid: string;
  row: string;
  checkpoint: string;
  /** Seconds since the last checkpoint. */
  age: number;
}

async function sealBatch(tx: Tx, key: AuditKey, log: Log): Promise<number> {
  const lock = await sql<{ mine: boolean }>`select pg_try_advisory_xact_lock(${sealerLock}) as mine`.execute(tx);
  if (lock.rows[0]?.mine !== true) return 0;
  const found = await sql<Head>`
    select s.seq::text as seq, s.hash, s.xid::text as xid, s.audit_id::text as row,
      coalesce(c.seq, 0)::text as checkpoint,
      coalesce(extract(epoch from clock_timestamp() - c.at), 1e9)::float8 as age
    from runtime.audit_seal s left join (
      select seq, at from runtime.audit_checkpoint order by seq desc limit 1) c on true
    order by s.seq desc limit 1`.execute(tx);
  const head = found.rows[0] ?? { seq: '0', hash: chainStart, xid: '0', row: '0', checkpoint: '0', age: 1e9 };
  const room = rowsBetweenCheckpoints - Number(BigInt(head.seq) - BigInt(head.checkpoint));
  const { rows } = await sql<Unsealed>`
    with a as (
      select * from runtime.audit
      where (xid, id) > (${head.xid}::xid8, ${head.row}::bigint) and xid < pg_snapshot_xmin(pg_current_snapshot())
      order by xid, id limit ${Math.max(1, room)})
    select a.id::text as row, a.xid::text as xid, s.object, s.before_digest as before, s.after_digest as after,
      ${recordText} as record
    from a cross join lateral (select a.event_ids[1] as first) f
    left join runtime.outbox o on o.event_id = f.first
    cross join lateral (
      select o.subject as object,
        (select sha256(convert_to(p.data::text, 'UTF8')) from runtime.outbox p
         where p.subject = o.subject and p.aggregate_seq = o.aggregate_seq - 1) as before_digest,
        sha256(convert_to(o.data::text, 'UTF8')) as after_digest) s
    order by a.xid, a.id`.execute(tx);
  let seq = BigInt(head.seq);
  let previous: Buffer = head.hash;
  const seals = rows.map(({ row, xid, object, before, after, record }) => {
    seq += 1n;
    previous = sealOf(previous, record);
    return {
      seq: String(seq),
      row,
      xid,
      object,
      before: hex(before),
      after: hex(after),
      hash: isPlantedNow('seal.wrong') ? hex(chainStart) : hex(previous),
    };
  });
  if (seals.length > 0)
    await sql`
      insert into runtime.audit_seal (seq, audit_id, xid, object, before_digest, after_digest, hash)
      select seq, "row", xid::xid8, object, decode("before", 'hex'), decode("after", 'hex'), decode(hash, 'hex')
      from jsonb_to_recordset(${JSON.stringify(seals)}::jsonb) as given (
        seq bigint, "row" bigint, xid text, object text, "before" text, "after" text, hash text)`.execute(tx);
  crashPoint('audit.before-commit');
  const open = seq - BigInt(head.checkpoint);
  if (open >= rowsBetweenCheckpoints || (open > 0n && head.age >= secondsBetweenCheckpoints))
    await checkpoint(tx, { seq: String(seq), hash: previous, key, log });
  return seals.length;
}

const hex = (bytes: Buffer | null): string | null => bytes?.toString('hex') ?? null;

interface Unsealed {
  row: string;
  xid: string;
  object: string | null;
  before: Buffer | null;
  after: Buffer | null;
  record: string;
}

/** Also told in the log: what left the database cannot be made anew in it. */
async function checkpoint(
  tx: Tx,
  { seq, hash, key, log }: { seq: string; hash: Buffer; key: AuditKey; log: Log },
): Promise<void> {
  const signature = sign(null, checkpointText(seq, hash), key.privateKey);
  await sql`
    insert into runtime.audit_checkpoint (seq, hash, key_id, signature)
    values (${seq}, ${hash}, ${key.id}, ${signature})`.execute(tx);
  log.info('audit checkpoint', {
    seq,
    hash: hash.toString('hex'),
    key: key.id,
    signature: signature.toString('base64'),
  });
}
