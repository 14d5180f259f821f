// Spans: who measures what happens in a trace. Without an exporter there is no tracer, and nothing is made or measured.

import { elapsedMs } from '../kernel/index.ts';
import type { SpanAttributes, SpanExporter, SpanKind } from '../ports/index.ts';
import { newSpanId, type Trace, traceOf } from './trace.ts';

/** A piece of work under way. What is asked from within it goes on under it. */
export interface Span extends Trace {
  /** Once; later calls do nothing. `error` = it failed. */
  end(attributes?: SpanAttributes, isError?: boolean): void;
  /** It never was: nothing is told of it. */
  drop(): void;
}

/** What a span is about. */
export interface SpanStart {
  name: string;
  kind: SpanKind;
  attributes?: SpanAttributes;
  /** On the process clock (`elapsedMs`); now, if absent. */
  startedMs?: number;
  /** `traceparent` of another trace that it has to do with; read when it is told of. */
  link?: string | undefined;
}

const noAttributes: SpanAttributes = {};

/** Traces beginning here that are recorded a second; beyond, a share of about as many. */
const mostPerS = 100;

export class Tracer {
  readonly #exporter: SpanExporter;
  readonly #ratio: number;
  #open = 0;
  /** Of the traces that begin now. */
  #share: number;
  #begun = 0;
  #since = 0;

  /**
   * @param ratio share of the traces beginning here that is recorded, 0 to 1, and fewer when many begin: what is watched
   * must not cost more than what is done. Of others the caller has decided.
   */
  constructor(exporter: SpanExporter, ratio = 1) {
    this.#exporter = exporter;
    this.#ratio = ratio;
    this.#share = ratio;
  }

  /** Spans that have begun and not ended. */
  get open(): number {
    return this.#open;
  }

  /** undefined = the trace is not recorded. */
  start(parent: Trace, about: SpanStart): Span | undefined {
    const isRecorded =
      parent.spanId === '' ? isChosen(parent.traceId, this.#shareAt(about.startedMs ?? elapsedMs())) : parent.isSampled;
    if (!isRecorded) return undefined;
    this.#open += 1;
    return new OpenSpan(parent, about, this.#ended);
  }

  /** By what began in the second before; in one that begins with a rush, by what has begun since, each time it doubles. */
  #shareAt(nowMs: number): number {
    const passedMs = nowMs - this.#since;
    if (passedMs >= 1_000) {
      this.#share = Math.min(this.#ratio, (mostPerS * passedMs) / 1_000 / this.#begun);
      this.#since = nowMs;
      this.#begun = 0;
    }
    this.#begun += 1;
    const hasDoubled = this.#begun > mostPerS && (this.#begun & (this.#begun - 1)) === 0;
    if (hasDoubled) this.#share = Math.min(this.#share, mostPerS / this.#begun);
    return this.#share;
  }

  readonly #ended: Ended = (span, attributes, isError) => {
    this.#open -= 1;
    if (span === undefined) return;
    const { name, kind, startedMs, attributes: first, link } = span.about;
    this.#exporter.take({
      name,
      kind,
      traceId: span.traceId,
      spanId: span.spanId,
      parentId: span.parentId,
      traceState: span.traceState,
      startMs: performance.timeOrigin + (startedMs ?? span.madeMs),
      endMs: performance.timeOrigin + elapsedMs(),
      attributes: first === undefined ? attributes : { ...first, ...attributes },
      links: linksOf(link),
      isError,
    });
  };
}

function linksOf(traceparent: string | undefined): Trace[] {
  const place = traceOf(traceparent);
  return place === undefined ? [] : [place];
}

/** Without a span: it was dropped. */
type Ended = (span: OpenSpan | undefined, attributes: SpanAttributes, isError: boolean) => void;

class OpenSpan implements Span {
  readonly traceId: string;
  readonly spanId = newSpanId();
  readonly parentId: string;
  readonly isSampled = true;
  readonly traceState: string | undefined;
  readonly about: SpanStart;
  readonly madeMs = elapsedMs();
  #ended: Ended | undefined;

  constructor(parent: Trace, about: SpanStart, ended: Ended) {
    this.traceId = parent.traceId;
    this.parentId = parent.spanId;
    this.traceState = parent.traceState;
    this.about = about;
    this.#ended = ended;
  }

  end(attributes = noAttributes, isError = false): void {
    const ended = this.#ended;
    this.#ended = undefined;
    ended?.(this, attributes, isError);
  }

  drop(): void {
    const ended = this.#ended;
    this.#ended = undefined;
    ended?.(undefined, noAttributes, false);
  }
}

/** The same in every process, for the same trace. */
function isChosen(traceId: string, ratio: number): boolean {
  return ratio >= 1 || Number.parseInt(traceId.slice(24), 16) < ratio * 0x1_0000_0000;
}

/** A transaction of the platform: from its first statement to its commit. */
export const transactionSpan: SpanStart = {
  name: 'transaction',
  kind: 'client',
  attributes: { 'db.system.name': 'postgresql' },
};

/** Does `work` within a span, if there is somebody to tell of it. `work` goes on under the place it is given. */
export async function traced<T>(
  tracer: Tracer | undefined,
  parent: Trace,
  about: SpanStart,
  work: (trace: Trace) => Promise<T>,
): Promise<T> {
  const span = tracer?.start(parent, about);
  if (span === undefined) return work(parent);
  try {
    const result = await work(span);
    span.end();
    return result;
  } catch (error) {
    span.end({ 'error.type': error instanceof Error ? error.name : 'unknown' }, true);
    throw error;
  }
}
