// The answer to work there is no time for, made once: five variants that differ in `Retry-After` only, so that those who
// were refused together do not come back together. They share one trace id; the log tells their number once a second.

import type { Logger } from 'pino';
import { elapsedMs } from '../../kernel/index.ts';
import type { Exchange } from '../exchange.ts';
import type { ProblemBook } from '../problems.ts';
import { newTraceId } from '../trace.ts';

const variants = 5;
const tellEveryMs = 1_000;

export class Refusals {
  readonly #traceId = newTraceId();
  readonly #status: number;
  readonly #body: Buffer;
  readonly #headers: readonly (readonly string[])[];
  readonly #logger: Logger;
  #next = 0;
  #untold = 0;
  #toldMs = -Infinity;

  constructor(book: ProblemBook, logger: Logger) {
    this.#logger = logger;
    const { status, body, type } = book.answer('overloaded', this.#traceId);
    this.#status = status;
    this.#body = Buffer.from(body as string);
    const fixed = ['Content-Type', type, 'Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff'];
    fixed.push('Content-Length', String(this.#body.length), 'Retry-After');
    this.#headers = Array.from({ length: variants }, (_, index) => [...fixed, String(index + 1)]);
  }

  /** @param isLast the connection ends with this answer. */
  send(x: Exchange, isLast: boolean): void {
    const { transport } = x;
    if (transport === undefined) return;
    this.#next = (this.#next + 1) % variants;
    const headers = (this.#headers[this.#next] as readonly string[]).slice();
    if (isLast) transport.endConnection();
    transport.send(this.#status, headers, transport.method === 'HEAD' ? undefined : this.#body);
    const nowMs = elapsedMs();
    x.operation.meter.record(this.#status, nowMs - x.startedMs, 'overloaded');
    this.#untold += 1;
    if (nowMs - this.#toldMs < tellEveryMs) return;
    this.#logger.warn({ trace: this.#traceId, refused: this.#untold }, 'more work than can be done in time');
    this.#toldMs = nowMs;
    this.#untold = 0;
  }
}
