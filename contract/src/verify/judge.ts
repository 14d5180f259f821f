// The checks that hold for every answer, whichever phase asked.

import { typed, typesOf } from '../codec/typing.ts';
import { steady } from '../generate/instance.ts';
import { isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Operation, Param, Response, Schema } from '../model/contract.ts';
import { compileSchema, type Validator } from '../schema/compile.ts';
import { isJson } from './body.ts';
import { type Fault, placeOf, short } from './checks.ts';
import { isImplied, isSecured, mediaFor, responseFor } from './declared.ts';
import { type Exchange, mediaType } from './exchange.ts';
import { hiddenShown } from './hidden.ts';

export class Judge {
  readonly #contract: Contract;
  readonly #validators = new WeakMap<object, Validator>();

  constructor(contract: Contract) {
    this.#contract = contract;
  }

  /** Faults of one answer. `isValid` = the contract allows the request. */
  faults(exchange: Exchange, isValid: boolean): Fault[] {
    const { status, operation } = exchange;
    const isOther = exchange.request.method !== operation.method.toUpperCase();
    // 501 is a true answer to a method that nobody knows (RFC 9110, 15.6.2).
    if (status >= 500) return isOther && status === 501 ? [] : [serverError(exchange)];
    // Another method than the operation's is answered by HTTP, not by the operation.
    if (isOther) return [...this.#problemShape(exchange), ...withoutAllow(exchange)];
    const response = responseFor(operation, status);
    const faults: Fault[] = [];
    if (!response) {
      if (!isImplied(this.#contract, exchange, isValid)) faults.push(undeclaredStatus(exchange));
    } else if (!isOtherRefusal(exchange, response))
      faults.push(...this.#body(exchange, response), ...this.#headers(exchange, response));
    faults.push(...this.#problemShape(exchange), ...this.#cache(exchange), ...this.#slow(exchange));
    faults.push(...hiddenShown(this.#contract, exchange));
    return faults;
  }

  #body(exchange: Exchange, response: Response): Fault[] {
    const { answer, type, operation, status } = exchange;
    if (answer.body.length === 0 || response.media.length === 0) return [];
    const media = mediaFor(response, type);
    if (!media) {
      const declared = response.media.map((each) => each.type).join(', ');
      const message = `The answer comes as ${type || 'nothing in particular'}.`;
      return [{ check: 'undeclared-media', message, expected: declared, actual: type, at: `${status}` }];
    }
    if (!isJson(type) || media.schema === undefined) return [];
    const at = `${response.status} ${media.type}`;
    if (exchange.value === undefined) {
      const message = 'The body is not JSON.';
      return [{ check: 'response-schema', message, expected: 'JSON', actual: short(exchange.text), at }];
    }
    const validator = this.#validatorOf(media.schema, 'response');
    if (validator.check(exchange.value)) return [];
    return validator.explain(exchange.value, 3).map((violation) => ({
      check: 'response-schema',
      message: `${violation.pointer === '' ? 'The body' : violation.pointer} breaks the schema of ${operation.id} ${status}: ${violation.message}`,
      expected: violation.message,
      actual: violation.actual === undefined ? short(exchange.text) : short(JSON.stringify(violation.actual)),
      at: `${at} ${placeOf(violation.pointer)} ${violation.rule}`,
      ...(isObject(media.schema) ? { node: media.schema } : {}),
    }));
  }

  #headers({ answer, status }: Exchange, response: Response): Fault[] {
    return response.headers.flatMap((header): Fault[] => {
      const text = answer.headers[header.name.toLowerCase()];
      const at = `${response.status} header ${header.name}`;
      if (text === undefined) {
        const message = `The header ${header.name} of ${status} is missing.`;
        return header.required
          ? [{ check: 'response-headers', message, expected: header.name, actual: 'no such header', at }]
          : [];
      }
      const value = this.#headerValue(header, text);
      if (value === undefined || this.#validatorOf(header.schema, 'response').check(value)) return [];
      const [violation] = this.#validatorOf(header.schema, 'response').explain(value, 1);
      const message = `The header ${header.name} of ${status} breaks its schema: ${violation?.message ?? ''}`;
      return [{ check: 'response-headers', message, expected: violation?.message ?? '', actual: short(text), at }];
    });
  }

  /** Scalars only: lists and objects in headers are rarely written as their style says. */
  #headerValue(header: Param, text: string): JsonValue | undefined {
    const types = typesOf(header.schema, this.#contract.document);
    return types.has('array') || types.has('object') ? undefined : typed(text, types);
  }

  /** Our contracts promise problem documents; others are held to what they send. */
  #problemShape(exchange: Exchange): Fault[] {
    const { status, type, value, request } = exchange;
    if (status < 400 || request.method === 'HEAD') return [];
    const at = 'problem';
    if (type !== 'application/problem+json') {
      if (this.#contract.foreign) return [];
      const message = `A refusal comes as ${type || 'nothing in particular'}.`;
      return [{ check: 'problem-shape', message, expected: 'application/problem+json', actual: type, at }];
    }
    const wrong = problemFault(value, status, !this.#contract.foreign);
    if (wrong === undefined) return [];
    const message = `The problem document breaks RFC 9457: ${wrong}.`;
    return [{ check: 'problem-shape', message, expected: wrong, actual: short(exchange.text), at }];
  }

  #cache({ operation, answer, succeeded }: Exchange): Fault[] {
    const field = answer.headers['cache-control'] ?? '';
    if (!succeeded || !isSecured(operation) || !/\bpublic\b|\bs-maxage\b/i.test(field)) return [];
    const declared = operation.node['x-plinth'];
    if (isObject(declared) && isObject(declared['cache']) && declared['cache']['scope'] === 'public') return [];
    const message = 'An answer behind a credential may be kept by shared caches.';
    return [{ check: 'cache-leak', message, expected: 'private or no-store', actual: field, at: 'cache-control' }];
  }

  #slow({ operation, answer }: Exchange): Fault[] {
    const declared = operation.node['x-plinth'];
    const { timeoutMs } = operation.policy;
    const isSaid = !this.#contract.foreign || (isObject(declared) && declared['timeoutMs'] !== undefined);
    if (!isSaid || answer.ms <= timeoutMs) return [];
    const message = `The answer took ${Math.round(answer.ms)} ms.`;
    return [
      {
        check: 'slow',
        message,
        expected: `at most ${timeoutMs} ms`,
        actual: `${Math.round(answer.ms)} ms`,
        at: 'timeoutMs',
      },
    ];
  }

  #validatorOf(schema: Schema, direction: 'response'): Validator {
    const { document } = this.#contract;
    if (!isObject(schema)) return compileSchema(schema, { document, direction });
    let validator = this.#validators.get(schema);
    if (!validator) this.#validators.set(schema, (validator = steady(compileSchema(schema, { document, direction }))));
    return validator;
  }
}

/** A refusal may always be a problem document; it comes from before the operation then, and is not the declared one. */
function isOtherRefusal({ status, type }: Exchange, response: Response): boolean {
  return (
    status >= 400 &&
    type === 'application/problem+json' &&
    !response.media.some((each) => mediaType(each.type) === type)
  );
}

function serverError(exchange: Exchange): Fault {
  return {
    check: 'server-error',
    message: `The target fails with ${exchange.status}.`,
    expected: 'an answer below 500',
    actual: `${exchange.status} ${short(exchange.text)}`,
    at: String(exchange.status),
  };
}

/** RFC 9110, 15.5.6. */
function withoutAllow({ status, answer, request }: Exchange): Fault[] {
  if (status !== 405 || answer.headers['allow'] !== undefined) return [];
  const message = `405 for ${request.method} does not say which methods are allowed.`;
  return [
    { check: 'response-headers', message, expected: 'the header Allow', actual: 'no such header', at: '405 allow' },
  ];
}

function undeclaredStatus({ operation, status, text }: Exchange): Fault {
  return {
    check: 'undeclared-status',
    message: `${status} is not declared.`,
    expected: declaredStatuses(operation),
    actual: `${status} ${short(text)}`,
    at: String(status),
  };
}

function declaredStatuses({ responses }: Operation): string {
  return responses.map(({ status }) => status).join(', ') || 'any declared status';
}

/** What RFC 9457 says about the members it names; ours are always there. */
function problemFault(value: JsonValue | undefined, status: number, isOurs: boolean): string | undefined {
  if (!isObject(value)) return 'it is no JSON object';
  const texts = ['type', 'title', 'detail', 'instance'].find(
    (name) => value[name] !== undefined && typeof value[name] !== 'string',
  );
  if (texts !== undefined) return `${texts} must be text`;
  if (value['status'] !== undefined && value['status'] !== status) return `status must be ${status}`;
  const missing = isOurs && ['type', 'title', 'status', 'code'].find((name) => !hasMember(value, name));
  return missing ? `${missing} is missing` : undefined;
}

function hasMember(value: JsonObject, name: string): boolean {
  return value[name] !== undefined && value[name] !== '';
}
