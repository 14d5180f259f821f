// One small contract for the tests of the gate, with slots for what a test changes.

import { load } from '../load/load.ts';
import { isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue } from '../model/contract.ts';
import { diff, type DiffOptions } from './diff.ts';
import type { DiffFinding } from './finding.ts';

/** What stands in the contract in place of the usual. Objects are laid over what is there; null takes a key away. */
export interface Slots {
  /** Schemas: the request body of `makeThing`, its answer, its query parameter `q`, the header `X-Left` of its answer. */
  body?: JsonValue;
  answer?: JsonValue;
  param?: JsonValue;
  header?: JsonValue;
  /** Schemas of the property `p` of body and answer. */
  bodyProperty?: JsonValue;
  answerProperty?: JsonValue;
  /** Keys of the operation `makeThing`, of the parameter `q`, of the whole document. */
  operation?: JsonObject;
  parameter?: JsonObject;
  document?: JsonObject;
}

const thing: JsonObject = {
  type: 'object',
  properties: { id: { type: 'string' }, state: { type: 'string', enum: ['new', 'used'] } },
};

export function documentOf(slots: Slots = {}, version = '1.0.0'): JsonObject {
  const body = slots.body ?? (slots.bodyProperty === undefined ? thing : holding(slots.bodyProperty));
  const answer = slots.answer ?? (slots.answerProperty === undefined ? thing : holding(slots.answerProperty));
  const parameter: JsonObject = { name: 'q', in: 'query', schema: slots.param ?? { type: 'string' } };
  const headers: JsonObject = { 'X-Left': { schema: slots.header ?? { type: 'integer' } } };
  const operation: JsonObject = {
    operationId: 'makeThing',
    parameters: [laid(parameter, slots.parameter ?? {})],
    requestBody: { content: { 'application/json': { schema: body } } },
    responses: { '200': { description: 'It.', headers, content: { 'application/json': { schema: answer } } } },
  };
  const document: JsonObject = {
    openapi: '3.1.0',
    info: { title: 'Things', version },
    paths: { '/things': { post: laid(operation, slots.operation ?? {}) } },
  };
  return laid(document, slots.document ?? {});
}

/** An object with one property `p`. */
export function holding(schema: JsonValue): JsonObject {
  return { type: 'object', properties: { p: schema } };
}

/** A merge patch (RFC 7396), except that it does not reach into lists. */
export function laid(under: JsonObject, over: JsonObject): JsonObject {
  const result: JsonObject = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const before = result[key];
    if (value === null) delete result[key];
    else result[key] = isObject(before) && isObject(value) ? laid(before, value) : value;
  }
  return result;
}

/** Loads a document; an error finding is a defect of the test. */
export async function contractOf(document: JsonObject): Promise<Contract> {
  const { contract, findings } = await load('contract.json', { read: async () => JSON.stringify(document) });
  const wrong = findings.filter(({ severity }) => severity === 'error');
  if (!contract || wrong.length > 0) throw new Error(wrong.map(({ message }) => message).join('\n'));
  return contract;
}

/** What the gate finds; the revision has a new major version, so that no finding is about that. */
export async function findingsOf(
  base: Slots,
  revision: Slots,
  options: Partial<DiffOptions> = {},
): Promise<DiffFinding[]> {
  const sides = [await contractOf(documentOf(base)), await contractOf(documentOf(revision, '2.0.0'))] as const;
  const result = diff(...sides, { today: '2026-06-01', ...options });
  if (result.status === 'failed') throw new Error(result.reason);
  return result.findings;
}
