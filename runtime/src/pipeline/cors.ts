// Pages of other origins (Fetch standard, "CORS protocol"): only listed ones may read answers, and never with a cookie.
// They call with a token of their own.

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const sent = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Last-Event-ID',
  'Prefer',
  'Plinth-Channel',
  'Plinth-Confirmation',
  'Plinth-Decision',
  'Plinth-Position',
  'Traceparent',
].join(', ');
const seen = [
  'ETag',
  'Location',
  'Link',
  'Retry-After',
  'Deprecation',
  'Sunset',
  'Idempotent-Replayed',
  'Preference-Applied',
  'Plinth-Contract',
  'Plinth-Position',
  'RateLimit',
  'RateLimit-Policy',
  'WWW-Authenticate',
];
const seenOfOld = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'];
/** How long a browser remembers a preflight, in seconds. */
const rememberS = 600;

export interface Cors {
  /** Fields of an answer to a page of this origin; `Vary` also for others, since caches keep one answer for all. */
  answer(origin: string | undefined): readonly string[];
  /** Fields of an answer to a preflight; undefined = that page may not call. */
  preflight(origin: string | undefined): readonly string[] | undefined;
}

/** undefined when no origin is listed: then nothing of this is sent. */
export function compileCors(origins: readonly string[], oldRateLimits = false): Cors | undefined {
  if (origins.length === 0) return undefined;
  const exposed = [...seen, ...(oldRateLimits ? seenOfOld : [])].join(', ');
  const vary = ['Vary', 'Origin'];
  const byOrigin = new Map(origins.map((origin) => [origin, [...vary, 'Access-Control-Allow-Origin', origin]]));
  return {
    answer: (origin) => {
      const known = origin === undefined ? undefined : byOrigin.get(origin);
      return known === undefined ? vary : [...known, 'Access-Control-Expose-Headers', exposed];
    },
    preflight: (origin) => {
      const known = origin === undefined ? undefined : byOrigin.get(origin);
      return known === undefined
        ? undefined
        : [
            ...known,
            'Access-Control-Allow-Methods',
            methods,
            'Access-Control-Allow-Headers',
            sent,
            'Access-Control-Max-Age',
            String(rememberS),
          ];
    },
  };
}
