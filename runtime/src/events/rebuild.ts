// A projection can be dropped and folded again from the event log: its rows are what its reaction makes of the events, and
// nothing else. Rows of events that left the log (7 days) stay as they are.

import { sql } from 'kysely';
import type { Reaction } from '../capability.ts';
import { assert } from '../kernel/index.ts';
import type { Db, Tx } from '../ports/index.ts';
import { beginWrite, serviceBase, type WorkServices } from '../work.ts';
import { eventColumns, type EventRow, placeOf, toEvent } from './log-rows.ts';

/** Events folded before the next ones are read. */
const batch = 1000;

export interface Rebuilt {
  /** Events folded. */
  events: number;
  /** Rows of these events, before and after. */
  before: number;
  after: number;
  /** Whether the rows are the same, byte by byte. */
  isSame: boolean;
}

/**
 * Folds a projection again, in one transaction: readers see the old rows or the new ones. Its reaction waits meanwhile,
 * here and in other processes.
 *
 * @param reaction one with `projection`. Asserted.
 */
export async function rebuildProjection(services: WorkServices, reaction: Reaction): Promise<Rebuilt> {
  const { projection, name } = reaction;
  assert(projection !== undefined, `${name} is a projection`);
  const rows = rowsOf(projection);
  return services.database.transaction(async (tx) => {
    const cursor = await sql<{ position: string }>`
      select position::text as position from runtime.consumer where name = ${name} for update`.execute(tx);
    const position = cursor.rows[0]?.position ?? '0';
    const before = await digest(tx, rows, position);
    await sql`
      delete from ${rows.table} where ${rows.key}::text in (
        select event_id::text from runtime.outbox where position <= ${position}::bigint)`.execute(tx);
    let events = 0;
    for (let from = '0'; ;) {
      const found = await wanted(tx, reaction, { from, until: position });
      for (const row of found) await fold(services, reaction, tx, row);
      events += found.length;
      from = found.at(-1)?.position ?? from;
      if (found.length < batch) break;
    }
    const after = await digest(tx, rows, position);
    return { events, before: before.n, after: after.n, isSame: before.n === after.n && before.text === after.text };
  });
}

function rowsOf({ table, key }: NonNullable<Reaction['projection']>) {
  return { table: sql.table(table), key: sql.ref(key) };
}

async function digest(
  db: Db | Tx,
  { table, key }: ReturnType<typeof rowsOf>,
  position: string,
): Promise<{ n: number; text: string | null }> {
  const { rows } = await sql<{ n: number; text: string | null }>`
    select count(*)::int as n, encode(sha256(convert_to(string_agg(p::text, E'\n' order by p::text), 'UTF8')), 'hex') as text
    from ${table} p where ${key}::text in (
      select event_id::text from runtime.outbox where position <= ${position}::bigint)`.execute(db);
  return rows[0] ?? { n: 0, text: null };
}

/** Events it wants and has done: those it holds back, or gave up, are not its past. */
async function wanted(
  tx: Tx,
  { name, on }: Reaction,
  { from, until }: { from: string; until: string },
): Promise<EventRow[]> {
  const types = on === '*' ? null : [...on];
  const { rows } = await sql<EventRow>`
    select ${eventColumns} from runtime.outbox as row
    where row.position > ${from}::bigint and row.position <= ${until}::bigint and row.whose is null
      and (${types}::text[] is null or type = any(${types}::text[]))
      and not exists (select from runtime.held_event h where h.consumer = ${name} and h.event_id = row.event_id)
      and not exists (
        select from runtime.dead_letter d
        where d.consumer = ${name} and d.event_id = row.event_id and d.replayed_at is null)
    order by row.position limit ${batch}`.execute(tx);
  return rows;
}

async function fold(services: WorkServices, reaction: Reaction, tx: Tx, row: EventRow): Promise<void> {
  const event = toEvent(row);
  const { customerId, decisionId, channel } = event;
  const base = serviceBase(services, { name: reaction.name, customerId, trace: placeOf(event), decisionId, channel });
  // Never flushed: a projection has rows and no other effect, and folding is no act of anybody.
  await reaction.run(event, beginWrite(services, base, tx).context);
}
