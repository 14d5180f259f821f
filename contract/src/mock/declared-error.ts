// A refusal in the words of the contract: where an operation declares an error schema of its own, a problem document
// (RFC 9457) is said in that form. Our message stands in its message-like field.

import type { Generator } from '../generate/instance.ts';
import { isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Operation, Schema } from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';
import { headersOf } from './headers.ts';
import { put } from './overlay.ts';
import { type ChosenAnswer, chooseAnswer, isJson } from './places.ts';

export interface DeclaredError {
  status: number;
  /** Media type; '' when the contract declares the status without a body. */
  type: string;
  body: JsonValue | undefined;
  /** Those that the contract asks for, by name in lower case. */
  headers: Record<string, string>;
}

const problemType = 'application/problem+json';
/** What a status becomes where only the other one is declared. */
const instead: Readonly<Record<number, number>> = { 404: 410, 400: 422, 422: 400 };

/** How many objects inside objects are looked through for a message. */
const mostDepth = 4;

/** undefined where the problem document is right as it is, or where the contract says nothing about errors. */
export function declaredError(
  contract: Contract,
  operation: Operation,
  problem: JsonObject,
  generator: Generator,
): DeclaredError | undefined {
  const status = statusOf(operation, Number(problem['status']));
  const answer = chooseAnswer(operation, status);
  if (!answer) return undefined;
  const required = answer.headers.filter((header) => header.required);
  const headers = headersOf(generator, required);
  const said = saidAs(contract, answer, { problem, status, generator });
  if (said) return { ...said, headers };
  return required.length > 0 ? { status, type: problemType, body: { ...problem, status }, headers } : undefined;
}

/** The problem in the form of a declared answer; undefined where it keeps its own. */
function saidAs(
  contract: Contract,
  { media }: ChosenAnswer,
  { problem, status, generator }: { problem: JsonObject; status: number; generator: Generator },
): Omit<DeclaredError, 'headers'> | undefined {
  if (!media || media.type === problemType || !isJson(media.type) || media.schema === undefined)
    return status === problem['status'] || media?.type === problemType
      ? undefined
      : { status, type: problemType, body: { ...problem, status } };
  const { schema } = media;
  const validator = generator.validator(schema, 'response');
  if (validator.check({ ...problem, status })) {
    // Open schemas take anything; ours is meant only where its members are named.
    const { properties } = declaredMembers(schema, contract.document);
    if (properties.has('detail') && properties.has('title'))
      return { status, type: media.type, body: { ...problem, status } };
  }
  const shown = media.examples[0]?.value;
  const made =
    shown !== undefined && validator.check(shown)
      ? structuredClone(shown)
      : generator.instance(schema, { name: 'error', direction: 'response' }).value;
  if (!validator.check(made)) return undefined;
  if (isObject(made)) tell(contract, schema, made, { problem, status, fits: () => validator.check(made), depth: 0 });
  return { status, type: media.type, body: made };
}

function statusOf({ responses }: Operation, status: number): number {
  const has = (wanted: number): boolean => responses.some((response) => response.status === wanted);
  const other = instead[status];
  return !has(status) && other !== undefined && has(other) ? other : status;
}

interface Telling {
  problem: JsonObject;
  status: number;
  fits: () => boolean;
  depth: number;
}

/** Fills in message, code and status, also one object or one list deeper (`{ error: { message } }`, `errors[0].detail`). */
function tell(contract: Contract, schema: Schema, holder: JsonObject, telling: Telling): void {
  const { problem, status, fits, depth } = telling;
  if (depth > mostDepth) return;
  const { properties } = declaredMembers(schema, contract.document);
  const message = messageOf(problem);
  for (const name of new Set([...properties.keys(), ...Object.keys(holder)])) {
    // `@type` and `$schema` say something about the document itself.
    const plain = /^[a-z]/i.test(name) ? name.toLowerCase().replaceAll(/[^a-z]/g, '') : '';
    const isText = typeof holder[name] === 'string' || holder[name] === undefined;
    if (/^(message|detail|details|description|errordescription|errormessage|msg|reason)$/.test(plain) && isText)
      put(holder, name, message, fits);
    else if (plain === 'title' && isText) put(holder, name, problem['title'] ?? message, fits);
    else if (/^(code|error|errorcode|type)$/.test(plain) && typeof holder[name] === 'string')
      put(holder, name, problem['code'] ?? '', fits);
    else if (/^(status|statuscode|httpstatus|code)$/.test(plain))
      put(holder, name, typeof holder[name] === 'string' ? String(status) : status, fits);
    const inner = holder[name];
    const part = Array.isArray(inner) ? inner[0] : inner;
    const property = properties.get(name);
    if (!isObject(part) || property === undefined) continue;
    const below = Array.isArray(inner) ? (declaredMembers(property, contract.document).items ?? true) : property;
    tell(contract, below, part, { ...telling, depth: depth + 1 });
  }
}

/** The first thing that is wrong, with its place; else what the problem says of itself. */
function messageOf({ errors, detail, title }: JsonObject): string {
  const first = Array.isArray(errors) ? errors[0] : undefined;
  if (isObject(first) && typeof first['message'] === 'string') {
    const place = typeof first['pointer'] === 'string' ? first['pointer'].slice(1) : '';
    return place === '' ? first['message'] : `${place}: ${first['message']}`;
  }
  const text = [detail, title].find((each) => typeof each === 'string');
  return typeof text === 'string' ? text : '';
}
