// Walks the audit chain from its first seal and says where it breaks first. Reads only; may run beside a platform.

import { type KeyObject, verify } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../ports/index.ts';
import { chainStart, checkpointText, recordText, sealOf, sealOfBytes } from './audit-chain.ts';

/** Rows read at a time; a few megabytes. */
const usualBatch = 10_000;

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
  /** Rows read at a time (10,000). */
  batch?: number;
  /** Told after each batch how many rows hold. */
  onProgress?: (rows: number) => void;
}

/** A run of seals as one row: what a row of its own costs each of them is more than its hash does. */
interface Block {
  rows: number;
  first: string;
  last: string;
  /** Seals whose row is not there. */
  gone: number;
  /** 32 bytes each. */
  hashes: Buffer;
  /** Joined by `separator`, which JSON writes as an escape. */
  records: string;
}

const separator = 0x1e;
const hashBytes = 32;

/** Whether every row is as it was when it was sealed. Stops at the first that is not. */
export async function verifyAudit(options: AuditVerifyOptions): Promise<AuditVerified> {
  const { db, onProgress, batch = usualBatch } = options;
  const unsealed = await countUnsealed(db);
  const kept = (options.kept ?? []).toSorted((a, b) => compare(BigInt(a.seq), BigInt(b.seq)));
  let previous: Buffer = chainStart;
  let last = 0n;
  let checkpoints = 0;
  let next = readBlock(db, last, batch);
  for (;;) {
    const block = await next;
    if (block === undefined) break;
    // The next rows come while these are looked at.
    next = readBlock(db, BigInt(block.last), batch);
    const place = { previous, after: last, batch };
    const { broken, hashes } = holds(block, place) ? block : await lookClosely(db, place);
    const end = broken === undefined ? last + BigInt(hashes.length / hashBytes) : BigInt(broken.seq) - 1n;
    const hashOf = (seq: bigint): Buffer => {
      const from = Number(seq - place.after - 1n) * hashBytes;
      return hashes.subarray(from, from + hashBytes);
    };
    const given = {
      signed: await readCheckpoints(db, last, String(end)),
      kept: takeUntil(kept, end),
      keys: options.keys,
    };
    const found = judgeVouchers(given, hashOf) ?? broken;
    checkpoints += given.signed.filter(({ seq }) => BigInt(seq) <= BigInt(found?.seq ?? end)).length;
    if (found !== undefined) {
      await next.catch(() => undefined);
      return { rows: Number(found.seq), checkpoints, unsealed, broken: found };
    }
    previous = hashOf(end);
    last = end;
    onProgress?.(Number(last));
  }
  const [beyond] = kept;
  const broken =
    beyond === undefined
      ? await judgeEnd(db, last)
      : { seq: beyond.seq, what: 'the chain ends before a checkpoint that was kept' };
  return { rows: Number(last), checkpoints, unsealed, ...(broken ? { broken } : {}) };
}

/** Where a block stands in the chain. */
interface Place {
  previous: Buffer;
  /** The seal before its first. */
  after: bigint;
  batch: number;
}

/** True when every seal of the block is there and follows from its row and the seal before. */
function holds(block: Block, { previous, after }: Place): block is Block & { broken?: undefined } {
  const { first, last, gone, rows, hashes } = block;
  const isWhole = BigInt(first) === after + 1n && BigInt(last) === after + BigInt(rows) && gone === 0;
  if (!isWhole || hashes.length !== rows * hashBytes) return false;
  const records = Buffer.from(block.records, 'utf8');
  const sealed = hashes.toString('latin1');
  const bytes = Buffer.allocUnsafe(hashBytes + records.length);
  let from = 0;
  previous.copy(bytes);
  for (let n = 0; n < rows; n++) {
    const found = records.indexOf(separator, from);
    const to = found === -1 ? records.length : found;
    if (from > to) return false;
    records.copy(bytes, hashBytes, from, to);
    const seal = sealOfBytes(bytes.subarray(0, hashBytes + to - from));
    if (seal !== sealed.slice(n * hashBytes, (n + 1) * hashBytes)) return false;
    hashes.copy(bytes, 0, n * hashBytes, (n + 1) * hashBytes);
    from = to + 1;
  }
  return from === records.length + 1;
}

/** Row by row, for the place where a block does not hold: the first one, and the hashes before it. */
async function lookClosely(
  db: Db,
  { previous, after, batch }: Place,
): Promise<{ broken?: AuditBreak; hashes: Buffer }> {
  const hashes: Buffer[] = [];
  let before = previous;
  for (const seal of await readSeals(db, after, batch)) {
    const seq = String(after + BigInt(hashes.length) + 1n);
    const what = judge(seal, { previous: before, seq });
    if (what !== undefined) {
      const row = seal.gone ? {} : { row: seal.row };
      return { broken: { seq, ...row, what }, hashes: Buffer.concat(hashes) };
    }
    hashes.push((before = seal.hash));
  }
  return { hashes: Buffer.concat(hashes) };
}

interface Sealed {
  seq: string;
  row: string;
  hash: Buffer;
  record: string;
  gone: boolean;
}

function judge(seal: Sealed, { previous, seq }: { previous: Buffer; seq: string }): string | undefined {
  if (seal.seq !== seq) return 'a seal is missing';
  if (seal.gone) return `row ${seal.row} was deleted`;
  if (!sealOf(previous, seal.record).equals(seal.hash)) return `row ${seal.row} or its seal was changed`;
  return undefined;
}

/** In the order of the chain. */
interface Vouchers {
  signed: readonly Checkpoint[];
  kept: readonly Pick<Checkpoint, 'seq' | 'hash'>[];
  keys: ReadonlyMap<string, KeyObject>;
}

/** The first seal that is not what somebody vouched for. */
function judgeVouchers({ signed, kept, keys }: Vouchers, hashOf: (seq: bigint) => Buffer): AuditBreak | undefined {
  const breaks = [
    ...kept
      .filter(({ seq, hash }) => hash !== hashOf(BigInt(seq)).toString('hex'))
      .map(({ seq }) => ({ seq, what: 'the chain is another than when a checkpoint was kept' })),
    ...signed.flatMap((checkpoint) => {
      const what = judgeCheckpoint(checkpoint, hashOf(BigInt(checkpoint.seq)), keys);
      return what === undefined ? [] : [{ seq: checkpoint.seq, what }];
    }),
  ];
  return breaks.toSorted((a, b) => compare(BigInt(a.seq), BigInt(b.seq)))[0];
}

function judgeCheckpoint(
  checkpoint: Checkpoint,
  hash: Buffer,
  keys: ReadonlyMap<string, KeyObject>,
): string | undefined {
  if (checkpoint.hash !== hash.toString('hex')) return 'the chain is another than its checkpoint says';
  const key = keys.get(checkpoint.key);
  if (key === undefined) return `its checkpoint is signed by key ${checkpoint.key}, which was not given`;
  const signature = Buffer.from(checkpoint.signature, 'base64');
  return verify(null, checkpointText(checkpoint.seq, hash), key, signature)
    ? undefined
    : 'the signature of its checkpoint is wrong';
}

/** Takes from the front of a sorted list what is not beyond `end`. */
function takeUntil<T extends { seq: string }>(sorted: T[], end: bigint): T[] {
  const at = sorted.findIndex(({ seq }) => BigInt(seq) > end);
  return sorted.splice(0, at === -1 ? sorted.length : at);
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** Seals with their rows, which are looked up one by one: a plan that reads the whole table for each block would be slower. */
const sealsAfter = (after: bigint, batch: number): RawBuilder<unknown> => sql`
  from (select * from runtime.audit_seal where seq > ${String(after)}::bigint order by seq limit ${batch}) s
  left join lateral (select * from runtime.audit where id = s.audit_id limit 1) a on true`;

/** undefined = there are no more. */
async function readBlock(db: Db, after: bigint, batch: number): Promise<Block | undefined> {
  const { rows } = await sql<Block>`
    select count(*)::int as rows, min(seq)::text as first, max(seq)::text as last,
      count(*) filter (where gone)::int as gone, string_agg(hash, '') as hashes,
      string_agg(record, chr(${separator})) as records
    from (
      select s.seq, s.hash, a.id is null as gone, ${recordText} as record ${sealsAfter(after, batch)} order by s.seq) o`.execute(
    db,
  );
  const [block] = rows;
  return block === undefined || block.rows === 0 ? undefined : block;
}

async function readSeals(db: Db, after: bigint, batch: number): Promise<Sealed[]> {
  const { rows } = await sql<Sealed>`
    select s.seq::text as seq, s.audit_id::text as row, s.hash, a.id is null as gone, ${recordText} as record
    ${sealsAfter(after, batch)} order by s.seq`.execute(db);
  return rows;
}

/** In the order of the chain. */
async function readCheckpoints(db: Db, after: bigint, until: string): Promise<Checkpoint[]> {
  const { rows } = await sql<Checkpoint>`
    select seq::text as seq, encode(hash, 'hex') as hash, key_id as key,
      -- The server breaks lines of base64.
      translate(encode(signature, 'base64'), E'\\n', '') as signature, at::text as at
    from runtime.audit_checkpoint c where seq > ${String(after)}::bigint and seq <= ${until}::bigint order by c.seq`.execute(
    db,
  );
  return rows;
}

/** All checkpoints, to be kept elsewhere. */
export function auditCheckpoints(db: Db): Promise<Checkpoint[]> {
  return readCheckpoints(db, 0n, '9223372036854775807');
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
