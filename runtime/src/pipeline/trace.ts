// Trace ids (W3C Trace Context): a valid `traceparent` is continued, anything else starts a new trace.

import { randomBytes } from 'node:crypto';

const poolBytes = 4096;
let pool = '';
let used = 0;

/** 32 hex digits. Drawn from a pool, because one call of the system's generator costs more than a stage. */
export function newTraceId(): string {
  if (used + 32 > pool.length) {
    pool = randomBytes(poolBytes).toString('hex');
    used = 0;
  }
  const id = pool.slice(used, used + 32);
  used += 32;
  return id;
}

const shape = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Trace id of the caller, else a new one. */
export function traceIdOf(traceparent: string | undefined): string {
  if (traceparent === undefined || traceparent.length !== 55) return newTraceId();
  return shape.exec(traceparent)?.[1] ?? newTraceId();
}
