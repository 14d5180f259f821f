// Walks the audit chain from its first seal and says where it breaks first. Reads only; may run beside a platform.

import { type KeyObject, verify } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../ports/index.ts';
import { chainStart, checkpointText, recordText, sealOf } from './audit-chain.ts';

/** Rows read at a time. */
const batch = 10_000;

export interface Checkpoint {
  seq: string;
  /** Hex. */
  hash: string;
  /** Id of the key. */
  key: string;
  /** Base64. */
  signature: string;
  at: string;
}

export interface AuditBreak {
  /** Seal at which the chain breaks; the row, when it is known. */
  seq: string;
  row?: string;
  what: string;
}

export interface AuditVerified {
  /** Seals looked at: all, or up to the first break. */
  rows: number;
  checkpoints: number;
  /** Committed and not sealed yet; at most those of the last seconds. */
  unsealed: number;
  broken?: AuditBreak;
}

export interface AuditVerifyOptions {
  db: Db;
  /** Keys that checkpoints may be signed with, by id. */
  keys: ReadonlyMap<string, KeyObject>;
  /** Checkpoints that were kept elsewhere: each must stand in the chain as it was then. */
  kept?: readonly Pick<Checkpoint, 'seq' | 'hash'>[];
  onProgress?: (rows: number) => void;
}

interface Sealed {
  seq: string;
  row: string;
  hash: Buffer;
  record: string;
  gone: boolean;
}

/** Whether every row is as it was when it was sealed. Stops at the first that is not. */
export async function verifyAudit(options: AuditVerifyOptions): Promise<AuditVerified> {
  const { db, onProgress } = options;
  const unsealed = await countUnsealed(db);
  const kept = new Map((options.kept ?? []).map(({ seq, hash }) => [seq, hash]));
  let previous: Buffer = chainStart;
  let last = 0n;
  let checkpoints = 0;
  let next = readSeals(db, last);
  for (;;) {
    const seals = await next;
    const until = seals.at(-1)?.seq;
    // The next rows come while these are looked at.
    if (until !== undefined) next = readSeals(db, BigInt(until));
    const signed = until === undefined ? new Map<string, Checkpoint>() : await readCheckpoints(db, last, until);
    for (const seal of seals) {
      const broken = judge(seal, { previous, expected: last + 1n });
      previous = seal.hash;
      last += 1n;
      const checkpoint = signed.get(seal.seq);
      if (checkpoint) checkpoints += 1;
      const what = broken ?? judgeCheckpoint(seal, { checkpoint, kept: kept.get(seal.seq), keys: options.keys });
      kept.delete(seal.seq);
      if (what === undefined) continue;
      await next.catch(() => undefined);
      const row = seal.gone ? {} : { row: seal.row };
      return { rows: Number(last), checkpoints, unsealed, broken: { seq: String(last), ...row, what } };
    }
    onProgress?.(Number(last));
    if (seals.length < batch) break;
  }
  const [beyond] = kept.keys();
  const broken =
    beyond === undefined
      ? await judgeEnd(db, last)
      : { seq: beyond, what: 'the chain ends before a checkpoint that was kept' };
  return { rows: Number(last), checkpoints, unsealed, ...(broken ? { broken } : {}) };
}

function judge(seal: Sealed, { previous, expected }: { previous: Buffer; expected: bigint }): string | undefined {
  if (BigInt(seal.seq) !== expected) return 'a seal is missing';
  if (seal.gone) return `row ${seal.row} was deleted`;
  if (!sealOf(previous, seal.record).equals(seal.hash)) return `row ${seal.row} or its seal was changed`;
  return undefined;
}

interface Vouchers {
  checkpoint: Checkpoint | undefined;
  kept: string | undefined;
  keys: ReadonlyMap<string, KeyObject>;
}

function judgeCheckpoint(seal: Sealed, { checkpoint, kept, keys }: Vouchers): string | undefined {
  if (kept !== undefined && kept !== seal.hash.toString('hex'))
    return 'the chain is another than when a checkpoint was kept';
  if (checkpoint === undefined) return undefined;
  if (checkpoint.hash !== seal.hash.toString('hex')) return 'the chain is another than its checkpoint says';
  const key = keys.get(checkpoint.key);
  if (key === undefined) return `its checkpoint is signed by key ${checkpoint.key}, which was not given`;
  const signature = Buffer.from(checkpoint.signature, 'base64');
  return verify(null, checkpointText(checkpoint.seq, seal.hash), key, signature)
    ? undefined
    : 'the signature of its checkpoint is wrong';
}

async function readSeals(db: Db, after: bigint): Promise<Sealed[]> {
  const { rows } = await sql<Sealed>`
    select s.seq::text as seq, s.audit_id::text as row, s.hash, a.id is null as gone, ${recordText} as record
    from (select * from runtime.audit_seal where seq > ${String(after)}::bigint order by seq limit ${batch}) s
    left join runtime.audit a on a.id = s.audit_id order by s.seq`.execute(db);
  return rows;
}

async function readCheckpoints(db: Db, after: bigint, until: string): Promise<Map<string, Checkpoint>> {
  const { rows } = await sql<Checkpoint>`
    select seq::text as seq, encode(hash, 'hex') as hash, key_id as key, encode(signature, 'base64') as signature,
      at::text as at
    from runtime.audit_checkpoint where seq > ${String(after)}::bigint and seq <= ${until}::bigint`.execute(db);
  return new Map(rows.map((row) => [row.seq, row]));
}

/** All checkpoints, to be kept elsewhere. */
export async function auditCheckpoints(db: Db): Promise<Checkpoint[]> {
  return [...(await readCheckpoints(db, 0n, '9223372036854775807')).values()].toSorted((a, b) =>
    BigInt(a.seq) < BigInt(b.seq) ? -1 : 1,
  );
}

/** Rows behind the last seal. */
async function countUnsealed(db: Db): Promise<number> {
  const { rows } = await sql<{ n: string }>`
    select count(*)::text as n from runtime.audit a left join (
      select xid, audit_id from runtime.audit_seal order by seq desc limit 1) s on true
    where s.xid is null or (a.xid, a.id) > (s.xid, s.audit_id)`.execute(db);
  return Number(rows[0]?.n ?? 0);
}

/** Rows that were put between sealed ones are in no seal; seals and checkpoints that were cut off leave rows or names. */
async function judgeEnd(db: Db, last: bigint): Promise<AuditBreak | undefined> {
  const { rows } = await sql<{ between: string; beyond: string | null }>`
    select (select count(*) from runtime.audit a, (
        select xid, audit_id from runtime.audit_seal order by seq desc limit 1) s
      where (a.xid, a.id) <= (s.xid, s.audit_id))::text as between,
      (select min(seq) from runtime.audit_checkpoint where seq > ${String(last)}::bigint)::text as beyond`.execute(db);
  const { between = '0', beyond = null } = rows[0] ?? {};
  if (beyond !== null) return { seq: beyond, what: 'the chain ends before a checkpoint of its own' };
  const extra = BigInt(between) - last;
  if (extra > 0n) return { seq: String(last), what: `${extra} rows stand among sealed ones and were never sealed` };
  return undefined;
}
