// When a delivery is tried again, and when it is given up. Pure: time and chance come in as arguments.

/** Seconds before the n-th further attempt: twelve in all, about 52 hours. */
export const retryAfterS = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400] as const;

/** Each wait is made up to this share shorter or longer, so that what failed together is not repeated together. */
const jitterShare = 0.2;

/** The longest wait an answer may ask for with `Retry-After`. */
const mostRetryAfterS = 86_400;

/** Seconds of nothing but failures after which the owner is told, and after which the address is switched off. */
export const noticeAfterS = 86_400;
export const disableAfterS = 5 * 86_400;

/** Failures in a row from which on an address gets one attempt a minute. */
export const probeFrom = 10;
export const probeEveryS = 60;

/** What one attempt came to. `status` undefined = no answer. */
export interface AttemptResult {
  status: number | undefined;
  /** Of the answer. */
  retryAfter: string | undefined;
}

export type Verdict =
  | { kind: 'delivered' }
  /** The receiver said 410: it wants nothing more. */
  | { kind: 'gone' }
  | { kind: 'again'; at: Temporal.Instant }
  | { kind: 'dead' };

export interface Tried {
  /** Attempts so far, this one included. */
  tries: number;
  /** When the first of them was made. */
  firstAt: Temporal.Instant;
  /** Seconds after the first attempt within which others may follow; undefined = all twelve. */
  retryForS: number | undefined;
  now: Temporal.Instant;
  /** Uniform in [0, 1). */
  chance: number;
}

/** 2xx alone is success; a redirect is a failure like any other. */
export function judge({ status, retryAfter }: AttemptResult, tried: Tried): Verdict {
  if (status !== undefined && status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === 410) return { kind: 'gone' };
  const usualS = retryAfterS[tried.tries - 1];
  if (usualS === undefined) return { kind: 'dead' };
  const jitteredS = usualS * (1 - jitterShare + 2 * jitterShare * tried.chance);
  const askedS = status === 429 || status === 503 ? secondsAsked(retryAfter, tried.now) : 0;
  const at = tried.now.add({ milliseconds: Math.round(Math.max(jitteredS, askedS) * 1000) });
  if (tried.retryForS !== undefined && secondsBetween(tried.firstAt, at) > tried.retryForS) return { kind: 'dead' };
  return { kind: 'again', at };
}

/** `Retry-After` in seconds (RFC 9110, 10.2.3), at most a day; 0 when there is none that can be read. */
function secondsAsked(field: string | undefined, now: Temporal.Instant): number {
  if (field === undefined) return 0;
  const atMs = /^\d{1,9}$/.test(field) ? undefined : Date.parse(field);
  const askedS = atMs === undefined ? Number(field) : (atMs - now.epochMilliseconds) / 1000;
  return Number.isFinite(askedS) ? Math.min(mostRetryAfterS, Math.max(0, askedS)) : 0;
}

export function secondsBetween(from: Temporal.Instant, to: Temporal.Instant): number {
  return (to.epochMilliseconds - from.epochMilliseconds) / 1000;
}
