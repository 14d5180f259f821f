// When a call may be sent again, how long to wait, and how many repeats all calls together may cause.

import type { OperationDescriptor } from './descriptor.ts';
import type { PlinthProblem } from './problem.ts';

/** Time and chance, replaceable in tests. */
export interface Timing {
  /** Milliseconds on a clock that does not jump. */
  readonly now: () => number;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Resolves after `delayMs`; rejects when the signal aborts. */
  readonly wait: (delayMs: number, signal: AbortSignal | undefined) => Promise<void>;
}

export const retryLimits = { retries: 2, firstDelayMs: 50, mostDelayMs: 2000, mostRetryAfterS: 5 } as const;

const passing = new Set([429, 502, 503, 504]);

/** True when repeating cannot act twice and may help. */
export function mayRepeat(operation: OperationDescriptor, key: string | undefined, problem: PlinthProblem): boolean {
  if (operation.effect !== 'read' && key === undefined) return false;
  if (problem.retryAfterS !== undefined && problem.retryAfterS > retryLimits.mostRetryAfterS) return false;
  if (problem.status === 0) return problem.code === 'unreachable';
  // 409 with Retry-After: the first attempt of this very key is still running.
  if (problem.status === 409) return key !== undefined && problem.retryable && problem.retryAfterS !== undefined;
  return passing.has(problem.status);
}

/** Full jitter; the server's own wish is the floor. */
export function delayMs(attempt: number, problem: PlinthProblem, random: () => number): number {
  const most = Math.min(retryLimits.mostDelayMs, retryLimits.firstDelayMs * 4 ** (attempt + 1));
  return (problem.retryAfterS ?? 0) * 1000 + Math.floor(random() * most);
}

/** Repeats of all calls of one client: at most 10 % of the requests of the last 10 s, but three are always allowed. */
export class RetryBudget {
  readonly #now: () => number;
  readonly #seconds = Array.from({ length: 10 }, () => ({ second: -1, requests: 0, repeats: 0 }));

  constructor(now: () => number) {
    this.#now = now;
  }

  countRequest(): void {
    this.#current().requests += 1;
  }

  /** Takes one repeat out of the budget; false when it is used up. */
  take(): boolean {
    const current = this.#current();
    const recent = this.#seconds.filter((entry) => entry.second > current.second - 10);
    const requests = recent.reduce((sum, entry) => sum + entry.requests, 0);
    const repeats = recent.reduce((sum, entry) => sum + entry.repeats, 0);
    if (repeats >= Math.max(3, Math.floor(requests / 10))) return false;
    current.repeats += 1;
    return true;
  }

  #current(): { second: number; requests: number; repeats: number } {
    const second = Math.floor(this.#now() / 1000);
    const index = second % 10;
    const entry = this.#seconds[index];
    if (entry?.second === second) return entry;
    const fresh = { second, requests: 0, repeats: 0 };
    this.#seconds[index] = fresh;
    return fresh;
  }
}

/** Seconds of a Retry-After field (a number or a date). */
export function retryAfterOf(field: string | null): number | undefined {
  if (field === null) return undefined;
  if (/^\d+$/.test(field.trim())) return Number(field);
  const date = Date.parse(field);
  // The date is the server's; its distance is only known to a second anyway.
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}

export const realTiming: Timing = {
  now: () => performance.now(),
  random: () => Math.random(),
  wait: async (delayMs, signal) =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('The call was aborted.'));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, delayMs);
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    }),
};
