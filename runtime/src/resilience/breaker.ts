// Stops calling what fails: after 10 s with at least 20 calls of which half failed, nobody calls for 5 s, then one probe
// decides. Each further opening doubles the pause up to 60 s. Times are the process clock's, given by the caller.

import { Buckets } from './buckets.ts';

const windowS = 10;
const leastCalls = 20;
const failedShare = 0.5;
const pauseMs = 5_000;
const mostPauseMs = 60_000;
/** The pause varies by this share, so that many processes do not probe at the same moment. */
const jitterShare = 0.2;

export type BreakerState = 'closed' | 'open' | 'half-open';

export class Breaker {
  readonly #random: () => number;
  readonly #changed: (state: BreakerState) => void;
  readonly #calls = new Buckets(windowS);
  #state: BreakerState = 'closed';
  #sinceMs = -Infinity;
  #openings = 0;
  #untilMs = 0;

  /** `random` in [0, 1); `changed` is told each new state. */
  constructor(random: () => number, changed: (state: BreakerState) => void = () => undefined) {
    this.#random = random;
    this.#changed = changed;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** True when a call may go. In `half-open` that is one: who asks first is the probe and must report its result. */
  take(nowMs: number): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'half-open' || nowMs < this.#untilMs) return false;
    this.#become('half-open', nowMs);
    return true;
  }

  /** Milliseconds until a call may go. */
  waitMs(nowMs: number): number {
    return this.#state === 'closed' ? 0 : Math.max(0, this.#untilMs - nowMs);
  }

  /** The result of a call that `take` let go at `sentMs`. Those that went before the state changed say nothing new. */
  report(hasFailed: boolean, nowMs: number, sentMs = nowMs): void {
    if (this.#state === 'open' || sentMs < this.#sinceMs) return;
    if (this.#state === 'half-open') return hasFailed ? this.#open(nowMs) : this.#close(nowMs);
    this.#calls.add(nowMs, 1, hasFailed ? 1 : 0);
    if (!hasFailed) return;
    const { first: calls, second: failed } = this.#calls.sums(nowMs);
    if (calls >= leastCalls && failed >= calls * failedShare) this.#open(nowMs);
  }

  #open(nowMs: number): void {
    const wholeMs = Math.min(mostPauseMs, pauseMs * 2 ** this.#openings);
    this.#untilMs = nowMs + wholeMs * (1 - jitterShare * this.#random());
    this.#openings = Math.min(this.#openings + 1, 10);
    this.#calls.clear();
    this.#become('open', nowMs);
  }

  #close(nowMs: number): void {
    this.#openings = 0;
    this.#become('closed', nowMs);
  }

  #become(state: BreakerState, nowMs: number): void {
    this.#state = state;
    this.#sinceMs = nowMs;
    this.#changed(state);
  }
}
