// What a consumer remembers: its cursor, the events it has done (inbox), those it holds back, and those it gave up.

import { sql } from 'kysely';
import type { Db, PlinthEvent, Tx } from '../ports/index.ts';

/** Makes cursors of new consumers at the present head of the log, claims the others, and gives all positions. */
export async function openCursors(db: Db, names: readonly string[]): Promise<Map<string, number>> {
  await sql`
    insert into runtime.consumer (name, position)
    select name, head from unnest(${names}::text[]) as name, runtime.event_log
    on conflict (name) do nothing`.execute(db);
  await claimCursors(db, names);
  const found = await sql<{ name: string; position: string }>`
    select name, position::text as position from runtime.consumer where name = any(${names}::text[])`.execute(db);
  return new Map(found.rows.map((row) => [row.name, Number(row.position)]));
}

/**
 * Says that a process has these reactions (orphans.ts): `updated_at` is when one last had it. A cursor that is locked is at
 * work somewhere, and waits for nobody here.
 */
export async function claimCursors(db: Db, names: readonly string[]): Promise<void> {
  await sql`
    update runtime.consumer set updated_at = now() where name in (
      select name from runtime.consumer where name = any(${names}::text[]) for update skip locked)`.execute(db);
}

/** Locks the cursor; undefined when another process has it. `held`: an earlier event of the subject still waits. */
export async function lockCursor(
  tx: Tx,
  consumer: string,
  subject: string,
): Promise<{ position: number; held: boolean } | undefined> {
  const found = await sql<{ position: string; held: boolean }>`
    select position::text as position,
      exists (select 1 from runtime.held_event where consumer = ${consumer} and subject = ${subject}) as held
    from runtime.consumer where name = ${consumer} for update skip locked`.execute(tx);
  const row = found.rows[0];
  return row && { position: Number(row.position), held: row.held };
}

export async function moveCursor(db: Db | Tx, consumer: string, position: number): Promise<void> {
  await sql`
    update runtime.consumer set position = greatest(position, ${position}), updated_at = now()
    where name = ${consumer}`.execute(db);
}

/** True when the event is new to the consumer; the row then commits with the effect. */
export async function enterInbox(tx: Tx, consumer: string, eventId: string): Promise<boolean> {
  const entered = await sql`
    insert into runtime.inbox (consumer, event_id) values (${consumer}, ${eventId}) on conflict do nothing`.execute(tx);
  return entered.numAffectedRows === 1n;
}

export interface HeldEvent {
  event: PlinthEvent;
  attempt: number;
}

/** Holds an event back. `waitMs` undefined = until the earlier event of its subject is done or dead. */
export async function holdEvent(
  tx: Tx,
  consumer: string,
  held: HeldEvent & { waitMs?: number; error?: string },
): Promise<void> {
  const { event, attempt, waitMs, error } = held;
  await sql`
    insert into runtime.held_event (consumer, event_id, subject, position, event, attempt, due_at, error)
    values (${consumer}, ${event.id}, ${event.subject}, ${event.position}, ${JSON.stringify(event)}::jsonb, ${attempt},
      clock_timestamp() + make_interval(secs => ${waitMs === undefined ? null : waitMs / 1000}::double precision),
      ${error ?? null})
    on conflict (consumer, event_id) do update
      set attempt = excluded.attempt, due_at = excluded.due_at, error = excluded.error`.execute(tx);
}

/** The first held event of each subject, when it is due; at most 100. */
export async function dueEvents(db: Db, consumer: string): Promise<HeldEvent[]> {
  const found = await sql<HeldEvent>`
    select event, attempt from (
      select distinct on (subject) event, attempt, due_at, position from runtime.held_event
      where consumer = ${consumer} order by subject, position) first
    where due_at is null or due_at <= clock_timestamp() order by position limit 100`.execute(db);
  return found.rows;
}

/** Takes a held event for this transaction; false when it is gone or another process has it. */
export async function releaseHeld(tx: Tx, consumer: string, eventId: string): Promise<boolean> {
  const released = await sql`
    delete from runtime.held_event where (consumer, event_id) in (
      select consumer, event_id from runtime.held_event
      where consumer = ${consumer} and event_id = ${eventId} for update skip locked)`.execute(tx);
  return released.numAffectedRows === 1n;
}

/** The event is given up; later ones of its subject go on. Replayable by a person. */
export async function buryEvent(tx: Tx, consumer: string, dead: HeldEvent & { error: string }): Promise<void> {
  const { event, attempt, error } = dead;
  await sql`
    insert into runtime.dead_letter (consumer, event_id, subject, position, event, attempt, error)
    values (${consumer}, ${event.id}, ${event.subject}, ${event.position}, ${JSON.stringify(event)}::jsonb, ${attempt},
      ${error})
    on conflict (consumer, event_id) do update
      set attempt = excluded.attempt, error = excluded.error, died_at = now(), replayed_at = null`.execute(tx);
}

/**
 * Consumers of this list that have a held event to do now: the first of its subject, when it is due. One that waited behind
 * an event which another process has done meanwhile is such a first one.
 */
export async function consumersDue(db: Db, names: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await sql<{ consumer: string }>`
    select distinct consumer from (
      select distinct on (consumer, subject) consumer, due_at from runtime.held_event
      where consumer = any(${names}::text[]) order by consumer, subject, position) first
    where due_at is null or due_at <= clock_timestamp()`.execute(db);
  return new Set(found.rows.map((row) => row.consumer));
}
