// Reactions that no process runs any more: taken out, or renamed. The log keeps what is behind their cursors, since nobody
// can tell a reaction that is gone from one whose process is down. So nothing is forgotten by itself: a process says once an
// hour which cursors it has, and a person says that one of the others will never be claimed again.

import { sql } from 'kysely';
import type { Database, Db } from '../ports/index.ts';

/** Days without a claim until a reaction may be forgotten: longer than a rolling deployment, or a weekend without power. */
const orphanedAfterDays = 7;

/** How a reaction stands, whether anybody runs it or not. */
export interface ReactionStanding {
  name: string;
  /** Facts after its cursor. */
  behind: number;
  /** When a process last had it: `2026-11-29T02:35:00Z`. */
  claimedAt: string;
  /** Facts wait for it, and no process had it for 7 days. */
  isOrphaned: boolean;
}

const isUnclaimed = sql<boolean>`c.updated_at < now() - make_interval(days => ${orphanedAfterDays})`;

/** All cursors, the one that is most behind first. */
export async function listReactions(db: Db): Promise<ReactionStanding[]> {
  const { rows } = await sql<ReactionStanding>`
    select c.name, greatest(0, l.head - c.position)::float8 as behind,
      to_char(c.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as claimed_at,
      c.position < l.head and ${isUnclaimed} as is_orphaned
    from runtime.consumer c, runtime.event_log l order by behind desc, c.name`.execute(db);
  return rows;
}

/** What went with a reaction that was forgotten. */
export interface ForgottenReaction {
  heldEvents: number;
  deadLetters: number;
}

/**
 * Forgets a reaction: its cursor, and the events it held or gave up, which nobody would ever take. Facts that waited for it
 * alone go with the next sweep. A reaction of this name that comes later is a new one and begins at the head of the log.
 *
 * @returns `unknown`: there is no such cursor; `claimed`: a process had it within 7 days, and nothing was done.
 */
export async function forgetReaction(
  database: Database,
  name: string,
): Promise<ForgottenReaction | 'unknown' | 'claimed'> {
  return database.transaction(async (tx) => {
    const found = await sql<{ isUnclaimed: boolean }>`
      select ${isUnclaimed} as "isUnclaimed" from runtime.consumer c where c.name = ${name} for update`.execute(tx);
    if (found.rows[0] === undefined) return 'unknown';
    if (!found.rows[0].isUnclaimed) return 'claimed';
    await sql`delete from runtime.consumer where name = ${name}`.execute(tx);
    const held = await sql`delete from runtime.held_event where consumer = ${name}`.execute(tx);
    const dead = await sql`
      delete from runtime.dead_letter where consumer = ${name} and replayed_at is null`.execute(tx);
    return { heldEvents: Number(held.numAffectedRows ?? 0n), deadLetters: Number(dead.numAffectedRows ?? 0n) };
  });
}
