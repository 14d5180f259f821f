// Counters of limits (windows up to one hour).

/**
 * Laws (testing/conformance/limit-store.ts):
 * 1. No window of any alignment ever holds takes of more than `quota` together (exact sliding window of 20 sub-windows).
 * 2. A refused take costs nothing.
 * 3. `resetS` is enough: the same take after it succeeds if nothing else was taken, and its cost is within the quota.
 * 4. A take of cost n counts n, and is refused when fewer than n are left. One of cost 0 only looks.
 */
export interface LimitStore {
  /** Synchronous by design: the embedded store is in process, and a remote one keeps a local share. */
  take(key: string, counted: Counted, nowMs: number): Take;
}

export interface Counted {
  /** Most in any window; at least 1. */
  quota: number;
  /** Seconds, at most 3600. */
  windowS: number;
  /** How many one take counts; 1 when absent, 0 = it is a look. Above the quota no take is ever allowed. */
  cost?: number | undefined;
}

export interface Take {
  allowed: boolean;
  /** Of the quota, never negative; a refused take may leave some that are fewer than its cost. */
  remaining: number;
  /** Whole seconds, at least 1, until one more take of this cost is allowed; a whole window when none ever is. */
  resetS: number;
}
