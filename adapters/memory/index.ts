// Ports that live in this process: the limit counters of the embedded shape.

import type { Counted, LimitStore, Take } from '@plinth/runtime';

const parts = 20;

/** Keys kept at most per generation; older ones are forgotten (their windows have long passed, or memory matters more). */
const keysPerGeneration = 50_000;

interface Window {
  /** Number of the newest sub-window. */
  newest: number;
  counts: number[];
  /** Sum of the counts. */
  used: number;
}

/**
 * Exact sliding windows: counters of 1/20 window, the current one and 20 earlier, the oldest counted in full, so no
 * window of any alignment ever holds more than the quota.
 */
export class MemoryLimitStore implements LimitStore {
  #young = new Map<string, Window>();
  #old = new Map<string, Window>();

  /** Keys held now. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  take(key: string, { quota, windowS, cost = 1 }: Counted, nowMs: number): Take {
    const partMs = (windowS * 1000) / parts;
    const window = this.#window(key, Math.floor(nowMs / partMs));
    if (cost > quota) return { allowed: false, remaining: Math.max(0, quota - window.used), resetS: windowS };
    const allowed = window.used + cost <= quota;
    if (allowed) {
      window.counts[0] = (window.counts[0] ?? 0) + cost;
      window.used += cost;
    }
    const free = quota - window.used;
    return { allowed, remaining: Math.max(0, free), resetS: resetS(window, { free, cost, partMs, nowMs }) };
  }

  #window(key: string, part: number): Window {
    let window = this.#young.get(key);
    if (!window) {
      window = this.#old.get(key) ?? { newest: part, counts: Array.from({ length: parts + 1 }, () => 0), used: 0 };
      if (this.#young.size >= keysPerGeneration) {
        this.#old = this.#young;
        this.#young = new Map();
      }
      this.#young.set(key, window);
    }
    const steps = Math.min(parts + 1, Math.max(0, part - window.newest));
    for (let step = 0; step < steps; step++) {
      window.counts.unshift(0);
      window.used -= window.counts.pop() ?? 0;
    }
    window.newest = Math.max(window.newest, part);
    return window;
  }
}

/** Seconds until the oldest counted sub-window leaves with which there is room for `cost`. */
function resetS(window: Window, state: { free: number; cost: number; partMs: number; nowMs: number }): number {
  let { free } = state;
  for (let age = window.counts.length - 1; age >= 0; age--) {
    free += window.counts[age] ?? 0;
    if ((window.counts[age] ?? 0) > 0 && free >= state.cost) {
      const leavesAt = (window.newest - age + parts + 1) * state.partMs;
      return Math.ceil((leavesAt - state.nowMs) / 1000);
    }
  }
  return 1;
}
