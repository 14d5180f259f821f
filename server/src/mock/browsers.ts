// Pages under development call a mock from another origin. Every origin may, as long as no real server
// stands behind it: what a mock says is nobody's secret.

import type { IncomingMessage, ServerResponse } from 'node:http';

/** Seconds a browser may remember. */
const maxAgeS = '600';

export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && 'access-control-request-method' in headers;
}

export function preflight({ headers }: IncomingMessage, response: ServerResponse): void {
  response.writeHead(204, {
    'Access-Control-Allow-Origin': headers.origin,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Allow-Methods': headers['access-control-request-method'],
    'Access-Control-Allow-Headers': headers['access-control-request-headers'] ?? '',
    'Access-Control-Max-Age': maxAgeS,
    Vary: 'Origin',
  });
  response.end();
}

/** Headers of an answer to a page, alternating names and values. */
export function openTo(origin: string): string[] {
  return [
    ['Access-Control-Allow-Origin', origin],
    ['Access-Control-Allow-Credentials', 'true'],
    [
      'Access-Control-Expose-Headers',
      'Location, ETag, Link, Retry-After, Preference-Applied, RateLimit, RateLimit-Policy',
    ],
    ['Vary', 'Origin'],
  ].flat();
}
