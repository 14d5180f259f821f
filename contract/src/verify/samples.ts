// A target for tests: the mock of a contract behind the same reading of requests as everywhere, without a network.

import { compileParams, type ParamReader } from '../codec/params.ts';
import { createMock } from '../mock/mock.ts';
import type { Contract, Operation } from '../model/contract.ts';
import { compileRoutes } from '../model/routes.ts';
import { compileBody } from '../schema/compile.ts';
import { isJson } from './body.ts';
import { mediaType, parsed, type Send, type TestAnswer } from './exchange.ts';
import { covers } from './wire.ts';

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

/** Answers as `plinth mock` does, as far as mock and contract alone can. */
export function mockSend(contract: Contract, { seed, now }: { seed: number; now: Temporal.Instant }): Send {
  const mock = createMock(contract, { seed });
  const route = compileRoutes([{ ...contract, basePath: '' }]);
  const readers = new Map<Operation, ParamReader>();
  const readerOf = (operation: Operation): ParamReader => {
    let reader = readers.get(operation);
    if (!reader) readers.set(operation, (reader = compileParams(operation, contract.document)));
    return reader;
  };
  return async (request) => {
    const [path = '', query = ''] = request.target.split(/\?(.*)/s);
    const match = route(request.method, path);
    if (match.kind !== 'match')
      return match.kind === 'method'
        ? {
            ...problemOf(405, 'method-not-allowed'),
            headers: { 'content-type': 'application/problem+json', allow: match.allow.join(', ') },
          }
        : problemOf(404, 'not-found');
    const { operation, params } = match;
    const { values, violations } = readerOf(operation).read({
      path: params,
      query,
      header: (name) => request.headers[name],
    });
    if (violations.length > 0) return problemOf(400, 'invalid-parameter', { errors: violations });
    const input: Record<string, unknown> = { ...values };
    const text = typeof request.body === 'string' ? request.body : '';
    const type = mediaType(request.headers['content-type']);
    const media = operation.body?.media.find((each) => covers(each.type, type));
    if (operation.body && text !== '' && !media) return problemOf(415, 'unsupported-media-type');
    if (operation.body?.required && text === '') return problemOf(400, 'invalid-body');
    if (media && text !== '' && isJson(type)) {
      const value = parsed(text);
      if (value === undefined) return problemOf(400, 'malformed-json');
      const reader = compileBody(media.schema ?? true, contract.document, {
        unknown: operation.policy.unknown,
        direction: 'request',
      });
      if (!reader.check(value)) return problemOf(400, 'invalid-body', { errors: reader.explain(value) });
      input['body'] = reader.project(value);
    }
    const answer = mock.answer({ operation, input, now });
    return answerOf(answer.status, answer.body, answer.headers);
  };
}
