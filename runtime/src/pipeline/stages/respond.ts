// Stage `respond`: one answer to bytes. Validator and preconditions of what is read, HEAD without body, `no-store` unless
// the contract says otherwise. An invocation gets the same answer as a value.

import type { Answer, Exchange } from '../exchange.ts';
import { refuse } from '../operation.ts';
import type { Transport } from '../transport.ts';

/** Sends an answer over the exchange's transport. Gives what was sent: the answer, or 412 in its place. */
export function respond(x: Exchange, answer: Answer): Answer {
  const { transport, operation } = x;
  if (transport === undefined || transport.gone) return answer;
  const headers = (answer.cached?.headers ?? operation.fixedHeaders).slice();
  headers.push('traceparent', `00-${x.traceId}-${x.traceId.slice(0, 16)}-00`);
  for (const each of answer.headers) headers.push(each);
  if (x.rateLimit !== undefined) {
    if (x.rateLimitPolicy !== undefined) headers.push('RateLimit-Policy', x.rateLimitPolicy);
    headers.push('RateLimit', x.rateLimit);
  }
  if (operation.cors !== undefined) headers.push(...operation.cors.answer(transport.header('origin')));
  const tag = tagOf(x, answer);
  if (tag !== undefined) {
    const isRead = transport.method === 'GET' || transport.method === 'HEAD';
    const unmet = isRead && answer.status === 200 ? unmetCondition(transport, tag) : undefined;
    if (unmet === 'match') return respond(x, refuse(x, 'precondition-failed'));
    headers.push('ETag', tag);
    if (unmet === 'none-match') {
      transport.send(304, headers, undefined);
      return answer;
    }
  }
  if (answer.body === undefined) {
    if (answer.status !== 204 && answer.status !== 304) headers.push('Content-Length', '0');
    transport.send(answer.status, headers, undefined);
    return answer;
  }
  headers.push('Content-Type', answer.type);
  const length = typeof answer.body === 'string' ? Buffer.byteLength(answer.body) : answer.body.byteLength;
  headers.push('Content-Length', String(length));
  const isAscii = typeof answer.body === 'string' && length === answer.body.length;
  transport.send(answer.status, headers, transport.method === 'HEAD' ? undefined : answer.body, isAscii);
  return answer;
}

/** `"<version>.<contract major>.<audience>"`: another audience sees another representation. */
export function etagOf(x: Exchange, version: number): string {
  return `"${version}.${x.operation.contract.major}.${x.principal.audience}"`;
}

function tagOf(x: Exchange, answer: Answer): string | undefined {
  if (answer.cached !== undefined) return answer.cached.etag;
  return answer.version === undefined ? undefined : etagOf(x, answer.version);
}

/** Headers of an answer as a record with lower-case names, for invocations. */
export function headersOf(x: Exchange, answer: Answer): Record<string, string> {
  const headers: Record<string, string> = {};
  const flat = [...(answer.cached?.headers ?? x.operation.fixedHeaders), ...answer.headers];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    headers[(flat[index] as string).toLowerCase()] = flat[index + 1] as string;
  }
  const tag = tagOf(x, answer);
  if (tag !== undefined) headers['etag'] = tag;
  if (answer.body !== undefined) headers['content-type'] = answer.type;
  if (x.rateLimit !== undefined) headers['ratelimit'] = x.rateLimit;
  return headers;
}

/**
 * The first condition that does not hold for what is there, in the order of RFC 9110 13.2.2: If-Match compares strongly,
 * If-None-Match weakly. Nothing here has a modification date, so the conditions on dates are ignored (13.1.3, 13.1.4).
 */
function unmetCondition(transport: Transport, tag: string): 'match' | 'none-match' | undefined {
  const match = transport.header('if-match');
  if (match !== undefined && !lists(match, tag, false)) return 'match';
  const noneMatch = transport.header('if-none-match');
  return noneMatch !== undefined && lists(noneMatch, tag, true) ? 'none-match' : undefined;
}

function lists(field: string, tag: string, weakly: boolean): boolean {
  if (field.trim() === '*') return true;
  return field.split(',', 100).some((part) => {
    const each = part.trim();
    return each === tag || (weakly && each === `W/${tag}`);
  });
}
