// One operation of an upstream behind all its guards, in this order: time left, breaker, concurrency, call, retry. Nothing
// here knows what a call means; whether it may be repeated is said by who makes it.

import { elapsedMs, pause } from '../kernel/index.ts';
import { type Upstream, type UpstreamAnswer, UpstreamFailure } from '../ports/index.ts';
import { AdaptiveLimit } from './adaptive-limit.ts';
import { Breaker, type BreakerState } from './breaker.ts';
import { backoffMs, type RetryBudget } from './retry-budget.ts';

const mostRetries = 2;
/** A longer `Retry-After` is told to the caller instead of being waited for. */
const mostWaitMs = 2_000;

export interface GuardedCall {
  method: string;
  target: string;
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

type Outcome = UpstreamAnswer | GuardFailure;

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

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.#now = parts.now ?? elapsedMs;
    this.#wait = parts.wait ?? pause;
    this.breaker = new Breaker(parts.random, parts.breakerChanged);
  }

  /** The last answer, whatever its status, or GuardFailure. */
  async call(call: GuardedCall): Promise<GuardedAnswer> {
    const endMs = Math.min(this.#now() + call.timeoutMs, call.deadlineMs);
    this.#parts.budget.note(this.#now());
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.#attempt(call, { attempt, endMs });
      const waitMs = this.#waitBeforeNext(call, outcome, attempt, endMs);
      if (waitMs === undefined) {
        if (outcome instanceof GuardFailure) throw outcome;
        return { answer: outcome, wasRepeated: attempt > 0 };
      }
      await this.#wait(waitMs);
    }
  }

  /** Not async: without a wait for room it is one promise, the upstream's own. */
  #attempt(call: GuardedCall, at: { attempt: number; endMs: number }): Outcome | Promise<Outcome> {
    const wasRepeated = at.attempt > 0;
    if (at.endMs - this.#now() < Math.max(1, this.limit.usualMs)) return new GuardFailure('no-time', { wasRepeated });
    const room = this.limit.enter();
    if (room === true) return this.#enter(call, at);
    return room === false ? new GuardFailure('no-room', { wasRepeated }) : room.then(() => this.#enter(call, at));
  }

  /** With a place in hand. The breaker is asked now: a probe that waits in a queue would keep it half open. */
  #enter(call: GuardedCall, { attempt, endMs }: { attempt: number; endMs: number }): Outcome | Promise<Outcome> {
    const { breaker, limit } = this;
    const wasRepeated = attempt > 0;
    const nowMs = this.#now();
    if (endMs - nowMs < 1) {
      limit.exit(nowMs, { trouble: false });
      return new GuardFailure('no-time', { wasRepeated });
    }
    if (!breaker.take(nowMs)) {
      limit.exit(nowMs, { trouble: false });
      const retryAfterS = Math.max(1, Math.ceil(breaker.waitMs(nowMs) / 1000));
      return new GuardFailure('breaker-open', { wasRepeated, retryAfterS });
    }
    return this.#send(call, { attempt, timeoutMs: endMs - nowMs, startedMs: nowMs });
  }

  #send(
    { headers, method, target, body }: GuardedCall,
    { attempt, timeoutMs, startedMs }: { attempt: number; timeoutMs: number; startedMs: number },
  ): Promise<Outcome> {
    const all = headers.concat('plinth-deadline', String(Math.floor(timeoutMs)));
    if (attempt > 0) all.push('plinth-attempt', String(attempt + 1));
    return this.#parts.upstream.send({ method, target, headers: all, body, timeoutMs }).then(
      (answer) => {
        const nowMs = this.#now();
        const { status } = answer;
        this.breaker.report(status >= 500 || status === 429, nowMs);
        this.limit.exit(nowMs, { trouble: status === 503, latencyMs: nowMs - startedMs });
        this.#parts.observe?.(String(status), nowMs - startedMs);
        return answer;
      },
      (error: unknown) => {
        const nowMs = this.#now();
        const failure = error instanceof UpstreamFailure ? error : new UpstreamFailure('broken', true, error);
        this.breaker.report(true, nowMs);
        this.limit.exit(nowMs, { trouble: failure.fault === 'timeout' });
        this.#parts.observe?.(failure.fault, nowMs - startedMs);
        const { fault, wasSent } = failure;
        return new GuardFailure(fault, { wasSent, wasRepeated: attempt > 0, cause: failure });
      },
    );
  }

  /** Milliseconds until the call is sent again; undefined = it is not. */
  #waitBeforeNext(call: GuardedCall, outcome: Outcome, attempt: number, endMs: number): number | undefined {
    if (attempt >= mostRetries || !call.isRepeatable) return undefined;
    let askedMs = 0;
    if (outcome instanceof GuardFailure) {
      if (outcome.reason !== 'connect') return undefined;
    } else {
      const { status } = outcome;
      if (status !== 502 && status !== 503 && !(status === 429 && call.repeats429)) return undefined;
      askedMs = retryAfterMs(outcome) ?? 0;
    }
    const waitMs = backoffMs(attempt, this.#parts.random(), askedMs);
    const nowMs = this.#now();
    if (askedMs > mostWaitMs || nowMs + waitMs >= endMs) return undefined;
    return this.#parts.budget.take(nowMs) ? waitMs : undefined;
  }
}

/** `Retry-After` in milliseconds, of its seconds form; dates of another machine's clock are not trusted. */
export function retryAfterMs({ headers }: UpstreamAnswer): number | undefined {
  const text = headers['retry-after'];
  return typeof text === 'string' && /^\d{1,6}$/.test(text) ? Number(text) * 1000 : undefined;
}
