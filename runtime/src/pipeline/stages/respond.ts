// Stage `respond`: one answer to bytes. ETag and 304 for versioned bodies, HEAD without body, `no-store` unless the
// contract says otherwise. An invocation gets the same answer as a value.

import type { Answer, Exchange } from '../exchange.ts';

/** Sends an answer over the exchange's transport. */
export function respond(x: Exchange, answer: Answer): void {
  const { transport, operation } = x;
  if (transport === undefined || transport.gone) return;
  const headers = operation.fixedHeaders.slice();
  headers.push('traceparent', `00-${x.traceId}-${x.traceId.slice(0, 16)}-00`);
  for (const each of answer.headers) headers.push(each);
  if (x.rateLimit !== undefined) {
    if (x.rateLimitPolicy !== undefined) headers.push('RateLimit-Policy', x.rateLimitPolicy);
    headers.push('RateLimit', x.rateLimit);
  }
  const isRead = x.transport?.method === 'GET' || x.transport?.method === 'HEAD';
  if (answer.version !== undefined) {
    const tag = etagOf(x, answer.version);
    headers.push('ETag', tag);
    if (isRead && answer.status === 200 && matches(transport.header('if-none-match'), tag)) {
      transport.send(304, headers, undefined);
      return;
    }
  }
  if (answer.body === undefined) {
    if (answer.status !== 204 && answer.status !== 304) headers.push('Content-Length', '0');
    transport.send(answer.status, headers, undefined);
    return;
  }
  headers.push('Content-Type', answer.type);
  const length = typeof answer.body === 'string' ? Buffer.byteLength(answer.body) : answer.body.byteLength;
  headers.push('Content-Length', String(length));
  const isAscii = typeof answer.body === 'string' && length === answer.body.length;
  transport.send(answer.status, headers, transport.method === 'HEAD' ? undefined : answer.body, isAscii);
}

/** `"<version>.<contract major>.<audience>"`: another audience sees another representation. */
export function etagOf(x: Exchange, version: number): string {
  return `"${version}.${x.operation.contract.major}.${x.principal.audience}"`;
}

/** Headers of an answer as a record with lower-case names, for invocations. */
export function headersOf(x: Exchange, answer: Answer): Record<string, string> {
  const headers: Record<string, string> = {};
  const flat = [...x.operation.fixedHeaders, ...answer.headers];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    headers[(flat[index] as string).toLowerCase()] = flat[index + 1] as string;
  }
  if (answer.version !== undefined) headers['etag'] = etagOf(x, answer.version);
  if (answer.body !== undefined) headers['content-type'] = answer.type;
  if (x.rateLimit !== undefined) headers['ratelimit'] = x.rateLimit;
  return headers;
}

/** If-None-Match compares weakly. */
function matches(field: string | undefined, tag: string): boolean {
  if (field === undefined) return false;
  return field.trim() === '*' || field.split(',', 100).some((part) => part.trim().replace(/^W\//, '') === tag);
}
