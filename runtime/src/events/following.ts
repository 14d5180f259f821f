// Whether a projection shows what a write left: its reaction is past all facts up to a position. Positions of writes are
// ordinals; the order in which facts were published may be another, so each fact before the position is asked about.

import { sql } from 'kysely';
import type { Capability, Reaction } from '../capability.ts';
import { elapsedMs, pause } from '../kernel/index.ts';
import type { Db } from '../ports/index.ts';

/** Longest wait for a projection, in milliseconds. */
const mostWaitMs = 1_000;
/** Between two looks, in milliseconds: from the first to the greatest, twice as long each time. */
const firstPauseMs = 10;
const mostPauseMs = 160;
/** Facts looked at, unpublished and published each; a reaction with more before it is behind. */
const mostLooked = 1_000;

/** A reaction that keeps a projection. */
export type Projection = Pick<Reaction, 'name' | 'on'>;

/** Those of a platform by name. */
export type Projections = ReadonlyMap<string, Projection>;

/** Projections that handlers may follow. */
export function projectionsOf(capabilities: readonly Pick<Capability, 'reactions'>[]): Projections {
  const reactions = capabilities.flatMap((capability) => capability.reactions ?? []);
  return new Map(reactions.filter(({ projection }) => projection !== undefined).map((each) => [each.name, each]));
}

export interface Awaited {
  projection: Projection;
  position: number;
  /** On the process clock (`elapsedMs`); at most 1 s is waited in any case. */
  untilMs: number;
  /** Has what is committed published. */
  poke: () => void;
  /** Whoever asked no longer waits. */
  isOver: () => boolean;
}

/**
 * Waits until the projection is past the position. False: it is not, and time is over, or a fact is held back after a
 * failure; that one is tried again when nobody waits any more.
 */
export async function reached(db: Db, { projection, position, untilMs, poke, isOver }: Awaited): Promise<boolean> {
  const endMs = Math.min(untilMs, elapsedMs() + mostWaitMs);
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(mostPauseMs, 2 * pauseMs)) {
    const state = await stateOf(db, projection, position);
    const leftMs = endMs - elapsedMs();
    if (state !== 'behind' || leftMs <= 0 || isOver()) return state === 'past';
    poke();
    await pause(Math.min(pauseMs, leftMs));
  }
}

/** In one statement, so that cursor, held facts and log are of one moment. A dead letter is behind the reaction. */
async function stateOf(db: Db, { name, on }: Projection, position: number): Promise<'past' | 'behind' | 'held'> {
  const types = on === '*' ? null : [...on];
  const { rows } = await sql<{ state: 'past' | 'behind' | 'held' }>`
    with unpublished as materialized (
      select ordinal, type, whose from runtime.outbox
      where position is null and ordinal <= ${position}::bigint order by ordinal limit ${mostLooked}),
    -- The cursor moves at once for facts it wants, and each second for others: those are looked at and do not count.
    ahead as materialized (
      select ordinal, type, whose from runtime.outbox
      where position > coalesce((select position from runtime.consumer where name = ${name}), 0)
      order by position limit ${mostLooked})
    select case
      when exists (
        select from runtime.held_event h join runtime.outbox o using (event_id)
        where h.consumer = ${name} and o.ordinal <= ${position}::bigint) then 'held'
      when ${mostLooked} in ((select count(*) from unpublished), (select count(*) from ahead)) or exists (
        select from (table unpublished union all table ahead) fact
        where ordinal <= ${position}::bigint and whose is null
          and (${types}::text[] is null or type = any(${types}::text[]))) then 'behind'
      else 'past' end as state`.execute(db);
  return rows[0]?.state ?? 'behind';
}
