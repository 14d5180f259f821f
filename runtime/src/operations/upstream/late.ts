// The end of a call whose outcome was unknown, found out by look-up or by a person. Whatever a call brings about that is
// concluded at once, this brings about in one transaction: facts, callbacks, purges, the stored answer, and the monitor.

import type { Reply, WriteContext } from '../../context.ts';
import { announcePurge } from '../../pipeline/cache/purge-feed.ts';
import { compileTags } from '../../pipeline/cache/tags.ts';
import type { Answer } from '../../pipeline/exchange.ts';
import { ProblemBook } from '../../pipeline/problems.ts';
import { readTrace } from '../../telemetry/trace.ts';
import { enqueueCallbacks } from '../callbacks.ts';
import { emitDeclared, type Told } from '../declared-facts.ts';
import { concludeCall, settleDoubt, type UpstreamCallRow } from './calls.ts';

/** It took effect. `told`: where the operation is described; undefined = nowhere now. False = it was concluded before. */
export async function succeedLate(
  ctx: WriteContext,
  row: UpstreamCallRow,
  {
    reply,
    told,
    own,
  }: { reply: Pick<Reply, 'status' | 'body'>; told: Told['operation'] | undefined; own: string | undefined },
): Promise<boolean> {
  if (!(await concludeCall(ctx.db, row.key, reply, own))) return false;
  const body = reply.body === undefined ? undefined : JSON.stringify(reply.body);
  const answer = { status: reply.status, headers: [], type: 'application/json', body, value: reply.body };
  if (told !== undefined) {
    emitDeclared({ ...row, operation: told }, ctx, reply);
    const { purges = [] } = told.operation.policy.cache ?? {};
    await announcePurge(ctx.db, compileTags(purges)(row, answer));
  }
  await sendOutcome(ctx, row, answer);
  await settleDoubt(ctx.db, row, { took: true, answer, own }, ctx);
  return true;
}

/** It certainly did not take effect, and never will: the key is free, and monitor and callbacks say why. */
export async function failLate(
  ctx: WriteContext,
  row: UpstreamCallRow,
  { baseUrl, own }: { baseUrl: string; own: string | undefined },
): Promise<void> {
  const answer = new ProblemBook([], baseUrl).answer('upstream-failed', row.traceId);
  await sendOutcome(ctx, row, answer);
  await settleDoubt(ctx.db, row, { took: false, answer, own }, ctx);
}

async function sendOutcome(ctx: WriteContext, row: UpstreamCallRow, answer: Answer): Promise<void> {
  const { callbacks, principal, traceId, key } = row;
  const x = { callbacks: callbacks ?? undefined, principal, trace: readTrace(traceId) };
  await enqueueCallbacks(ctx.db, x, { answer, key }, ctx);
}
