// What the end of a job brings about beside its row: callbacks on their way, kept answers ended on every edge.

import { announcePurge } from '../../pipeline/cache/purge-feed.ts';
import { compileTags } from '../../pipeline/cache/tags.ts';
import type { Answer, Exchange } from '../../pipeline/exchange.ts';
import type { Tx } from '../../ports/index.ts';
import { enqueueCallbacks } from '../callbacks.ts';
import type { ExecutionServices } from '../services.ts';
import { kept } from '../stored-answer.ts';

/** In the transaction of the job's end. `key` is the job's id. */
export async function concludeJob(
  tx: Tx,
  x: Exchange,
  end: { answer: Answer; key: string },
  services: ExecutionServices,
): Promise<void> {
  await enqueueCallbacks(tx, x, { ...end, answer: kept(x, end.answer) }, services);
  await announcePurge(tx, purgesOf(x, end.answer));
}

/** Tags that the end of the job ends. What orchestrates may have committed before it failed; one transaction has not. */
export function purgesOf(x: Exchange, answer: Answer): string[] {
  const { operation, handler } = x.operation;
  const templates = operation.policy.cache?.purges ?? [];
  const isEffective = answer.status < 400 || handler?.kind === 'open';
  return templates.length === 0 || !isEffective ? [] : compileTags(templates)(x, answer);
}
