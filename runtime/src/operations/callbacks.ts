// Callbacks of a call: its final answer, sent to the addresses that the caller named. They are put on their way in the
// transaction that makes the answer final, so none is sent for what never happened, and none is forgotten.

import { sha256, type Clock, type Ids } from '../kernel/index.ts';
import type { Answer, Exchange } from '../pipeline/exchange.ts';
import type { Tx } from '../ports/index.ts';

/** Where the outcome of a call is sent. */
export interface Callback {
  /** operationId of the callback in the contract. */
  id: string;
  url: string;
}

/**
 * Puts the callbacks of `x` on their way, signed with the secrets of the calling application. `key` tells calls apart:
 * whatever is repeated under it is one message.
 */
export async function enqueueCallbacks(
  tx: Tx,
  x: Pick<Exchange, 'callbacks' | 'principal' | 'trace'>,
  { answer, key }: { answer: Answer; key: string },
  { clock, ids }: { clock: Clock; ids: Ids },
): Promise<void> {
  const owner = x.principal.applicationId;
  if (x.callbacks === undefined || owner === undefined) return;
  // Mocks have no store, and load nothing that writes to one.
  const { callbackTarget, enqueueDelivery } = await import('../events/webhooks/targets.ts');
  const now = clock.now();
  for (const { id, url } of x.callbacks) {
    const targetId = await callbackTarget(tx, { id: ids.uuid(), owner, url, now });
    await enqueueDelivery(tx, {
      id: ids.uuid(),
      targetId,
      eventId: `cbk_${sha256(`${key} ${id}`).slice(0, 32)}`,
      eventType: id,
      mediaType: answer.type,
      body: answer.body === undefined ? '' : Buffer.from(answer.body).toString('utf8'),
      trace: x.trace,
      now,
    });
  }
}
