// The answer to work there is no time for, made once: five variants that differ in `Retry-After` only, so that those who
// were refused together do not come back together. They share one trace id; the log tells their number once a second.

import { elapsedMs } from '../../kernel/index.ts';
import type { EdgeLogger } from '../../telemetry/log.ts';
import { newTraceId } from '../../telemetry/trace.ts';
import type { Exchange } from '../exchange.ts';
import { fieldLines } from '../head.ts';
import type { ProblemBook } from '../problems.ts';

const variants = 5;
const tellEveryMs = 1_000;

export class Refusals {
  readonly #traceId = newTraceId();
  readonly #status: number;
  readonly #body: string;
  readonly #heads: readonly string[];
  readonly #logger: EdgeLogger;
  #next = 0;
  #untold = 0;
  #toldMs = -Infinity;

  constructor(book: ProblemBook, logger: EdgeLogger) {
    this.#logger = logger;
    const { status, body, type } = book.answer('overloaded', this.#traceId);
    this.#status = status;
    this.#body = body as string;
    const fixed = ['Content-Type', type, 'Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff'];
    fixed.push('Content-Length', String(this.#body.length), 'Retry-After');
    this.#heads = Array.from({ length: variants }, (_, index) => fieldLines([...fixed, String(index + 1)]));
  }

  /** @param isLast the connection ends with this answer. */
  send(x: Exchange, isLast: boolean): void {
    const { transport } = x;
    if (transport === undefined) return;
    this.#next = (this.#next + 1) % variants;
    if (isLast) transport.endConnection();
    const body = transport.method === 'HEAD' ? undefined : this.#body;
    transport.send(this.#status, this.#heads[this.#next] as string, body, true);
    const nowMs = elapsedMs();
    x.operation.meter.record(this.#status, nowMs - x.startedMs, transport.scheme, 'overloaded');
    this.#untold += 1;
    if (nowMs - this.#toldMs < tellEveryMs) return;
    this.#logger.warn({ trace: this.#traceId, refused: this.#untold }, 'more work than can be done in time');
    this.#toldMs = nowMs;
    this.#untold = 0;
  }
}
