// Schemas as the proofs see them: a union of branches, each with one record of constraints per JSON type. A branch is
// never smaller than what it stands for, except by its `conditions`: keywords that nothing here understands. Read as the
// larger side of an inclusion, every condition must be found on the smaller side too; read as the smaller side they may
// be left out, which only makes it larger.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { declaredMembers, isMarked } from '../schema/members.ts';
import { type Branch, emptyBranch, type Kind, kinds, type Scope } from './branch.ts';
import { sameJson } from './json.ts';
import { acceptsValue, kindOfValue } from './part.ts';
import { target } from './reference.ts';

/** Schemas that all hold for one value. */
export type Conjunction = readonly Schema[];

/** One of the two documents, and how its schemas are meant. */
export interface Side {
  document: JsonObject;
  /** Properties with this mark are never sent here. */
  mark?: 'readOnly' | 'writeOnly' | undefined;
  /** Objects take nothing that they do not name. */
  closed?: boolean | undefined;
}

/** Branches of one normal form, and schemas laid together in one branch; beyond them nothing is proved. */
const limits = { branches: 64, parts: 256 } as const;

/** The branches; undefined beyond the limits. No branch: nothing is valid. */
export function normalForm(conjunction: Conjunction, side: Side): Branch[] | undefined {
  const start = emptyBranch();
  for (const schema of conjunction) {
    const scopes = side.closed ? closing(start, schema, side) : [];
    if (!absorb(start, schema, scopes, side)) return [];
  }
  const open = [start];
  const done: Branch[] = [];
  for (let branch = open.pop(); branch !== undefined; branch = open.pop()) {
    if (open.length + done.length > limits.branches || branch.seen.size > limits.parts) return undefined;
    const choice = branch.choices.pop();
    if (choice === undefined) {
      if (finish(branch)) done.push(branch);
      continue;
    }
    for (const [index, schema] of choice.branches.entries()) {
      const one = copied(branch);
      if (choice.kind === 'oneOf') one.picks.set(choice.branches, index);
      else if (choice.branches.length > 1) one.shared = true;
      if (absorb(one, schema, choice.scopes, side)) open.push(one);
    }
  }
  return done.toReversed();
}

/** What the edge does to a request under `unknown: refuse`: an object that names properties takes no others. */
function closing(branch: Branch, schema: Schema, side: Side): Scope[] {
  const members = declaredMembers(schema, side.document);
  if (members.properties.size === 0 || members.open) return [];
  const scope: Scope = { names: new Set(), patterns: [], open: false, extra: false };
  branch.scopes.push(scope);
  return [scope];
}

/** Lays one more schema over a branch. False: nothing is left. */
function absorb(branch: Branch, schema: Schema, scopes: readonly Scope[], side: Side): boolean {
  if (!isObject(schema)) return schema;
  if (branch.seen.has(schema)) return true;
  branch.seen.add(schema);
  const inner = [...scopes];
  const { unevaluatedProperties } = schema;
  if (unevaluatedProperties !== undefined && unevaluatedProperties !== true) {
    const scope: Scope = { names: new Set(), patterns: [], open: false, extra: unevaluatedProperties as Schema };
    branch.scopes.push(scope);
    inner.push(scope);
  }
  absorbValues(branch, schema);
  absorbBounds(branch, schema);
  absorbArray(branch, schema);
  absorbObject(branch, schema, inner, side);
  for (const keyword of opaque) {
    const value = schema[keyword];
    if (value === undefined || value === true) continue;
    branch.conditions.push(...conditionsOf(schema, keyword));
    if (evaluating.has(keyword)) branch.shared = true;
  }
  for (const kind of ['oneOf', 'anyOf'] as const) {
    const list = schema[kind];
    if (Array.isArray(list)) branch.choices.push({ kind, branches: list as Schema[], scopes: inner });
  }
  if (typeof schema['$ref'] === 'string' && !absorb(branch, target(side.document, schema), inner, side)) return false;
  const { allOf } = schema;
  return !Array.isArray(allOf) || allOf.every((part) => absorb(branch, part as Schema, inner, side));
}

/** Keywords that the proofs only compare as they are written. */
const opaque = [
  'not',
  'if',
  'contains',
  'dependentRequired',
  'dependentSchemas',
  'propertyNames',
  'unevaluatedItems',
  'contentSchema',
  'contentMediaType',
  'contentEncoding',
  '$dynamicRef',
] as const;
/** Those that can name properties themselves. */
const evaluating: ReadonlySet<string> = new Set(['if', 'dependentSchemas', '$dynamicRef']);

/** A keyword with those it means nothing without; `then` and `else` are two conditions. */
function conditionsOf(schema: JsonObject, keyword: (typeof opaque)[number]): JsonObject[] {
  const together = companions[keyword] ?? [[keyword]];
  return together.map((names) =>
    Object.fromEntries(names.flatMap((name) => (schema[name] === undefined ? [] : [[name, schema[name]]]))),
  );
}

const companions: Readonly<Record<string, readonly (readonly string[])[]>> = {
  if: [
    ['if', 'then'],
    ['if', 'else'],
  ],
  contains: [['contains', 'minContains', 'maxContains']],
  unevaluatedItems: [
    ['unevaluatedItems', 'prefixItems', 'items', 'contains', 'if', 'then', 'else', 'allOf', 'anyOf', 'oneOf', '$ref'],
  ],
};

function absorbValues(branch: Branch, schema: JsonObject): void {
  const names = [schema['type'] ?? []].flat();
  if (names.length > 0 || Array.isArray(schema['type'])) {
    for (const kind of kinds)
      if (!names.includes(kind) && !(kind === 'number' && names.includes('integer'))) branch.kinds.delete(kind);
    if (names.includes('integer') && !names.includes('number')) branch.number.whole = true;
  }
  for (const list of [schema['enum'], 'const' in schema ? [schema['const']] : undefined]) {
    if (!Array.isArray(list)) continue;
    const values: JsonValue[] = list;
    branch.values = (branch.values ?? values).filter((value) => values.some((one) => sameJson(one, value)));
  }
}

/** Formats that the validator asserts on texts; others are notes. */
const asserted = new Set(
  'date time date-time iso-time iso-date-time duration uri uri-reference uri-template url email hostname ipv4 ipv6 regex uuid json-pointer json-pointer-uri-fragment relative-json-pointer byte currency country e164 iban decimal'.split(
    ' ',
  ),
);

function absorbBounds(branch: Branch, schema: JsonObject): void {
  const { number, text } = branch;
  const value = (keyword: string): number | undefined =>
    typeof schema[keyword] === 'number' ? schema[keyword] : undefined;
  const low = (least: number, open: boolean): void => {
    if (least > number.least || (least === number.least && open)) Object.assign(number, { least, leastOpen: open });
  };
  const high = (most: number, open: boolean): void => {
    if (most < number.most || (most === number.most && open)) Object.assign(number, { most, mostOpen: open });
  };
  low(value('minimum') ?? -Infinity, false);
  low(value('exclusiveMinimum') ?? -Infinity, value('exclusiveMinimum') !== undefined);
  high(value('maximum') ?? Infinity, false);
  high(value('exclusiveMaximum') ?? Infinity, value('exclusiveMaximum') !== undefined);
  const step = value('multipleOf');
  if (step !== undefined) number.steps.push(step);
  text.least = Math.max(text.least, value('minLength') ?? 0);
  text.most = Math.min(text.most, value('maxLength') ?? Infinity);
  const { pattern, format } = schema;
  if (typeof pattern === 'string' && !/^\^?(\.\*)?\$?$/.test(pattern)) text.patterns.add(pattern);
  if (format === 'int32') {
    low(-(2 ** 31), false);
    high(2 ** 31 - 1, false);
  }
  if (format === 'int32' || format === 'int64') number.whole = true;
  else if (typeof format === 'string' && asserted.has(format)) text.formats.add(format);
}

function absorbArray(branch: Branch, schema: JsonObject): void {
  const { array } = branch;
  if (typeof schema['minItems'] === 'number') array.least = Math.max(array.least, schema['minItems']);
  if (typeof schema['maxItems'] === 'number') array.most = Math.min(array.most, schema['maxItems']);
  if (schema['uniqueItems'] === true) array.unique = true;
  const prefix = Array.isArray(schema['prefixItems']) ? (schema['prefixItems'] as Schema[]) : [];
  const items = schema['items'] as Schema | undefined;
  if (prefix.length > 0 || items !== undefined) array.shapes.push({ prefix, items });
}

function absorbObject(branch: Branch, schema: JsonObject, scopes: readonly Scope[], side: Side): void {
  const { object } = branch;
  if (typeof schema['minProperties'] === 'number') object.least = Math.max(object.least, schema['minProperties']);
  if (typeof schema['maxProperties'] === 'number') object.most = Math.min(object.most, schema['maxProperties']);
  if (Array.isArray(schema['required']))
    for (const name of schema['required']) if (typeof name === 'string') object.required.add(name);
  const properties = new Map<string, Schema>();
  for (const [name, property] of Object.entries(isObject(schema['properties']) ? schema['properties'] : {})) {
    const never = side.mark !== undefined && isMarked(property as Schema, side.mark, side.document);
    if (never) object.never.add(name);
    properties.set(name, never ? true : (property as Schema));
  }
  const patterns = Object.entries(isObject(schema['patternProperties']) ? schema['patternProperties'] : {});
  const extra = schema['additionalProperties'] as Schema | undefined;
  for (const scope of scopes) {
    for (const name of properties.keys()) scope.names.add(name);
    scope.patterns.push(...patterns.map(([pattern]) => pattern));
    if (extra !== undefined) scope.open = true;
  }
  if (properties.size > 0 || patterns.length > 0 || extra !== undefined)
    object.shapes.push({ properties, patterns: patterns as [string, Schema][], extra, soft: false });
}

/** Turns scopes into shapes and drops what cannot be. False: nothing is left. */
function finish(branch: Branch): boolean {
  const { object, number } = branch;
  for (const { names, patterns, open, extra } of branch.scopes)
    if (!open)
      object.shapes.push({
        properties: new Map([...names].map((name) => [name, true])),
        patterns: patterns.map((pattern) => [pattern, true]),
        extra,
        soft: true,
      });
  for (const name of object.never) object.required.delete(name);
  if (number.whole) {
    number.least = number.leastOpen ? Math.floor(number.least) + 1 : Math.ceil(number.least);
    number.most = number.mostOpen ? Math.ceil(number.most) - 1 : Math.floor(number.most);
    number.leastOpen = false;
    number.mostOpen = false;
  }
  const empty = number.least > number.most || (number.least === number.most && (number.leastOpen || number.mostOpen));
  if (empty) branch.kinds.delete('number');
  if (branch.text.least > branch.text.most) branch.kinds.delete('string');
  if (branch.array.least > branch.array.most) branch.kinds.delete('array');
  if (object.least > object.most) branch.kinds.delete('object');
  if (branch.values !== undefined) {
    const { values } = branch;
    branch.values = values.filter((value) => acceptsValue({ ...branch, values: undefined }, value) !== false);
    const left = new Set<Kind>(branch.values.map(kindOfValue));
    for (const kind of kinds) if (!left.has(kind)) branch.kinds.delete(kind);
  }
  return branch.kinds.size > 0;
}

function copied(branch: Branch): Branch {
  const { number, text, array, object } = branch;
  return {
    ...branch,
    kinds: new Set(branch.kinds),
    number: { ...number, steps: [...number.steps] },
    text: { ...text, patterns: new Set(text.patterns), formats: new Set(text.formats) },
    array: { ...array, shapes: [...array.shapes] },
    object: {
      ...object,
      required: new Set(object.required),
      never: new Set(object.never),
      shapes: [...object.shapes],
    },
    conditions: [...branch.conditions],
    picks: new Map(branch.picks),
    seen: new Set(branch.seen),
    ...copiedScopes(branch),
  };
}

/** Scopes grow with a branch; the choices that wait must point to the branch's own. */
function copiedScopes({ scopes, choices }: Branch): Pick<Branch, 'scopes' | 'choices'> {
  const own = new Map(
    scopes.map((scope) => [scope, { ...scope, names: new Set(scope.names), patterns: [...scope.patterns] }]),
  );
  return {
    scopes: [...own.values()],
    choices: choices.map((choice) => ({ ...choice, scopes: choice.scopes.map((scope) => own.get(scope) ?? scope) })),
  };
}
