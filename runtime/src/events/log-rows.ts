// Rows of the event log: published rows of `runtime.outbox`.

import { sql } from 'kysely';
import type { Db, PlinthEvent } from '../ports/index.ts';
import { sweep } from '../store/sweep.ts';
import { readTrace, type Trace } from '../telemetry/trace.ts';

export interface EventRow {
  id: string;
  type: string;
  source: string;
  subject: string;
  sequence: string;
  customer: string | null;
  whose: string | null;
  time: string;
  data: unknown;
  trace: string;
  place: string | null;
  decision: string | null;
  channel: string | null;
  position: string;
}

// Single-word names and texts: the same whatever mappings the driver has. (In `order by` they would sort as texts.)
export const eventColumns =
  sql.raw(`event_id::text as id, type, source, subject, aggregate_seq::text as sequence, customer_id as customer,
  encode(whose, 'hex') as whose, to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as time, data, trace_id as trace, trace as place,
  decision_id as decision, channel, position::text as position`);

export function toEvent(row: EventRow): PlinthEvent {
  return {
    id: row.id,
    type: row.type,
    source: row.source,
    subject: row.subject,
    sequence: Number(row.sequence),
    ...(row.customer === null ? {} : { customerId: row.customer }),
    ...(row.whose === null ? {} : { whose: row.whose }),
    time: row.time,
    data: row.data,
    traceId: row.trace,
    ...(row.place === null ? {} : { trace: row.place }),
    ...(row.decision === null ? {} : { decisionId: row.decision }),
    ...(row.channel === null ? {} : { channel: row.channel }),
    position: Number(row.position),
  };
}

/** Where in its trace the event was said. */
export function placeOf({ trace, traceId }: Pick<PlinthEvent, 'trace' | 'traceId'>): Trace {
  return readTrace(trace ?? traceId);
}

export async function headOf(db: Db): Promise<number> {
  const found = await sql<{ head: string }>`select head::text as head from runtime.event_log`.execute(db);
  return Number(found.rows[0]?.head ?? 0);
}

/** Published events after a position, in order. */
export async function readEvents(db: Db, after: number, limit: number): Promise<PlinthEvent[]> {
  const found = await sql<EventRow>`
    select ${eventColumns} from runtime.outbox as row where row.position > ${after} order by row.position limit ${limit}`.execute(
    db,
  );
  return found.rows.map(toEvent);
}

/**
 * What nobody needs any more: facts after 7 days, if every reaction is past them, and inbox rows after 30. Also a reaction
 * that no process has holds its facts, until a person has it forgotten (orphans.ts).
 */
export async function sweepEvents(db: Db): Promise<void> {
  await sweep(
    db,
    (most) => sql`
      delete from runtime.outbox where event_id in (
        select event_id from runtime.outbox
        where published_at < now() - interval '7 days'
          and position <= (select coalesce(min(position), 9223372036854775807) from runtime.consumer)
        order by published_at limit ${most})`,
  );
  await sweep(
    db,
    (most) => sql`
      delete from runtime.inbox where (consumer, event_id) in (
        select consumer, event_id from runtime.inbox where done_at < now() - interval '30 days' limit ${most})`,
  );
}
