// When a call may be sent again, how long to wait, and how much load a client may add to a service in trouble.

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

/** What of a sent call decides about sending it again. */
export interface Repeatable {
  /** The key the server knows the call by; undefined when it takes none. */
  readonly key: string | undefined;
  /** True when the call carries If-Match: a repeat would meet its own change. */
  readonly conditional: boolean;
}

/** True when repeating cannot act twice and may help: reads, keyed calls, and by their method PUT and DELETE. */
export function mayRepeat(operation: OperationDescriptor, call: Repeatable, problem: PlinthProblem): boolean {
  const { key } = call;
  const settled = (operation.method === 'PUT' || operation.method === 'DELETE') && !call.conditional;
  if (operation.effect !== 'read' && key === undefined && !settled) return false;
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

/** What happened in one second, or in the last 10 s. */
interface Counts {
  second: number;
  /** First attempts, those held back included. */
  requests: number;
  /** First attempts that were sent. */
  sent: number;
  /** Attempts the service took on. */
  accepts: number;
  repeats: number;
}

/** First attempts in 10 s that are always sent: a person pressing a button is no load, and somebody must see it is well again. */
const alwaysSent = 10;

/**
 * What all calls of one client add up to over the last 10 s. Repeats: at most 10 % of the first attempts sent, three are always
 * allowed. First attempts: when a service refuses more than half of a criticality, the share
 * max(0, (requests − 2·accepts)/(requests + 1)) of it is not sent at all. What matters more is not held back with it: a
 * service in trouble refuses what matters least first.
 */
export class Load {
  readonly #now: () => number;
  readonly #all: Window;
  readonly #classes = new Map<string, Window>();

  constructor(now: () => number) {
    this.#now = now;
    this.#all = new Window(now);
  }

  /** Counts a first attempt; false when it is better not sent. */
  admit(operation: OperationDescriptor, random: () => number): boolean {
    const window = this.#of(operation);
    const { requests, sent, accepts } = window.recent();
    const isSent = sent < alwaysSent || random() >= (requests - 2 * accepts) / (requests + 1);
    window.current().requests += 1;
    if (isSent) for (const each of [window, this.#all]) each.current().sent += 1;
    return isSent;
  }

  /** The service took an attempt on: any answer but a refusal for load. */
  accepted(operation: OperationDescriptor): void {
    this.#of(operation).current().accepts += 1;
  }

  /** Takes one repeat out of the budget; false when it is used up. */
  takeRepeat(): boolean {
    const { sent, repeats } = this.#all.recent();
    if (repeats >= Math.max(3, Math.floor(sent / 10))) return false;
    this.#all.current().repeats += 1;
    return true;
  }

  #of({ criticality, effect }: OperationDescriptor): Window {
    const name = criticality ?? (effect === 'read' ? 'sheddable-plus' : 'critical');
    let window = this.#classes.get(name);
    if (!window) this.#classes.set(name, (window = new Window(this.#now)));
    return window;
  }
}

class Window {
  readonly #now: () => number;
  readonly #seconds = Array.from({ length: 10 }, () => fresh(-1));

  constructor(now: () => number) {
    this.#now = now;
  }

  recent(): Counts {
    const { second } = this.current();
    const sum = fresh(second);
    for (const entry of this.#seconds) {
      if (entry.second <= second - 10) continue;
      sum.requests += entry.requests;
      sum.sent += entry.sent;
      sum.accepts += entry.accepts;
      sum.repeats += entry.repeats;
    }
    return sum;
  }

  current(): Counts {
    const second = Math.floor(this.#now() / 1000);
    const index = second % 10;
    const entry = this.#seconds[index];
    return entry?.second === second ? entry : (this.#seconds[index] = fresh(second));
  }
}

function fresh(second: number): Counts {
  return { second, requests: 0, sent: 0, accepts: 0, repeats: 0 };
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
