// What goes through an edge that hands calls on unread (a manifest with `pass`): every header field that is meant for the
// other end (RFC 9110 7.6.1), but those that are ours to say: they would be believed.

import type { Sent } from '../context.ts';
import type { UpstreamAnswer } from '../ports/index.ts';
import type { Answer, Exchange } from './exchange.ts';
import { isField } from './head.ts';
import type { CompiledOperation } from './operation.ts';

/** Of one connection; what its `Connection` names comes on top. */
const ofConnection = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/**
 * Credentials for us, what describes a body we write anew, whose call it is, and what would make another call of it than the
 * one that was judged: that is said by us or by nobody.
 */
const ownOfRequests: ReadonlySet<string> = new Set([
  ...ofConnection,
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'dpop',
  'expect',
  'forwarded',
  'host',
  'traceparent',
  'tracestate',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-url',
  'x-real-ip',
  'x-rewrite-url',
]);

/** What each of our answers says itself. An `Alt-Svc` of theirs would lead callers past us. */
const ownOfAnswers: ReadonlySet<string> = new Set([
  ...ofConnection,
  'alt-svc',
  'content-length',
  'content-type',
  'date',
  'idempotent-replayed',
  'ratelimit',
  'ratelimit-policy',
  'referrer-policy',
  'strict-transport-security',
  'traceparent',
  'tracestate',
  'x-content-type-options',
]);

/** Ours by their first letters: who may read answers is a setting (cors.ts). */
const ownPrefixes = /^(?:plinth-|x-forwarded-|access-control-|x-ratelimit-)/;

/** Of the answer to one caller at one time; one that is kept, or read within, has its own or none. */
const ofOneAnswer: ReadonlySet<string> = new Set([
  'age',
  'cache-control',
  'etag',
  'expires',
  'pragma',
  'set-cookie',
  'vary',
]);

/** Never kept with an answer for its repetitions: a cookie is a credential, and freshness is over by then. */
const saidOnce: ReadonlySet<string> = new Set(['cache-control', 'set-cookie']);

/** Names of fixed headers of which an answer may have several, or theirs goes before ours. */
const shared: ReadonlySet<string> = new Set(['cache-control', 'link', 'vary']);

/** Another system's answer that its manifest passes on unread. */
export interface Passed {
  readonly passed: UpstreamAnswer;
}

export function isPassed(result: unknown): result is Passed {
  return typeof result === 'object' && result !== null && 'passed' in result;
}

/** It as an answer of ours. What cannot stand in a head is left out. */
export function answerPassed(x: Exchange, { status, headers, body }: UpstreamAnswer): Answer {
  const { kept, once } = fieldsOf(x, headers);
  const [type = ''] = listOf(headers['content-type']);
  const answer = {
    status,
    headers: kept,
    type: type !== '' && isField('content-type', type) ? type : 'application/octet-stream',
    body: body.length > 0 ? body : undefined,
  };
  if (once.length === 0) return answer;
  return { ...answer, cached: { headers: [...fixedBeside(x.operation, once), ...once], etag: undefined } };
}

/** Alternating names and values: those that are kept with the answer where it is kept, and those that are said once. */
function fieldsOf(
  { operation, transport }: Exchange,
  headers: UpstreamAnswer['headers'],
): { kept: string[]; once: string[] } {
  const listed = namesIn(headers['connection']);
  const fixed = new Set(operation.fixedHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
  const isOurs = (name: string): boolean =>
    ownOfAnswers.has(name) || ownPrefixes.test(name) || (fixed.has(name) && !shared.has(name));
  const kept: string[] = [];
  const once: string[] = [];
  for (const [name, said] of Object.entries(headers)) {
    if (isOurs(name) || listed.has(name) || (transport === undefined && ofOneAnswer.has(name))) continue;
    const into = saidOnce.has(name) ? once : kept;
    for (const value of listOf(said))
      if (isField(name, value) && !(name === 'set-cookie' && isOurCookie(value))) into.push(name, value);
  }
  return { kept, once };
}

/** The operation's fixed headers; what they say of keeping goes before `no-store`. */
function fixedBeside({ fixedHeaders, operation }: CompiledOperation, once: readonly string[]): readonly string[] {
  const at = fixedHeaders.indexOf('Cache-Control');
  if (at < 0 || !once.some((name, index) => index % 2 === 0 && name === 'cache-control')) return fixedHeaders;
  const beside = fixedHeaders.toSpliced(at, 2);
  // They do not know who asked: to whom it may be given again depends on what we go by.
  return operation.security?.length === 0 ? beside : [...beside, 'Vary', 'authorization, cookie'];
}

/** Fields of a request that go on, names in lower case, and its cookies but ours. `isKept`: further names that stay here. */
export function fieldsPassed(
  { fields }: Sent,
  isKept: (name: string) => boolean,
): { fields: string[]; cookies: string[] } {
  const pairs: [name: string, value: string][] = [];
  for (let index = 0; index + 1 < fields.length; index += 2)
    pairs.push([(fields[index] as string).toLowerCase(), fields[index + 1] as string]);
  const valuesOf = (wanted: string): string[] => pairs.flatMap(([name, value]) => (name === wanted ? [value] : []));
  const listed = namesIn(valuesOf('connection'));
  const passed = pairs.filter(([name]) => !isOursToSay(name) && !listed.has(name) && !isKept(name));
  const cookies = valuesOf('cookie')
    .flatMap((value) => value.split(';'))
    .map((each) => each.trim())
    .filter((each) => each !== '' && !isOurCookie(each));
  return { fields: passed.flat(), cookies: listed.has('cookie') ? [] : cookies };
}

/** Many servers take `x_account` for `x-account`, which may be ours or have been judged. */
function isOursToSay(name: string): boolean {
  return ownOfRequests.has(name) || ownPrefixes.test(name) || name.includes('_');
}

/** Sessions and sign-ins of ours, whatever browsers promise for the name. */
function isOurCookie(text: string): boolean {
  return /^\s*(?:__(?:host|secure)-)?plinth/i.test(text);
}

function namesIn(said: string | readonly string[] | undefined): ReadonlySet<string> {
  return new Set(listOf(said).flatMap((each) => each.split(',').map((name) => name.trim().toLowerCase())));
}

function listOf(said: string | readonly string[] | undefined): readonly string[] {
  return typeof said === 'string' ? [said] : (said ?? []);
}
