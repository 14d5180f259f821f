// Stage `respond`: one answer to bytes. Validator and preconditions of what is read, HEAD without body, `no-store` unless
// the contract says otherwise. An invocation gets the same answer as a value.

import { traceparentOf } from '../../telemetry/trace.ts';
import type { Answer, Exchange } from '../exchange.ts';
import { fieldLines, flat } from '../head.ts';
import { type CompiledOperation, refuse } from '../operation.ts';
import type { Transport } from '../transport.ts';
import { streamLimits } from './stream.ts';

/** Sends an answer over the exchange's transport. Gives what was sent: the answer, or 412 in its place. */
export function respond(x: Exchange, answer: Answer): Answer {
  const { transport, operation } = x;
  if (transport === undefined || transport.gone) return leave(answer);
  const fixed = answer.cached === undefined ? operation.fixedHead : headOf(answer.cached.headers);
  let head = `${fixed}${traceparentOf(x.trace)}\r\n`;
  if (answer.headers.length > 0) head += fieldLines(answer.headers);
  if (x.rateLimit !== undefined) head += `${x.rateLimitLines}${x.rateLimit}\r\n`;
  if (operation.cors !== undefined) head += fieldLines(operation.cors.answer(transport.header('origin')));
  if (operation.partLines !== undefined) head += operation.partLines(x);
  if (answer.stream !== undefined) return sendStream(transport, answer, head);
  const unmet = unmetOf(x, transport, answer);
  if (unmet === 'match') return respond(x, refuse(x, 'precondition-failed'));
  if (unmet === undefined) return sendWhole(x, transport, answer, head);
  transport.send(304, `${head}ETag: ${tagOf(x, answer)}\r\n`, undefined);
  return answer;
}

/** The lines known beforehand, with the name of the first that is not. */
export function headOf(headers: readonly string[]): string {
  return `${fieldLines(headers)}traceparent: `;
}

function sendWhole(x: Exchange, transport: Transport, answer: Answer, fields: string): Answer {
  const { body, status } = answer;
  if (body === undefined) {
    const tag = tagOf(x, answer);
    const head = tag === undefined ? fields : `${fields}ETag: ${tag}\r\n`;
    transport.send(status, status === 204 || status === 304 ? head : `${head}Content-Length: 0\r\n`, undefined);
    return answer;
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  const isAscii = typeof body === 'string' && length === body.length;
  const head = `${fields}${aboutBody(x, answer)}${length}\r\n`;
  transport.send(status, head, transport.method === 'HEAD' ? undefined : body, isAscii);
  return answer;
}

const json = 'application/json';
const jsonLines = flat(linesOf(json));

function linesOf(type: string): string {
  return `${fieldLines(['Content-Type', type])}Content-Length: `;
}

/** ETag, type, and the name of the length. Few pieces, since each piece of a head is copied on its own. */
function aboutBody(x: Exchange, answer: Answer): string {
  const { version, cached, type } = answer;
  if (version !== undefined && cached === undefined && type === json) return `ETag: "${version}${versionedLines(x)}`;
  const tag = tagOf(x, answer);
  const lines = type === json ? jsonLines : linesOf(type);
  return tag === undefined ? lines : `ETag: ${tag}\r\n${lines}`;
}

/** What follows the version, by operation and audience. */
const versioned = new WeakMap<CompiledOperation, Map<string, string>>();

function versionedLines({ operation, principal: { audience } }: Exchange): string {
  let byAudience = versioned.get(operation);
  if (byAudience === undefined) versioned.set(operation, (byAudience = new Map()));
  let lines = byAudience.get(audience);
  if (lines === undefined)
    byAudience.set(audience, (lines = flat(`.${operation.contract.major}.${audience}"\r\n${jsonLines}`)));
  return lines;
}

function sendStream(transport: Transport, answer: Answer, head: string): Answer {
  const pieces = answer.stream as AsyncIterable<string | Uint8Array>;
  const fields = head + fieldLines(['Content-Type', answer.type]);
  if (transport.method !== 'HEAD') transport.stream(answer.status, fields, pieces, streamLimits.quietMs);
  else {
    transport.send(answer.status, fields, undefined);
    leave(answer);
  }
  return answer;
}

/** Nobody reads it: whoever makes it may stop. */
function leave(answer: Answer): Answer {
  void answer.stream?.[Symbol.asyncIterator]().return?.();
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
function unmetOf(x: Exchange, transport: Transport, answer: Answer): 'match' | 'none-match' | undefined {
  if (answer.status !== 200 || (transport.method !== 'GET' && transport.method !== 'HEAD')) return undefined;
  const match = transport.header('if-match');
  const noneMatch = transport.header('if-none-match');
  if (match === undefined && noneMatch === undefined) return undefined;
  const tag = tagOf(x, answer);
  if (tag === undefined) return undefined;
  if (match !== undefined && !lists(match, tag, false)) return 'match';
  return noneMatch !== undefined && lists(noneMatch, tag, true) ? 'none-match' : undefined;
}

function lists(field: string, tag: string, weakly: boolean): boolean {
  if (field.trim() === '*') return true;
  return field.split(',', 100).some((part) => {
    const each = part.trim();
    return each === tag || (weakly && each === `W/${tag}`);
  });
}
