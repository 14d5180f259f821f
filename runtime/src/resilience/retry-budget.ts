// How many calls may be repeated: a tenth of those of the last 10 s, and three always. A retry storm ends here, whatever
// single calls would like. With it the waits between attempts: full jitter, base 50 ms, at most 2 s.

import { Buckets } from './buckets.ts';

const windowS = 10;
const share = 0.1;
const floor = 3;
const baseMs = 50;
const capMs = 2_000;

export class RetryBudget {
  readonly #calls = new Buckets(windowS);

  /** A first attempt. */
  note(nowMs: number): void {
    this.#calls.add(nowMs, 1, 0);
  }

  /** Takes one repetition; false when there is none left. */
  take(nowMs: number): boolean {
    const { first: calls, second: repeated } = this.#calls.sums(nowMs);
    if (repeated >= Math.max(floor, calls * share)) return false;
    this.#calls.add(nowMs, 0, 1);
    return true;
  }
}

/**
 * Milliseconds to wait before attempt `attempt + 1`. What the other side asks for (`Retry-After`) is the least.
 * Source of full jitter: M. Brooker, “Exponential Backoff and Jitter”, 2015.
 */
export function backoffMs(attempt: number, random: number, askedMs = 0): number {
  return Math.max(askedMs, random * Math.min(capMs, baseMs * 2 ** attempt));
}
