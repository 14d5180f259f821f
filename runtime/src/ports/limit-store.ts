// Counters of limits (windows up to one hour).

/**
 * Laws (testing/conformance/limit-store.ts):
 * 1. No window of any alignment ever holds more than `quota` takes (exact sliding window of 20 sub-windows).
 * 2. A refused take costs nothing.
 * 3. `resetS` is enough: a take after it succeeds if nothing else was taken.
 */
export interface LimitStore {
  /** Synchronous by design: the embedded store is in process, and a remote one keeps a local share. */
  take(key: string, quota: number, windowS: number, nowMs: number): Take;
}

export interface Take {
  allowed: boolean;
  remaining: number;
  /** Seconds until at least one more take is allowed. */
  resetS: number;
}
