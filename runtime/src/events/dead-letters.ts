// Events a reaction gave up on after its last try. They are kept until somebody has them tried again: then they are held
// events that are due, and take the way every held event takes.

import { sql } from 'kysely';
import type { Database, Db } from '../ports/index.ts';

export interface DeadLetter {
  consumer: string;
  eventId: string;
  type: string;
  subject: string;
  attempt: number;
  error: string;
  diedAt: string;
}

export interface DeadLetterFilter {
  /** Name of the reaction. */
  consumer?: string | undefined;
  eventId?: string | undefined;
}

/** At most this many in one list, and replayed at once. */
const most = 1000;

function chosen({ consumer, eventId }: DeadLetterFilter) {
  return sql`replayed_at is null
    and (${consumer ?? null}::text is null or consumer = ${consumer ?? null})
    and (${eventId ?? null}::uuid is null or event_id = ${eventId ?? null}::uuid)`;
}

/** Those that wait for somebody, oldest first; at most 1,000. */
export async function listDeadLetters(db: Db, filter: DeadLetterFilter = {}): Promise<DeadLetter[]> {
  const { rows } = await sql<Omit<DeadLetter, 'eventId' | 'diedAt'> & { event: string; died: string }>`
    select consumer, event_id::text as event, event->>'type' as type, subject, attempt, error,
      to_char(died_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as died
    from runtime.dead_letter where ${chosen(filter)} order by died_at, id limit ${most}`.execute(db);
  return rows.map(({ event, died, ...row }) => ({ ...row, eventId: event, diedAt: died }));
}

/** Has them tried again, from the first try on; at most 1,000 at a time. Reactions take them up within a second. */
export async function replayDeadLetters(database: Database, filter: DeadLetterFilter = {}): Promise<number> {
  return database.transaction(async (tx) => {
    const replayed = await sql`
      with again as (
        update runtime.dead_letter set replayed_at = now()
        where id in (select id from runtime.dead_letter where ${chosen(filter)} order by position limit ${most} for update)
        returning *)
      insert into runtime.held_event (consumer, event_id, subject, position, event, attempt, due_at, error)
      select consumer, event_id, subject, position, event, 0, clock_timestamp(), error from again
      on conflict (consumer, event_id) do nothing`.execute(tx);
    return Number(replayed.numAffectedRows ?? 0n);
  });
}
