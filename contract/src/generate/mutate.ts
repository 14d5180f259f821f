// One change to a valid value at a time: every constraint of its schema at, just inside and just outside its bound, every
// member of an enumeration, every optional part left out. What each change is worth, the validator says.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { Draw } from './draw.ts';
import { flatten } from './flatten.ts';
import { asList } from './merge.ts';

export interface Mutation {
  /** Where the value changed. */
  pointer: string;
  /** The keyword that the change is about: `minimum`, `type`, `required`. */
  rule: string;
  /** The whole value, made when it is asked for: most mutations are only counted or chosen among. */
  make: () => JsonValue;
}

export interface MutateLimits {
  document: JsonObject;
  /** Mutations at most. */
  most: number;
}

const mostDepth = 6;
/** Longest text and list that is made to go beyond a bound. */
const mostLetters = 20_000;
const mostItems = 1_000;

/** Mutations of `value`, which must be valid against `schema`; parents before parts. The same ones every time. */
export function* mutations(schema: Schema, value: JsonValue, { document, most }: MutateLimits): Iterable<Mutation> {
  let count = 0;
  for (const change of changes({ schema, value, document, depth: 0 })) {
    if (count++ >= most) return;
    yield change;
  }
}

interface Place {
  schema: Schema;
  value: JsonValue;
  document: JsonObject;
  depth: number;
}

function* changes(place: Place): Iterable<Mutation> {
  const { document, depth, value } = place;
  const node = flat(place.schema, document);
  if (node === false || depth > mostDepth) return;
  yield* ofType(node, value);
  yield* ofMembers(node, value);
  if (typeof value === 'string') yield* ofText(node, value);
  else if (typeof value === 'number') yield* ofNumber(node, value);
  else if (Array.isArray(value)) yield* ofList(node, value, place);
  else if (isObject(value)) yield* ofObject(node, value, place);
}

const flattened = new WeakMap<object, JsonObject | false>();

/** The first branch of each choice; the validator knows which one the value took. */
function flat(schema: Schema, document: JsonObject): JsonObject | false {
  const make = (): JsonObject | false => flatten(schema, new Draw(0), { document, shallow: false });
  if (!isObject(schema)) return make();
  let node = flattened.get(schema);
  if (node === undefined) flattened.set(schema, (node = make()));
  return node;
}

function change(rule: string, value: JsonValue): Mutation {
  return { pointer: '', rule, make: () => value };
}

function* ofType(node: JsonObject, value: JsonValue): Iterable<Mutation> {
  const types = typeof node['type'] === 'string' ? [node['type']] : asList(node['type']);
  if (types.length === 0) return;
  const others: readonly [string, JsonValue][] = [
    ['string', 'text'],
    ['number', 1.5],
    ['boolean', true],
    ['array', []],
    ['object', {}],
    ['null', null],
  ];
  for (const [type, other] of others)
    if (
      type !== kind(value) &&
      type !== 'null' &&
      !types.includes(type) &&
      (type !== 'number' || !types.includes('integer'))
    )
      yield change('type', other);
  if (types.includes('integer') && !types.includes('number')) yield change('type', 1.5);
  yield change(types.includes('null') ? 'nullable' : 'type', null);
}

function kind(value: JsonValue): string {
  return Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
}

function* ofMembers(node: JsonObject, value: JsonValue): Iterable<Mutation> {
  for (const member of asList(node['enum']))
    if (JSON.stringify(member) !== JSON.stringify(value)) yield change('enum', member);
  if (node['enum'] === undefined && node['const'] === undefined) return;
  const rule = node['const'] === undefined ? 'enum' : 'const';
  if (typeof value === 'string') yield change(rule, `${value}-not`);
  if (typeof value === 'number') yield change(rule, value + 7_919);
}

function* ofText(node: JsonObject, value: string): Iterable<Mutation> {
  if (node['enum'] !== undefined || node['const'] !== undefined) return;
  const { minLength, maxLength, pattern, format } = node;
  if (typeof minLength === 'number' && minLength <= mostLetters) {
    yield change('minLength', fit(value, minLength));
    if (minLength > 0) yield change('minLength', fit(value, minLength - 1));
  }
  if (typeof maxLength === 'number' && maxLength <= mostLetters) {
    yield change('maxLength', fit(value, maxLength));
    yield change('maxLength', fit(value, maxLength + 1));
  }
  if (typeof pattern === 'string') for (const text of [`${value}\n!`, '!', '']) yield change('pattern', text);
  if (typeof format === 'string') for (const text of ['not of this format', `${value}~`]) yield change('format', text);
}

function fit(text: string, length: number): string {
  return text.slice(0, length).padEnd(length, 'a');
}

function* ofNumber(node: JsonObject, value: number): Iterable<Mutation> {
  if (node['enum'] !== undefined || node['const'] !== undefined) return;
  const step = typeof node['multipleOf'] === 'number' ? node['multipleOf'] : node['type'] === 'integer' ? 1 : 0.01;
  for (const [rule, sign] of [
    ['minimum', 1],
    ['exclusiveMinimum', 1],
    ['maximum', -1],
    ['exclusiveMaximum', -1],
  ] as const) {
    const bound = node[rule];
    if (typeof bound !== 'number') continue;
    for (const number of [bound, bound + sign * step, bound - sign * step])
      if (Number.isSafeInteger(Math.trunc(number))) yield change(rule, tidy(number));
  }
  if (typeof node['multipleOf'] === 'number') yield change('multipleOf', tidy(value + step / 2));
}

function* ofList(node: JsonObject, value: readonly JsonValue[], place: Place): Iterable<Mutation> {
  const { minItems, maxItems } = node;
  const [first] = value;
  const sized = (count: number): JsonValue[] =>
    [
      ...value,
      ...Array.from({ length: Math.max(0, count - value.length) }, () => structuredClone(first ?? null)),
    ].slice(0, count);
  if (typeof minItems === 'number' && minItems > 0 && minItems <= mostItems)
    yield { pointer: '', rule: 'minItems', make: () => sized(minItems - 1) };
  if (typeof maxItems === 'number' && maxItems < mostItems && first !== undefined) {
    for (const count of [maxItems, maxItems + 1]) yield { pointer: '', rule: 'maxItems', make: () => sized(count) };
  }
  if (node['uniqueItems'] === true && first !== undefined)
    yield change('uniqueItems', [...value, structuredClone(first)]);
  if (first === undefined || (!isObject(node['items']) && !Array.isArray(node['prefixItems']))) return;
  const schema = (asList(node['prefixItems'])[0] ?? node['items'] ?? true) as Schema;
  for (const inner of changes({ ...place, schema, value: first, depth: place.depth + 1 }))
    yield { pointer: `/0${inner.pointer}`, rule: inner.rule, make: () => [inner.make(), ...value.slice(1)] };
}

function* ofObject(node: JsonObject, value: JsonObject, place: Place): Iterable<Mutation> {
  const required = new Set(asList(node['required']));
  for (const name of Object.keys(value)) {
    const rule = required.has(name) ? 'required' : 'optional';
    yield { pointer: `/${escape(name)}`, rule, make: () => without(value, [name]) };
  }
  const optional = Object.keys(value).filter((name) => !required.has(name));
  if (optional.length > 1) yield { pointer: '', rule: 'optional', make: () => without(value, optional) };
  const extra = (): JsonValue => ({ ...value, plinthUnknown: 'unknown' });
  yield { pointer: '/plinthUnknown', rule: 'additionalProperties', make: extra };
  const properties = isObject(node['properties']) ? node['properties'] : {};
  for (const [name, property] of Object.entries(properties)) {
    const part = value[name];
    if (part === undefined) continue;
    for (const inner of changes({ ...place, schema: property as Schema, value: part, depth: place.depth + 1 }))
      yield {
        pointer: `/${escape(name)}${inner.pointer}`,
        rule: inner.rule,
        make: () => ({ ...value, [name]: inner.make() }),
      };
  }
}

function without(value: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

function escape(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Without the dust of binary fractions. */
function tidy(number: number): number {
  return Number(number.toFixed(6));
}
