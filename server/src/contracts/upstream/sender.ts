// How what was written leaves: with the head that says who we are there, through the guard of its operation on the line
// that was chosen, within its time.

import type { Contract, Operation } from '@plinth/contract';
import type { OpenContext, ReadContext, Trace } from '@plinth/runtime';
import { elapsedMs } from '@plinth/runtime/kernel';
import { type Guard, GuardFailure, traceparentOf } from '@plinth/runtime/pipeline';
import type { Ended } from './ends.ts';
import type { Line, Lines } from './lines.ts';
import type { OperationEntry } from './manifest.ts';
import type { Written } from './plan.ts';

/**
 * Of a call's time, kept where more is to be done when nothing came: a write notes that, and a fallback is the answer. Else
 * the edge's own deadline would answer first.
 */
const reserveMs = 100;

/** Methods whose repetition changes nothing more. */
export const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

export interface SenderParts {
  contract: Contract;
  operation: Operation;
  theirs: Operation;
  entry: OperationEntry;
  lines: Lines;
  /** Of every request: who we are there. */
  headers: readonly string[];
  /** Most milliseconds of a call with all its repetitions. */
  timeoutMs: number;
  /** Where their own key of a call goes; undefined = they have none. */
  keyHeader?: string | undefined;
}

/** One call as it goes. */
export interface Sending {
  ctx: ReadContext | OpenContext;
  trace: Trace;
  line: Line;
  canRepeat: boolean;
  reference: string;
}

/** One operation of theirs. A look-up has one of its own: it must get through while the write's breaker is open. */
export class Sender {
  readonly #parts: SenderParts;
  readonly #guards = new Map<Line, Guard>();

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** Nothing here is async that need not be. */
  send(written: Written, sending: Sending): Promise<Ended> {
    const { lines, headers, operation, entry, timeoutMs } = this.#parts;
    const { ctx, canRepeat } = sending;
    const isLast = operation.policy.effect === 'read' && entry.fallback === undefined;
    const deadlineMs = (ctx.deadlineMs ?? Infinity) - (isLast ? 0 : reserveMs);
    if (lines.exchange === undefined) return this.#sendAs(headers, written, sending, deadlineMs);
    // The token comes out of the call's own time.
    const endMs = Math.min(elapsedMs() + timeoutMs, deadlineMs);
    const terms = { endMs, canRepeat: canRepeat || repeatable.has(written.method) };
    return lines.exchange.call(ctx.principal, terms, (authorization) =>
      this.#sendAs(['authorization', authorization], { ...written, headers: [...written.headers] }, sending, endMs),
    );
  }

  #sendAs(as: readonly string[], written: Written, sending: Sending, deadlineMs: number): Promise<Ended> {
    const { lines, entry, timeoutMs } = this.#parts;
    const { line, canRepeat } = sending;
    const { method, target, body } = written;
    const startedMs = lines.lines.length > 1 ? elapsedMs() : undefined;
    return this.#guardOf(line)
      .call({
        method,
        target,
        headers: this.#headersOf(as, written, sending),
        body,
        timeoutMs,
        deadlineMs,
        isRepeatable: canRepeat || repeatable.has(method),
        repeats429: entry.repeats429 ?? false,
      })
      .then(
        ({ answer, wasRepeated }) => {
          if (startedMs !== undefined) this.#report(line, answer.status >= 500, startedMs);
          return { kind: 'answer', answer, wasRepeated };
        },
        (error: unknown) => {
          if (!(error instanceof GuardFailure)) throw error;
          if (startedMs !== undefined) this.#report(line, true, startedMs);
          return { kind: 'failure', failure: error };
        },
      );
  }

  /** Adds to what was written: who we are there, where in a trace, and what the body is. */
  #headersOf(
    as: readonly string[],
    { headers, body, type = 'application/json' }: Written,
    { trace, reference }: Sending,
  ): string[] {
    if (as.length > 0) headers.push(...as);
    headers.push('traceparent', traceparentOf(trace));
    if (trace.traceState !== undefined) headers.push('tracestate', trace.traceState);
    if (body !== undefined) headers.push('content-type', type);
    const { keyHeader } = this.#parts;
    if (keyHeader !== undefined && reference !== '') headers.push(keyHeader, reference);
    return headers;
  }

  /** How a release fared, where there are several. */
  #report(line: Line, isError: boolean, startedMs: number): void {
    const nowMs = elapsedMs();
    this.#parts.lines.canary.report(line, { isError, durationMs: nowMs - startedMs }, nowMs);
  }

  #guardOf(line: Line): Guard {
    let guard = this.#guards.get(line);
    if (guard === undefined) {
      const { contract, operation, theirs } = this.#parts;
      this.#guards.set(line, (guard = line.guard(`${contract.id}.${operation.id} ${theirs.id}`)));
    }
    return guard;
  }
}
