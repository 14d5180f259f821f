// One operation of an upstream behind all its guards, in this order: time left, breaker, concurrency, call, retry. Nothing
// here knows what a call means; whether it may be repeated is said by who makes it.

import { elapsedMs, pause } from '../kernel/index.ts';
import { type Upstream, type UpstreamAnswer, UpstreamFailure } from '../ports/index.ts';
import { AdaptiveLimit } from './adaptive-limit.ts';
import { Breaker, type BreakerState } from './breaker.ts';
import { Pace } from './pace.ts';
import { backoffMs, type RetryBudget } from './retry-budget.ts';

const mostRetries = 2;
/** Answers before the usual time is judged by: the first ones open connections. */
const warmUp = 20;
/** A longer `Retry-After` is told to the caller instead of being waited for. */
const mostWaitMs = 2_000;

export interface GuardedCall {
  method: string;
  target: string;
  /** Alternating names and values; the guard adds its own to this very list. */
  headers: string[];
  body?: string | Uint8Array | undefined;
  /** Most milliseconds of all attempts together. */
  timeoutMs: number;
  /** When the caller's time is over, on the process clock (`elapsedMs`). */
  deadlineMs: number;
  /** May be sent again: it only reads, it is PUT or DELETE, or the other side knows it by its key. */
  isRepeatable: boolean;
  /** 429 is declared to be a matter of waiting. */
  repeats429: boolean;
}

export interface GuardedAnswer {
  answer: UpstreamAnswer;
  /** We repeated it; whoever called us should not. */
  wasRepeated: boolean;
}

/** `breaker-open`, `no-room`, `no-time`: it was not called at all. The others: UpstreamFault. */
export type GuardReason = 'breaker-open' | 'no-room' | 'no-time' | 'connect' | 'timeout' | 'broken';

/** No answer, and what is certain about it. */
export class GuardFailure extends Error {
  override readonly name = 'GuardFailure';
  readonly reason: GuardReason;
  /** The other side may have acted. */
  readonly wasSent: boolean;
  readonly wasRepeated: boolean;
  /** Seconds after which it is worth another try. */
  readonly retryAfterS: number;

  constructor(
    reason: GuardReason,
    { wasSent = false, wasRepeated = false, retryAfterS = 1, cause }: Partial<Omit<GuardFailure, 'reason'>> = {},
  ) {
    super(`${reason}${wasSent ? ' after it was sent' : ''}`, { cause });
    this.reason = reason;
    this.wasSent = wasSent;
    this.wasRepeated = wasRepeated;
    this.retryAfterS = retryAfterS;
  }
}

/** Which attempt, when the time of all is over, and how much of the head is the caller's. */
interface Turn {
  attempt: number;
  endMs: number;
  ownFields: number;
}

export interface GuardParts {
  upstream: Upstream;
  /** One for all operations of an upstream. */
  budget: RetryBudget;
  /** In [0, 1). */
  random: () => number;
  /** Told after each attempt: a status or why there is none. */
  observe?: (result: string, durationMs: number) => void;
  breakerChanged?: (state: BreakerState) => void;
  /** The process clock and its waits; tests move them. */
  now?: () => number;
  wait?: (ms: number) => Promise<void>;
}

export class Guard {
  readonly breaker: Breaker;
  readonly limit = new AdaptiveLimit();
  readonly #parts: GuardParts;
  readonly #now: () => number;
  readonly #wait: (ms: number) => Promise<void>;
  readonly #pace = new Pace();
  #answers = 0;

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.#now = parts.now ?? elapsedMs;
    this.#wait = parts.wait ?? pause;
    this.breaker = new Breaker(parts.random, parts.breakerChanged);
  }

  /** The last answer, whatever its status, or GuardFailure. */
  call(call: GuardedCall): Promise<GuardedAnswer> {
    const nowMs = this.#now();
    this.#parts.budget.note(nowMs);
    const endMs = Math.min(nowMs + call.timeoutMs, call.deadlineMs);
    return this.#attempt(call, { attempt: 0, endMs, ownFields: call.headers.length }, nowMs);
  }

  /** Not async: without a wait for room it is two promises, the upstream's own and what is made of it. */
  #attempt(call: GuardedCall, turn: Turn, nowMs: number): Promise<GuardedAnswer> {
    // What half of the calls would not end in is not begun.
    const usualMs = this.#answers < warmUp ? 0 : this.#pace.medianMs;
    if (turn.endMs - nowMs < Math.max(1, usualMs)) return refused('no-time', turn);
    const room = this.limit.enter();
    if (room === true) return this.#enter(call, turn, nowMs);
    return room === false ? refused('no-room', turn) : room.then(() => this.#enter(call, turn, this.#now()));
  }

  /** With a place in hand. The breaker is asked now: a probe that waits in a queue would keep it half open. */
  #enter(call: GuardedCall, turn: Turn, nowMs: number): Promise<GuardedAnswer> {
    const { breaker, limit } = this;
    if (turn.endMs - nowMs < 1) {
      limit.exit(nowMs, { trouble: false });
      return refused('no-time', turn);
    }
    if (!breaker.take(nowMs)) {
      limit.exit(nowMs, { trouble: false });
      return refused('breaker-open', turn, Math.max(1, Math.ceil(breaker.waitMs(nowMs) / 1000)));
    }
    return this.#send(call, turn, nowMs);
  }

  #send(call: GuardedCall, turn: Turn, startedMs: number): Promise<GuardedAnswer> {
    const { method, target, body } = call;
    const timeoutMs = turn.endMs - startedMs;
    // What was sent before stays as it was sent.
    const headers = turn.attempt === 0 ? call.headers : call.headers.slice(0, turn.ownFields);
    headers.push('plinth-deadline', String(Math.floor(timeoutMs)));
    if (turn.attempt > 0) headers.push('plinth-attempt', String(turn.attempt + 1));
    return this.#parts.upstream.send({ method, target, headers, body, timeoutMs }).then(
      (answer) => this.#answered(answer, call, turn, startedMs),
      (error: unknown) => this.#failed(error, call, turn, startedMs),
    );
  }

  #answered(
    answer: UpstreamAnswer,
    call: GuardedCall,
    turn: Turn,
    startedMs: number,
  ): GuardedAnswer | Promise<GuardedAnswer> {
    const nowMs = this.#now();
    const { status } = answer;
    this.breaker.report(status >= 500 || status === 429, nowMs, startedMs);
    this.limit.exit(nowMs, { trouble: status === 503, latencyMs: nowMs - startedMs });
    this.#answers += 1;
    this.#pace.note(nowMs - startedMs);
    this.#parts.observe?.(String(status), nowMs - startedMs);
    const isWorthIt = status === 502 || status === 503 || (status === 429 && call.repeats429);
    const waitMs = isWorthIt ? this.#waitBeforeNext(call, turn, nowMs, retryAfterMs(answer)) : undefined;
    return waitMs === undefined ? { answer, wasRepeated: turn.attempt > 0 } : this.#repeat(call, turn, waitMs);
  }

  #failed(error: unknown, call: GuardedCall, turn: Turn, startedMs: number): Promise<GuardedAnswer> {
    const nowMs = this.#now();
    const failure = error instanceof UpstreamFailure ? error : new UpstreamFailure('broken', true, error);
    const { fault, wasSent } = failure;
    this.breaker.report(true, nowMs, startedMs);
    this.limit.exit(nowMs, { trouble: fault === 'timeout' });
    this.#parts.observe?.(fault, nowMs - startedMs);
    const waitMs = fault === 'connect' ? this.#waitBeforeNext(call, turn, nowMs) : undefined;
    if (waitMs !== undefined) return this.#repeat(call, turn, waitMs);
    return Promise.reject(new GuardFailure(fault, { wasSent, wasRepeated: turn.attempt > 0, cause: failure }));
  }

  async #repeat(call: GuardedCall, turn: Turn, waitMs: number): Promise<GuardedAnswer> {
    await this.#wait(waitMs);
    return this.#attempt(call, { ...turn, attempt: turn.attempt + 1 }, this.#now());
  }

  /** Milliseconds until the call is sent again; undefined = it is not. */
  #waitBeforeNext(
    { isRepeatable }: GuardedCall,
    { attempt, endMs }: Turn,
    nowMs: number,
    askedMs = 0,
  ): number | undefined {
    if (attempt >= mostRetries || !isRepeatable) return undefined;
    const waitMs = backoffMs(attempt, this.#parts.random(), askedMs);
    if (askedMs > mostWaitMs || nowMs + waitMs >= endMs) return undefined;
    return this.#parts.budget.take(nowMs) ? waitMs : undefined;
  }
}

/** It was not sent at all. */
function refused(reason: GuardReason, { attempt }: Turn, retryAfterS = 1): Promise<never> {
  return Promise.reject(new GuardFailure(reason, { wasRepeated: attempt > 0, retryAfterS }));
}

/** `Retry-After` in milliseconds, of its seconds form; dates of another machine's clock are not trusted. */
export function retryAfterMs({ headers }: UpstreamAnswer): number | undefined {
  const text = headers['retry-after'];
  return typeof text === 'string' && /^\d{1,6}$/.test(text) ? Number(text) * 1000 : undefined;
}
