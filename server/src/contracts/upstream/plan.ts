// One operation at an upstream, compiled from its manifest: how a call is written, and what an answer means. Called by the
// handlers (fulfil.ts) and by the look-up of lost answers.

import { compileBody, type Contract, encodeParams, isJsonType, type Operation, type Param } from '@plinth/contract';
import {
  type BaseContext,
  type Db,
  isProblem,
  type Problem,
  type Reply,
  type Sent,
  type UpstreamAnswer,
} from '@plinth/runtime';
import { problem } from '@plinth/runtime/kernel';
import { type GuardedCall, retryAfterMs, type Sighting, type UpstreamIds } from '@plinth/runtime/pipeline';
import type { ErrorEntry, Manifest, Mapping, RequestMap, ResponseMap, UpstreamIdempotency } from './manifest.ts';
import {
  compileMapping,
  compileShape,
  type IdLink,
  type Mapper,
  type MappingParts,
  Unmapped,
  valueUnder,
} from './mapping.ts';
import { compilePassing } from './passed-on.ts';

export interface PlanParts {
  manifest: Manifest;
  contract: Contract;
  operation: Operation;
  theirs: Operation;
  ids: UpstreamIds;
  request: RequestMap | undefined;
  response: ResponseMap | undefined;
  errors: readonly ErrorEntry[];
  idempotency?: UpstreamIdempotency | undefined;
}

/** What a mapping reads beside input and body. */
export interface CallFacts {
  input: Readonly<Record<string, unknown>>;
  ctx: Pick<BaseContext, 'principal' | 'owner' | 'expectedVersion' | 'traceId' | 'trace'> & { db: Db };
  /** What the other side knows this call by. */
  reference: string;
  /** As the call came, for a manifest that passes it on. */
  sent?: Sent | undefined;
}

/** The request as it is written, without the guards' part; its fields are its own, for others to be added. */
export interface Written extends Pick<GuardedCall, 'method' | 'target' | 'headers' | 'body'> {
  /** Media type of the body; undefined = JSON. */
  type?: string | undefined;
}

/** `unusable`: it does not say what our contract promises. `reason` is for the log. */
export type Read = Reply | Problem | { kind: 'unusable'; reason: string };

export interface Plan {
  /** `prefix`: path of the release's address. A problem when it cannot be asked at all. */
  write(facts: CallFacts, prefix: string): Written | Problem | Promise<Written | Problem>;
  /** What an answer means to our caller. Both wait only where ids are looked up. */
  read(answer: UpstreamAnswer, facts: CallFacts): Read | Promise<Read>;
}

export function compilePlan(parts: PlanParts): Plan {
  return { write: compileWrite(parts), read: compileRead(parts) };
}

function compileWrite(parts: PlanParts): Plan['write'] {
  const { manifest, theirs, operation, request, ids } = parts;
  const method = theirs.method.toUpperCase();
  const sources = mappingParts(manifest, 'out');
  const params = compileMapping(paramMapping(request ?? {}, theirs.params), sources);
  const body = request?.body === undefined ? undefined : compileMapping(request.body, sources);
  const hasBody = theirs.body !== undefined;
  const segments = theirs.params.filter((param) => param.in === 'path').map(({ name }) => name);
  const pass = manifest.pass !== undefined && request === undefined ? compilePassing(parts) : undefined;
  const finish = (
    values: Record<string, unknown>,
    content: unknown,
    prefix: string,
    sent?: Sent,
  ): Written | Problem => {
    for (const name of segments) if (isStep(values[name])) return problem('not-found');
    const { path, query, headers } = encodeParams(theirs, values);
    const fields: string[] = ['accept', 'application/json'];
    for (const name of Object.keys(headers)) {
      const value = headers[name] as string;
      if (/[^\t\u0020-\u007e]/.test(value)) return unwritable(operation, name);
      fields.push(name, value);
    }
    const said = hasBody ? content : undefined;
    if (pass !== undefined) {
      const { query: whole, ...written } = pass({ query, headers, content: said }, sent);
      return { method, target: prefix + path + whole, ...written };
    }
    const body = said === undefined ? undefined : JSON.stringify(said);
    return { method, target: prefix + path + query, headers: fields, body };
  };
  return ({ input, ctx, reference, sent: asSent }, prefix) => {
    if (request === undefined) return finish(input, input['body'], prefix, asSent);
    const { principal, owner, expectedVersion, traceId } = ctx;
    const { customerId, subject, channel } = principal;
    const source = {
      input,
      body: input['body'],
      caller: { customerId, subject, owner, channel },
      call: { reference, expectedVersion, trace: traceId },
    };
    const links: IdLink[] = [];
    const values = params(source, links) as Record<string, unknown>;
    const sent = body?.(source, links);
    if (links.length === 0) return finish(values, sent, prefix);
    return filled(links, ids, ctx.db).then((isKnown) =>
      isKnown ? finish(values, sent, prefix) : problem('not-found'),
    );
  };
}

/** Puts their ids in the place of ours; false = one was never given out. */
async function filled(links: readonly IdLink[], ids: UpstreamIds, db: Db): Promise<boolean> {
  for (const { object, value, put } of links) {
    const known = await ids.toTheirs(db, object, value);
    if (known === undefined) return false;
    put(known);
  }
  return true;
}

/** An empty segment or a dot segment would lead to another operation of theirs. */
function isStep(value: unknown): boolean {
  return value === '' || value === '.' || value === '..';
}

function unwritable(operation: Operation, header: string): Problem {
  const errors = [{ in: 'header', pointer: `/${header}`, rule: 'format', message: 'Only visible ASCII characters.' }];
  return problem('invalid-parameter', { errors, operation: operation.id });
}

/** All parameters by the names of their contract. */
function paramMapping({ path = {}, query = {}, header = {} }: RequestMap, params: readonly Param[]): Mapping {
  const named = Object.entries(header).map(([name, entry]) => {
    const param = params.find((each) => each.in === 'header' && each.name.toLowerCase() === name.toLowerCase());
    return [param?.name ?? name, entry] as const;
  });
  return { ...Object.fromEntries(named), ...query, ...path };
}

function compileRead(parts: PlanParts): Plan['read'] {
  const { manifest, contract, operation, response, ids, errors } = parts;
  const status = response?.status ?? firstSuccess(operation);
  const body = compileResponseBody(response, mappingParts(manifest, 'in'));
  const schema = operation.responses
    .find((each) => each.status === status)
    ?.media.find(({ type }) => isJsonType(type))?.schema;
  const shape =
    schema === undefined
      ? undefined
      : compileBody(schema, contract.document, { unknown: 'drop', direction: 'response' });
  const owned = operation.policy.ownerCheck.some(({ list }) => list === true);
  const finish = (value: unknown): Read => {
    if (shape?.check(value) === false)
      return { kind: 'unusable', reason: JSON.stringify(shape.explain(value, 3)).slice(0, 500) };
    return { status, body: body === undefined ? shape?.project(value) : value };
  };
  return (answer, { input, ctx }) => {
    if (answer.status < 200 || answer.status > 299) return refusalOf(answer, { manifest, errors });
    if (shape === undefined) return { status, body: undefined };
    const said = parseAnswer(answer);
    if (said === undefined) return { kind: 'unusable', reason: 'it is no JSON' };
    if (body === undefined) return finish(said.value);
    const links: IdLink[] = [];
    let value: unknown;
    try {
      value = body({ body: said.value, header: answer.headers, input }, links);
    } catch (error) {
      if (error instanceof Unmapped) return { kind: 'unusable', reason: error.message };
      throw error;
    }
    if (links.length === 0) return finish(value);
    const seen = links.map((link) => sighting(link, manifest));
    // Whoever filtered wrongly would show a customer what belongs to another.
    if (owned && ctx.owner !== undefined && seen.some(({ owner }) => owner !== undefined && owner !== ctx.owner))
      return { kind: 'unusable', reason: 'it lists what belongs to somebody else' };
    return ids.toOurs(ctx.db, seen).then((ours) => {
      links.forEach(({ put }, index) => put(ours[index] as string));
      return finish(value);
    });
  };
}

/** What is entered of one id: theirs, and whose the thing is. */
export function sighting({ object, value, source }: IdLink, manifest: Manifest): Sighting {
  const map = manifest.ids?.[object];
  const at = (pointer: string | undefined): string | undefined => {
    const found = pointer === undefined ? undefined : valueUnder(source, pointer);
    return typeof found === 'string' && found !== '' ? found : undefined;
  };
  return { object, theirs: value, owner: at(map?.owner), ours: at(map?.ours) };
}

function compileResponseBody(response: ResponseMap | undefined, parts: MappingParts): Mapper | undefined {
  const { body } = response ?? {};
  if (body === undefined) return undefined;
  if (typeof body['shape'] !== 'string' || Object.keys(body).length !== 1) return compileMapping(body, parts);
  const shape = compileShape(body['shape'], parts);
  return (source, links) => shape((source as { body: unknown }).body, links);
}

export function mappingParts({ states = {}, ids = {}, shapes = {} }: Manifest, direction: 'in' | 'out'): MappingParts {
  return { states, ids, shapes, direction };
}

function firstSuccess({ responses }: Operation): number {
  const found = responses.find(({ status }) => typeof status === 'number' && status >= 200 && status < 300);
  return typeof found?.status === 'number' ? found.status : 200;
}

/** JSON, or undefined for anything else; their text never goes further than this. */
export function parseAnswer({ headers, body }: UpstreamAnswer): { value: unknown } | undefined {
  const type = headers['content-type'];
  if (type !== 'application/json' && (typeof type !== 'string' || !isJsonType(type.split(';', 1)[0] ?? '')))
    return undefined;
  try {
    // Without a name it is UTF-8, and none is looked up.
    return { value: JSON.parse(body.toString()) as unknown };
  } catch {
    return undefined;
  }
}

/** Their refusal as our problem. Nothing of their text is in it. */
function refusalOf(
  answer: UpstreamAnswer,
  { manifest, errors }: { manifest: Manifest; errors: readonly ErrorEntry[] },
): Problem {
  const entry = errorOf(answer, manifest, errors);
  const waitS = Math.ceil((retryAfterMs(answer) ?? 0) / 1000);
  if (entry !== undefined) {
    const { retryable } = entry;
    return {
      ...problem(entry.problem as 'not-found'),
      answer: {
        ...(retryable === undefined ? {} : { retryable }),
        ...(waitS > 0 && retryable !== false ? { headers: { 'Retry-After': String(waitS) } } : {}),
      },
    };
  }
  if (answer.status !== 503 && answer.status !== 429) return problem('upstream-failed');
  return { ...problem('dependency-unavailable'), answer: { headers: { 'Retry-After': String(Math.max(1, waitS)) } } };
}

/** Lower = fits better. */
function rank({ status, code }: ErrorEntry): number {
  return (code === undefined ? 2 : 0) + (typeof status === 'number' ? 0 : 1);
}

/** The entry for a refusal: with its code before without, exact status before class; the operation's stand first. */
export function errorOf(
  answer: UpstreamAnswer,
  { errorCode }: Manifest,
  errors: readonly ErrorEntry[],
): ErrorEntry | undefined {
  const said = errorCode === undefined ? undefined : valueUnder(parseAnswer(answer)?.value, errorCode);
  const fitting = errors.filter(
    ({ status, code }) =>
      (status === answer.status || String(status).toUpperCase() === `${Math.floor(answer.status / 100)}XX`) &&
      (code === undefined || code === said),
  );
  return fitting.toSorted((left, right) => rank(left) - rank(right))[0];
}

export function isWritten(written: Written | Problem): written is Written {
  return !isProblem(written);
}
