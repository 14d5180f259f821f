// The job that finds out what became of writes whose answer was lost: it looks their reference up after 1, 5, 30 s and
// 5 min, and hands over to a person then. It never sends a write.

import type { Job } from '../../capability.ts';
import type { OpenContext, Reply } from '../../context.ts';
import { limits, mapLimited } from '../../kernel/index.ts';
import type { Told } from '../declared-facts.ts';
import { mostUnaskedS, putBack, putOff, takeDoubts, type UpstreamCallRow } from './calls.ts';
import { failLate, succeedLate } from './late.ts';

/**
 * What asking came to. `unclear`: no answer, or too early for "it is not there" to be the end. `unasked`: our own guards
 * kept it back, for so many seconds.
 */
export type Found =
  | { kind: 'done'; reply: Pick<Reply, 'status' | 'body'> }
  | { kind: 'absent' }
  | { kind: 'unclear' }
  | { kind: 'unasked'; retryAfterS: number };

export interface ReconcileParts {
  /** Looks the reference up where the call went; undefined = that upstream is not installed now. */
  ask: (row: UpstreamCallRow, ctx: OpenContext) => Promise<Found | undefined>;
  /** The operation as its contract describes it, for the facts of a late success. */
  operation: (key: string) => Told['operation'] | undefined;
  /** Gets `plinth.upstream.unknown {result}`. */
  count: (result: 'done' | 'absent' | 'human') => void;
  baseUrl: string;
  /** The deployment's key, with which calls are sealed; undefined = there is none. */
  own: string | undefined;
}

export function reconcileJob(parts: ReconcileParts): Job {
  return {
    name: 'plinth.upstream-reconcile',
    everyS: 1,
    async run(_, ctx) {
      // One that is answered slowly, or cannot be asked about, must not keep the others waiting.
      await mapLimited(await takeDoubts(ctx.db, parts.own), limits.fanOut, async (row) => {
        try {
          await reconcile(row, ctx, parts);
        } catch (error) {
          ctx.log.error('an outcome is still unknown', { operation: row.operation, error: String(error) });
        }
      });
    },
  };
}

async function reconcile(row: UpstreamCallRow, ctx: OpenContext, parts: ReconcileParts): Promise<void> {
  // What was asked is gone: it cannot be asked about either.
  const found = (row.isLost ? undefined : await parts.ask(row, ctx)) ?? { kind: 'unclear' };
  // What was not asked has used up no turn.
  if (found.kind === 'unasked' && row.ageS < mostUnaskedS) return putBack(ctx.db, row.key, found.retryAfterS);
  if (found.kind === 'unclear' || found.kind === 'unasked') {
    if (!(await putOff(ctx.db, row))) return;
    parts.count('human');
    ctx.log.error('a person has to find out what became of a call', {
      upstream: row.upstream,
      operation: row.operation,
      reference: row.reference,
      trace: row.traceId,
    });
    return;
  }
  await ctx.transaction(async (tx) => {
    if (found.kind === 'absent') return failLate(tx, row, parts);
    await succeedLate(tx, row, { reply: found.reply, told: parts.operation(row.operation), own: parts.own });
  });
  parts.count(found.kind);
}
