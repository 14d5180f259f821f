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

/** Trace id of the caller (version 00), else a new one. */
export function traceIdOf(traceparent: string | undefined): string {
  if (traceparent === undefined || !isTraceparent(traceparent)) return newTraceId();
  return traceparent.slice(3, 35);
}

const zero = '0'.repeat(32);

/** `00-<32 hex>-<16 hex>-<2 hex>` in lower case, neither id all zeros. Read by hand: it comes with every request. */
function isTraceparent(text: string): boolean {
  if (text.length !== 55 || !text.startsWith('00-')) return false;
  for (let index = 3; index < 55; index++) {
    const code = text.charCodeAt(index);
    const isDash = index === 35 || index === 52;
    if (isDash ? code !== 45 : !((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  return !text.startsWith(zero, 3) && !text.startsWith(zero.slice(16), 36);
}
