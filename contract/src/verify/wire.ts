// Calls to bytes, and back: a request is judged as the target will see it, so what an encoding cannot tell apart counts
// as one.

import { type BodyCodec, compileBodyCodec, encodeBody } from '../codec/body.ts';
import { mediaFor } from '../codec/media.ts';
import { compileParams, encodeParams, type ParamReader } from '../codec/params.ts';
import { steady } from '../generate/instance.ts';
import type { Contract, Operation, RouteMatch } from '../model/contract.ts';
import { compileRoutes } from '../model/routes.ts';
import { compileBody, type Validator, type Violation } from '../schema/compile.ts';
import { isJson, isStructured } from './body.ts';
import { type Call, mediaType, parsed, type TestRequest } from './exchange.ts';

/** What is wrong with a request; `in` says where. */
export type RequestFault = Violation & { in: 'path' | 'query' | 'header' | 'cookie' | 'body' };

/** Header values that arrive as they were sent (RFC 9110, 5.5, without obs-text). */
const sendable = /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/;

export class Wire {
  readonly contract: Contract;
  readonly #route: (method: string, path: string) => RouteMatch;
  readonly #params = new Map<Operation, ParamReader>();
  readonly #bodies = new Map<object, Validator>();
  readonly #codecs = new Map<Operation, BodyCodec>();

  constructor(contract: Contract) {
    this.contract = contract;
    this.#route = compileRoutes([{ ...contract, basePath: '' }]);
  }

  /** The request of a call. What is not sendable in a header makes it `undefined`. */
  encode(call: Call): TestRequest | undefined {
    const { operation, raw } = call;
    const { path, query, headers } = encodeParams(operation, call.params);
    const media = call.media ?? operation.body?.media.find(({ type }) => isJson(type)) ?? operation.body?.media[0];
    const body =
      call.body === undefined || media === undefined ? undefined : encodeBody(call.body, media, this.contract.document);
    const all: Record<string, string> = {
      accept: acceptOf(operation),
      ...(body ? { 'content-type': body.type } : {}),
      ...headers,
      ...call.headers,
    };
    for (const [name, value] of Object.entries(all)) {
      if (value === '') delete all[name];
      else if (!sendable.test(value)) return undefined;
    }
    const text = raw?.body ?? body?.body;
    return {
      method: raw?.method ?? operation.method.toUpperCase(),
      target: `${path}${raw?.query ?? query}`,
      headers: all,
      ...(text === undefined ? {} : { body: text }),
    };
  }

  /** Why the contract does not allow a request to this operation; none = valid. */
  faults(operation: Operation, request: TestRequest): RequestFault[] {
    const mark = request.target.indexOf('?');
    const path = mark < 0 ? request.target : request.target.slice(0, mark);
    const match = this.#route(request.method, path);
    if (match.kind !== 'match' || match.operation !== operation)
      return [{ in: 'path', pointer: '', rule: 'route', message: 'Leads elsewhere.', schema: '' }];
    const { violations } = this.#readerOf(operation).read({
      path: match.raw,
      query: mark < 0 ? '' : request.target.slice(mark + 1),
      header: (name) => request.headers[name],
    });
    return [...violations, ...this.#bodyFaults(operation, request)];
  }

  #bodyFaults(operation: Operation, { headers, body }: TestRequest): RequestFault[] {
    const declared = operation.body;
    if (!declared) return [];
    if (body === undefined || body.length === 0)
      return declared.required ? bodyFault('required', 'A body is needed.') : [];
    const type = mediaType(headers['content-type']);
    const media = mediaFor(declared.media, type);
    if (!media) return bodyFault('media-type', `${type || 'No media type'} is not declared.`);
    if (media.schema === undefined || !isStructured(type)) return [];
    if (!isJson(type)) return this.#formFaults(operation, headers['content-type'] ?? '', body);
    const value = typeof body === 'string' ? parsed(body) : undefined;
    if (value === undefined) return bodyFault('syntax', 'Is not JSON.');
    return this.bodyReader(operation, media.schema)
      .explain(value, 5)
      .map((violation) => ({ ...violation, in: 'body' }));
  }

  /** Of a form and a multipart form: as they arrive. */
  #formFaults(operation: Operation, type: string, body: string | Uint8Array): RequestFault[] {
    let codec = this.#codecs.get(operation);
    if (!codec && operation.body) {
      codec = compileBodyCodec(operation.body, this.contract, { unknown: operation.policy.unknown });
      this.#codecs.set(operation, codec);
    }
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    const decoded = codec?.decode(bytes, type) ?? { value: undefined };
    return 'value' in decoded ? [] : decoded.violations;
  }

  bodyReader(operation: Operation, schema: Exclude<Call['media'], undefined>['schema'] & {}): Validator {
    const key = typeof schema === 'object' ? schema : operation;
    let reader = this.#bodies.get(key);
    if (!reader) {
      const { unknown } = operation.policy;
      reader = steady(compileBody(schema, this.contract.document, { unknown, direction: 'request' }));
      this.#bodies.set(key, reader);
    }
    return reader;
  }

  #readerOf(operation: Operation): ParamReader {
    let reader = this.#params.get(operation);
    if (!reader) this.#params.set(operation, (reader = compileParams(operation, this.contract.document)));
    return reader;
  }
}

function bodyFault(rule: string, message: string): RequestFault[] {
  return [{ in: 'body', pointer: '', rule, message, schema: '' }];
}

/** All that the operation may answer with, and problem documents. */
function acceptOf({ responses }: Operation): string {
  const types = new Set(responses.flatMap(({ media }) => media.map(({ type }) => mediaType(type))));
  types.add('application/problem+json');
  types.add('application/json');
  return types.size > 8 ? '*/*' : [...types].join(', ');
}
