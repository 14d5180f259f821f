// Statements of a book. Lock order everywhere: accounts by (rank, id), then holds by id.

import type { Db, Tx } from '@plinth/runtime';
import { assert } from '@plinth/runtime/kernel';
import { type RawBuilder, sql } from 'kysely';
import type { LedgerAccount, PostingPlan } from './posting.ts';
import type { HoldRow } from './tables.ts';

/** Name of a table in the schema of the book. */
export type Table = (name: 'ledger_account' | 'ledger_posting' | 'ledger_move' | 'ledger_hold') => RawBuilder<unknown>;

/** Locks accounts by code until the transaction ends. Codes without a row are absent from the map. */
export async function lockAccounts(
  tx: Tx,
  table: Table,
  codes: readonly string[],
): Promise<Map<string, LedgerAccount>> {
  const { rows } = await sql<LedgerAccount>`
    select * from ${table('ledger_account')} where code = any(${[...new Set(codes)]}::text[])
    order by rank, id for update`.execute(tx);
  return new Map(rows.map((row) => [row.code, row]));
}

/** As they are now, without a lock. */
export async function readAccounts(
  db: Db,
  table: Table,
  codes: readonly string[],
): Promise<Map<string, LedgerAccount>> {
  const { rows } = await sql<LedgerAccount>`
    select * from ${table('ledger_account')} where code = any(${[...new Set(codes)]}::text[])`.execute(db);
  return new Map(rows.map((row) => [row.code, row]));
}

/** Writes what was planned. `bookedAt` is undefined when only held amounts change. */
export async function updateAccounts(
  tx: Tx,
  table: Table,
  accounts: PostingPlan['accounts'],
  bookedAt: Temporal.Instant | undefined,
): Promise<void> {
  const column = (of: (row: PostingPlan['accounts'][number]) => bigint | string) =>
    accounts.map((row) => String(of(row)));
  const result = await sql`
    update ${table('ledger_account')} as a
    set posted = n.posted, held = n.held, seq = n.seq,
        last_booked_at = case when n.seq > n.seq_before then ${bookedAt?.toString() ?? null}::timestamptz else a.last_booked_at end
    from unnest(${column((row) => row.id)}::uuid[], ${column((row) => row.posted)}::bigint[],
      ${column((row) => row.held)}::bigint[], ${column((row) => row.seq)}::bigint[],
      ${column((row) => row.seqBefore)}::bigint[]) as n (id, posted, held, seq, seq_before)
    where a.id = n.id and a.seq = n.seq_before`.execute(tx);
  assert(result.numAffectedRows === BigInt(accounts.length), 'locked accounts do not change under their lock');
}

export interface NewPosting {
  id: string;
  kind: string;
  reference: string;
  reverses: string | null;
  bookedAt: Temporal.Instant;
  valueDate: Temporal.PlainDate;
  actor: string;
}

/** Posting and moves in one statement; false when this kind and reference were posted before (then nothing is written). */
export async function insertPosting(
  tx: Tx,
  table: Table,
  posting: NewPosting,
  lines: PostingPlan['lines'],
): Promise<boolean> {
  const column = (of: (line: PostingPlan['lines'][number]) => bigint | string | number) =>
    lines.map((line) => String(of(line)));
  const { rows } = await sql<{ id: string }>`
    with p as (
      insert into ${table('ledger_posting')} (id, kind, reference, reverses, booked_at, value_date, actor)
      values (${posting.id}, ${posting.kind}, ${posting.reference}, ${posting.reverses}::uuid,
        ${posting.bookedAt.toString()}::timestamptz, ${posting.valueDate.toString()}::date, ${posting.actor})
      on conflict do nothing
      returning id
    ), m as (
      insert into ${table('ledger_move')}
        (posting, line, unit, src, dst, amount, src_seq, dst_seq, src_after, dst_after)
      select p.id, n.* from p, unnest(
        ${column((line) => line.line)}::smallint[], ${column((line) => line.unit)}::text[],
        ${column((line) => line.src)}::uuid[], ${column((line) => line.dst)}::uuid[],
        ${column((line) => line.amount)}::bigint[], ${column((line) => line.srcSeq)}::bigint[],
        ${column((line) => line.dstSeq)}::bigint[], ${column((line) => line.srcAfter)}::bigint[],
        ${column((line) => line.dstAfter)}::bigint[]) as n
    )
    select id from p`.execute(tx);
  return rows.length === 1;
}

/** Holds by id, and the codes of their accounts. With `lock` they stay locked; lock their accounts first. */
export async function readHolds(
  db: Db,
  table: Table,
  ids: readonly string[],
  lock = false,
): Promise<(HoldRow & { code: string })[]> {
  const { rows } = await sql<HoldRow & { code: string }>`
    select h.*, a.code from ${table('ledger_hold')} h join ${table('ledger_account')} a on a.id = h.account
    where h.id = any(${[...new Set(ids)]}::uuid[]) order by h.id ${lock ? sql`for update of h` : sql``}`.execute(db);
  return rows;
}

/** New open holds. False when an id or reference is there already (then none is written that collides). */
export async function insertHolds(tx: Tx, table: Table, holds: readonly HoldRow[]): Promise<boolean> {
  const result = await sql`
    insert into ${table('ledger_hold')} (id, account, reference, amount, remaining, state, expires_at)
    select * from unnest(
      ${holds.map((hold) => hold.id)}::uuid[], ${holds.map((hold) => hold.account)}::uuid[],
      ${holds.map((hold) => hold.reference)}::text[], ${holds.map((hold) => String(hold.amount))}::bigint[],
      ${holds.map((hold) => String(hold.remaining))}::bigint[], ${holds.map((hold) => hold.state)}::text[],
      ${holds.map((hold) => hold.expiresAt?.toString() ?? null)}::timestamptz[])`.execute(tx);
  return result.numAffectedRows === BigInt(holds.length);
}

/** Writes what is left of locked holds. */
export async function updateHolds(
  tx: Tx,
  table: Table,
  holds: readonly Pick<HoldRow, 'id' | 'remaining' | 'state'>[],
): Promise<void> {
  await sql`
    update ${table('ledger_hold')} as h set remaining = n.remaining, state = n.state
    from unnest(${holds.map((hold) => hold.id)}::uuid[], ${holds.map((hold) => String(hold.remaining))}::bigint[],
      ${holds.map((hold) => hold.state)}::text[]) as n (id, remaining, state)
    where h.id = n.id`.execute(tx);
}
