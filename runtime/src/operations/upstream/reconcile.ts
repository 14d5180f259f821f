// The job that finds out what became of writes whose answer was lost: it looks their reference up after 1, 5, 30 s and
// 5 min, and hands over to a person then. It never sends a write.

import type { Contract, Operation } from '@plinth/contract';
import type { Job } from '../../capability.ts';
import type { OpenContext, Reply } from '../../context.ts';
import { limits, mapLimited } from '../../kernel/index.ts';
import { ProblemBook } from '../../pipeline/problems.ts';
import { emitDeclared } from '../mock-write.ts';
import { concludeCall, putOff, settleDoubt, takeDoubts, type UpstreamCallRow } from './calls.ts';

/** What asking came to. `unclear`: no answer, or too early for "it is not there" to be the end. */
export type Found = { kind: 'done'; reply: Pick<Reply, 'status' | 'body'> } | { kind: 'absent' } | { kind: 'unclear' };

export interface ReconcileParts {
  /** Looks the reference up where the call went; undefined = that upstream is not installed now. */
  ask: (row: UpstreamCallRow, ctx: OpenContext) => Promise<Found | undefined>;
  /** The operation as its contract describes it, for the facts of a late success. */
  operation: (key: string) => { operation: Operation; contract: Contract } | undefined;
  /** Gets `plinth.upstream.unknown {result}`. */
  count: (result: 'done' | 'absent' | 'human') => void;
  baseUrl: string;
}

export function reconcileJob(parts: ReconcileParts): Job {
  return {
    name: 'plinth.upstream-reconcile',
    everyS: 1,
    async run(_, ctx) {
      // One that is answered slowly, or cannot be asked about, must not keep the others waiting.
      await mapLimited(await takeDoubts(ctx.db), limits.fanOut, async (row) => {
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
  const found = (await parts.ask(row, ctx)) ?? { kind: 'unclear' };
  if (found.kind === 'unclear') {
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
  if (found.kind === 'done') await succeed(row, found.reply, ctx, parts);
  else await fail(row, ctx, parts);
  parts.count(found.kind);
}

/** Late success: facts, monitor and stored answer commit together. */
async function succeed(
  row: UpstreamCallRow,
  reply: Pick<Reply, 'status' | 'body'>,
  ctx: OpenContext,
  { operation }: ReconcileParts,
): Promise<void> {
  const told = operation(row.operation);
  await ctx.transaction(async (tx) => {
    if (!(await concludeCall(tx.db, row.key, reply))) return;
    if (told !== undefined) emitDeclared({ ...row, operation: told }, tx, reply);
    const body = reply.body === undefined ? undefined : JSON.stringify(reply.body);
    const answer = { status: reply.status, headers: [], type: 'application/json', body };
    await settleDoubt(tx.db, row, { took: true, answer });
  });
}

/** Certain that nothing happened: the key is free, and the monitor says why. */
async function fail(row: UpstreamCallRow, ctx: OpenContext, { baseUrl }: ReconcileParts): Promise<void> {
  const answer = new ProblemBook([], baseUrl).answer('upstream-failed', row.traceId);
  await ctx.transaction(({ db }) => settleDoubt(db, row, { took: false, answer }));
}
