// Behaviour that contracts declare as signals (`x-plinth.signal`): noted after the answer, sent on in small batches. At
// most 20 ms may be lost in a crash, and none at an end in order; a failing signal never fails a request.

import { randomId, servicePrincipal } from '@plinth/runtime';
import type { Interaction, RunningEdge } from '@plinth/runtime/pipeline';

/** Signals waiting at most; beyond, the newest are dropped. */
const mostWaiting = 20_000;
const batch = 200;
const waitMs = 20;

export class Signals {
  readonly #edge: () => RunningEdge;
  readonly #underWay = new Set<Promise<unknown>>();
  #waiting: Record<string, unknown>[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(edge: () => RunningEdge) {
    this.#edge = edge;
  }

  /** For the edge's `onRecorded`. */
  readonly note = (interaction: Interaction): void => {
    const { signal, principal, status } = interaction;
    if (
      !signal ||
      status >= 300 ||
      principal.audience !== 'customer' ||
      !principal.customerId ||
      this.#waiting.length >= mostWaiting
    )
      return;
    const data = Object.fromEntries(
      Object.entries(signal.data ?? {}).flatMap(([name, where]) => {
        const value = valueAt(where, interaction);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    this.#waiting.push({
      id: randomId(),
      type: signal.type,
      time: Temporal.Now.instant().toString(),
      customerId: principal.customerId,
      data,
    });
    this.#timer ??= setTimeout(this.#next, waitMs);
  };

  /** Sends what waits, and resolves when all that was sent is answered. For the end, while calls are still taken. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#waiting.length > 0) this.#send();
    await Promise.all(this.#underWay);
  }

  readonly #next = (): void => {
    this.#send();
    this.#timer = this.#waiting.length > 0 ? setTimeout(this.#next, waitMs) : undefined;
  };

  #send(): void {
    const signals = this.#waiting.splice(0, batch);
    const sent = this.#edge()
      .invoke({
        operation: 'personalization.recordSignals',
        principal: servicePrincipal('edge'),
        input: { body: { signals } },
      })
      .finally(() => this.#underWay.delete(sent));
    this.#underWay.add(sent);
  }
}

/** `query.q`, `path.id`, `response.body#/sku`: the closed set of places a signal may name. */
function valueAt(where: string, { input, body }: Interaction): unknown {
  const response = /^\$?response\.body#(\/.*)$/.exec(where);
  if (response)
    return response[1]
      ?.split('/')
      .slice(1)
      .reduce<unknown>(
        (value, key) =>
          typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
        body,
      );
  const named = /^\$?(?:query|path|header)\.(\w+)$/.exec(where);
  return named?.[1] === undefined ? undefined : input[named[1]];
}
