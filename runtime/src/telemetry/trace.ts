// Where work belongs (W3C Trace Context): the trace, the span under which it happens, whether somebody records it, and
// what tracing systems of callers pass on through us. A trace goes on in calls, facts, deliveries, jobs and runs.

import { randomBytes } from 'node:crypto';

/** A place in a trace. A request is one, and so is each span of it. */
export interface Trace {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits; '' = a trace that begins here. */
  readonly spanId: string;
  /** Somebody before us records it. */
  readonly isSampled: boolean;
  /** `tracestate` of a trusted caller: at most 32 members and 512 letters. */
  readonly traceState: string | undefined;
}

const poolBytes = 4096;
let pool = '';
let used = 0;

/** Drawn from a pool, because one call of the system's generator costs more than a stage. */
function hexDigits(count: number): string {
  if (used + count > pool.length) {
    pool = randomBytes(poolBytes).toString('hex');
    used = 0;
  }
  const digits = pool.slice(used, used + count);
  used += count;
  return digits;
}

/** 32 hex digits. */
export function newTraceId(): string {
  return hexDigits(32);
}

/** 16 hex digits. */
export function newSpanId(): string {
  return hexDigits(16);
}

/** A trace that begins here. */
export function newTrace(traceId = newTraceId()): Trace {
  return { traceId, spanId: '', isSampled: false, traceState: undefined };
}

/** The caller's place; undefined when `traceparent` is absent or not one. */
export function traceOf(traceparent: string | undefined, tracestate?: string): Trace | undefined {
  if (traceparent === undefined || !isTraceparent(traceparent)) return undefined;
  return {
    traceId: traceparent.slice(3, 35),
    spanId: traceparent.slice(36, 52),
    isSampled: (Number.parseInt(traceparent.slice(53, 55), 16) & 1) === 1,
    traceState: traceStateOf(tracestate),
  };
}

/** `traceparent` of what is asked from here. */
export function traceparentOf({ traceId, spanId, isSampled }: Trace): string {
  return `00-${traceId}-${spanId === '' ? anySpanOf(traceId) : spanId}${isSampled ? '-01' : '-00'}`;
}

/** Nobody records it, so any will do that is not all zeros; this one is the same for all of a request. */
function anySpanOf(traceId: string): string {
  return traceId.startsWith(zero.slice(16)) ? traceId.slice(16) : traceId.slice(0, 16);
}

/** A place in a trace as rows keep it: `traceparent`, and `tracestate` behind a space. */
export function traceText(trace: Trace): string {
  const parent = traceparentOf(trace);
  return trace.traceState === undefined ? parent : `${parent} ${trace.traceState}`;
}

/** What `traceText` made. Rows of earlier versions hold the trace id alone; from anything else a new trace begins. */
export function readTrace(text: string | null | undefined): Trace {
  if (text === null || text === undefined) return newTrace();
  if (/^[0-9a-f]{32}$/.test(text)) return newTrace(text);
  const end = text.indexOf(' ');
  return (end < 0 ? traceOf(text) : traceOf(text.slice(0, end), text.slice(end + 1))) ?? newTrace();
}

const zero = '0'.repeat(32);

/**
 * `00-<32 hex>-<16 hex>-<2 hex>` in lower case, neither id all zeros; later versions may have more behind it. Read by
 * hand: it comes with every request.
 */
function isTraceparent(text: string): boolean {
  if (text.length < 55 || (text.length > 55 && (text.startsWith('00') || text.charCodeAt(55) !== 45))) return false;
  for (let index = 0; index < 55; index++) {
    const code = text.charCodeAt(index);
    const isDash = index === 2 || index === 35 || index === 52;
    if (isDash ? code !== 45 : !((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  return !text.startsWith('ff') && !text.startsWith(zero, 3) && !text.startsWith(zero.slice(16), 36);
}

const mostMembers = 32;
const mostLetters = 512;
const longMember = 128;
/** `key=value`; keys of one system, or of one tenant of a system (`tenant@system`). */
const member =
  /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** As a whole or not at all, unless it is only too long: then members go, long ones first, then the last ones. */
function traceStateOf(field: string | undefined): string | undefined {
  if (field === undefined || field.length > 16_384) return undefined;
  const members = field.split(',').flatMap((part) => part.trim() || []);
  if (members.length === 0 || members.length > mostMembers) return undefined;
  if (!members.every((each) => member.test(each))) return undefined;
  const keys = members.map((each) => each.slice(0, each.indexOf('=')));
  if (new Set(keys).size !== keys.length) return undefined;
  const length = (): number => members.reduce((sum, each) => sum + each.length + 1, -1);
  while (length() > mostLetters) {
    const long = members.findLastIndex((each) => each.length > longMember);
    members.splice(long < 0 ? -1 : long, 1);
  }
  return members.length === 0 ? undefined : members.join(',');
}
