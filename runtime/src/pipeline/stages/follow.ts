// A read of a projection whose caller has written before: it waits until the projection shows that, or says that it may not.

import type { BoundHandler } from '../../capability.ts';
import type { Reply } from '../../context.ts';
import type { Projections } from '../../events/following.ts';
import { assert, elapsedMs } from '../../kernel/index.ts';
import type { Executor } from '../../operations/executor.ts';
import type { Db } from '../../ports/index.ts';
import type { EdgeOptions } from '../edge-options.ts';
import type { Answer, Exchange } from '../exchange.ts';
import { settle } from './check-response.ts';

/** Milliseconds before the deadline in which the read itself is done. */
const reserveMs = 250;

/** What reads of projections wait with. */
export interface Following {
  db: Db;
  projections: Projections;
  /** Has what is committed published. */
  poke: () => void;
}

/** undefined = nobody keeps projections here, and no read waits. */
export function followingOf({
  projections,
  services,
}: Pick<EdgeOptions, 'projections' | 'services'>): Following | undefined {
  const { database, committed } = services;
  return database && projections && { db: database.db, projections, poke: committed };
}

/** Name of the projection a handler follows; undefined = none. */
export function followedBy(handler: BoundHandler | undefined): string | undefined {
  return handler?.kind === 'read' ? handler.follows : undefined;
}

/**
 * For an exchange with `awaited` and a deadline: its answer, when the projection is there. undefined = nobody waits here.
 * Asserted: a followed projection is one of the platform's.
 */
export function compileFollow(
  handler: BoundHandler | undefined,
  executor: Pick<Executor, 'read'>,
  following: Following | undefined,
): ((x: Exchange) => Promise<Answer | undefined>) | undefined {
  const follows = followedBy(handler);
  if (follows === undefined || following === undefined) return undefined;
  const { db, projections, poke } = following;
  const projection = projections.get(follows);
  assert(projection !== undefined, `${follows}, which a handler follows, is a reaction with a projection`);
  // Loaded when it is needed: an edge without a store has no SQL.
  const waiting = import('../../events/following.ts');
  return async (x) => {
    const { reached } = await waiting;
    const sinceMs = elapsedMs();
    const isPast = await reached(db, {
      projection,
      position: x.awaited as number,
      untilMs: x.deadlineMs - reserveMs,
      poke,
      isOver: () => x.answered,
    });
    if (x.answered) return undefined;
    // The wait is not its work, by which it is judged whether there is time for it (stages/deadline.ts).
    if (x.admittedMs >= 0) x.admittedMs += elapsedMs() - sinceMs;
    const result = await executor.read(x);
    return isPast ? settle(x, result) : settleStale(x, result);
  };
}

/** Without validator: a later answer of the same version may say more. */
function settleStale(x: Exchange, result: unknown): Answer {
  // A problem has no status yet.
  if ((result as Partial<Reply>).status !== 200) return settle(x, result);
  const { body, ...reply } = result as Reply<number, object>;
  return { ...settle(x, { ...reply, body: { ...body, stale: true } }), version: undefined };
}
