// A target for tests: the mock of a contract behind the same reading of requests as everywhere, without a network.

import { mediaFor } from '../codec/media.ts';
import { compileParams, type ParamReader } from '../codec/params.ts';
import { steady } from '../generate/instance.ts';
import { createMock } from '../mock/mock.ts';
import type { Contract, Operation } from '../model/contract.ts';
import { compileRoutes } from '../model/routes.ts';
import { compileBody } from '../schema/compile.ts';
import { isJson } from './body.ts';
import { mediaType, parsed, type Send, type TestAnswer, type TestRequest } from './exchange.ts';

const encoder = new TextEncoder();

export function answerOf(status: number, body?: unknown, headers: Record<string, string> = {}): TestAnswer {
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  const bytes =
    body instanceof Uint8Array
      ? body
      : encoder.encode(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
  return {
    status,
    headers: { ...(body === undefined ? {} : { 'content-type': type }), ...headers },
    body: bytes,
    ms: 1,
  };
}

export function problemOf(status: number, code: string, more: Record<string, unknown> = {}): TestAnswer {
  return answerOf(status, { type: `/problems/${code}`, title: code, status, code, ...more });
}

/** Answers as `plinth mock` does, as far as mock and contract alone can: it reads, validates, remembers keys. */
export function mockSend(contract: Contract, { seed, now }: { seed: number; now: Temporal.Instant }): Send {
  const mock = createMock(contract, { seed });
  const route = compileRoutes([{ ...contract, basePath: '' }]);
  const answered = new Map<string, { wish: string; answer: TestAnswer }>();
  const read = readerOf(contract);
  return async (request) => {
    const [path = '', query = ''] = request.target.split(/\?(.*)/s);
    const match = route(request.method, path);
    if (match.kind === 'none') return problemOf(404, 'not-found');
    if (match.kind === 'method')
      return withHeaders(problemOf(405, 'method-not-allowed'), { allow: match.allow.join(', ') });
    const { operation, raw } = match;
    const input = read(operation, { request, path: raw, query });
    if ('status' in input) return input.status;
    const key = request.headers['idempotency-key'];
    const { idempotency, effect } = operation.policy;
    if (key === undefined && effect !== 'read' && idempotency.mode === 'required') return problemOf(400, 'key-missing');
    const wish = `${request.method} ${request.target} ${String(request.body)}`;
    const before = key === undefined ? undefined : answered.get(`${operation.id} ${key}`);
    if (before) return before.wish === wish ? before.answer : problemOf(422, 'idempotency-key-reused');
    const said = mock.answer({ operation, input: input.values, now });
    const isText = typeof said.body === 'string' && isJson(said.headers['content-type'] ?? '');
    const answer = answerOf(said.status, isText ? JSON.stringify(said.body) : said.body, said.headers);
    if (key !== undefined && said.kind === 'answer') answered.set(`${operation.id} ${key}`, { wish, answer });
    return answer;
  };
}

type Read = (
  operation: Operation,
  of: { request: TestRequest; path: Record<string, string>; query: string },
) => { values: Record<string, unknown> } | { status: TestAnswer };

function readerOf(contract: Contract): Read {
  const readers = new Map<Operation, ParamReader>();
  return (operation, { request, path, query }) => {
    let reader = readers.get(operation);
    if (!reader) readers.set(operation, (reader = compileParams(operation, contract.document)));
    const { values, violations } = reader.read({ path, query, header: (name) => request.headers[name] });
    if (violations.length > 0) return { status: problemOf(400, 'invalid-parameter', { errors: violations }) };
    const body = readBody(contract, operation, request);
    if (body && 'status' in body) return body;
    return { values: body === undefined ? values : { ...values, body: body.value } };
  };
}

function readBody(
  contract: Contract,
  { body, policy }: Operation,
  request: TestRequest,
): { value: unknown } | { status: TestAnswer } | undefined {
  const text = typeof request.body === 'string' ? request.body : '';
  if (!body || text === '') return body?.required ? { status: problemOf(400, 'invalid-body') } : undefined;
  const type = mediaType(request.headers['content-type']);
  const media = mediaFor(body.media, type);
  if (!media) return { status: problemOf(415, 'unsupported-media-type') };
  if (!isJson(type)) return undefined;
  const value = parsed(text);
  if (value === undefined) return { status: problemOf(400, 'malformed-json') };
  const reader = compileBody(media.schema ?? true, contract.document, {
    unknown: policy.unknown,
    direction: 'request',
  });
  if (!steady(reader).check(value))
    return { status: problemOf(400, 'invalid-body', { errors: steady(reader).explain(value) }) };
  return { value: reader.project(value) };
}

function withHeaders(answer: TestAnswer, headers: Record<string, string>): TestAnswer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}
