// A schema as one node for reading: references followed, `allOf` laid together, null taken out of choices, `const` as a
// list of one. It serves to tell what changed in words; whether a change breaks anybody is for the proofs.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { sameJson } from './json.ts';
import { target } from './reference.ts';

export interface Choice {
  kind: 'oneOf' | 'anyOf';
  branches: Schema[];
  /** The node that carries the list. */
  node: JsonObject;
}

export interface Flat {
  /** Names of types without null; undefined = any. */
  types: string[] | undefined;
  nullable: boolean;
  keywords: Map<string, JsonValue>;
  properties: Map<string, Schema>;
  required: Set<string>;
  choice: Choice | undefined;
  /** The node that carries a keyword, for positions. */
  nodeOf: (keyword: string) => JsonObject | undefined;
}

/** Parts of one schema that are laid together; more are left out of the words, never out of the proofs. */
const mostParts = 64;

const larger = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties', 'minContains']);
const smaller = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties', 'maxContains']);
/** The outermost word counts. */
const outermost = new Set(['default', 'deprecated', 'readOnly', 'writeOnly', 'x-plinth', 'x-sunset', 'discriminator']);
const skipped = new Set(['$ref', 'allOf', 'oneOf', 'anyOf', 'properties', 'required', 'type', 'enum', 'const']);

/** Flat schemas of one document. The same schema is laid flat once, so that what it is made of keeps its identity. */
export class Flattener {
  readonly #document: JsonObject;
  readonly #known = new WeakMap<object, Flat>();

  constructor(document: JsonObject) {
    this.#document = document;
  }

  flat(schema: Schema): Flat {
    if (!isObject(schema)) return flatOf(schema ? [] : [{ type: [] }], undefined);
    let known = this.#known.get(schema);
    if (known === undefined) this.#known.set(schema, (known = this.#make(schema)));
    return known;
  }

  #make(schema: JsonObject): Flat {
    const parts: JsonObject[] = [];
    this.#collect(schema, parts, new Set());
    const choices = parts.flatMap((part) => choicesOf(part));
    const [first] = choices;
    // Several choices at once stay conditions: their product would read badly.
    if (first === undefined || choices.length > 1) return flatOf(parts, undefined, choices);
    const open = first.branches.filter((branch) => !this.#isNull(branch));
    const hasNull = open.length < first.branches.length;
    const [only] = open;
    if (open.length === 1 && only !== undefined) {
      const inner: JsonObject[] = [];
      this.#collect(only, inner, new Set(parts));
      const nested = inner.flatMap((part) => choicesOf(part));
      const flat = flatOf([...parts, ...inner], nested.length === 1 ? nested[0] : undefined, nested);
      return hasNull && flatOf(parts, undefined).nullable ? { ...flat, nullable: true } : flat;
    }
    const flat = flatOf(parts, { ...first, branches: open });
    const nullable = flat.nullable && first.branches.some((branch) => this.flat(branch).nullable);
    return { ...flat, nullable };
  }

  /** `schema`, what it refers to and its `allOf` parts; all of them hold. */
  #collect(schema: Schema, parts: JsonObject[], seen: Set<JsonObject>): void {
    if (schema === false) parts.push({ type: [] });
    if (!isObject(schema) || seen.has(schema) || parts.length >= mostParts) return;
    seen.add(schema);
    parts.push(schema);
    if (typeof schema['$ref'] === 'string') this.#collect(target(this.#document, schema), parts, seen);
    if (Array.isArray(schema['allOf'])) for (const part of schema['allOf']) this.#collect(part as Schema, parts, seen);
  }

  #isNull(branch: Schema): boolean {
    const node = isObject(branch) && typeof branch['$ref'] === 'string' ? target(this.#document, branch) : branch;
    if (!isObject(node)) return false;
    return node['type'] === 'null' || node['const'] === null || sameJson(node['enum'], [null]);
  }
}

function choicesOf(part: JsonObject): Choice[] {
  return (['oneOf', 'anyOf'] as const).flatMap((kind) => {
    const list = part[kind];
    return Array.isArray(list) ? [{ kind, branches: list as Schema[], node: part }] : [];
  });
}

function flatOf(parts: readonly JsonObject[], choice: Choice | undefined, conditions: readonly Choice[] = []): Flat {
  const keywords = new Map<string, JsonValue>();
  const owner = new Map<string, JsonObject>();
  for (const part of parts)
    for (const [key, value] of Object.entries(part)) {
      if (!owner.has(key)) owner.set(key, part);
      if (!skipped.has(key)) join(keywords, key, value);
    }
  if (choice === undefined && conditions.length > 0)
    keywords.set(
      'allOf',
      conditions.map(({ node, kind }) => ({ [kind]: node[kind] ?? [] })),
    );
  const { types, values } = kindsOf(parts);
  if (values !== undefined)
    keywords.set(
      'enum',
      values.filter((value) => value !== null),
    );
  return {
    types: types?.filter((type) => type !== 'null').toSorted(),
    nullable: types === undefined || types.includes('null'),
    keywords,
    properties: propertiesOf(parts),
    required: new Set(parts.flatMap((part) => asNames(part['required']))),
    choice,
    nodeOf: (keyword) => owner.get(keyword) ?? (keyword === 'enum' ? owner.get('const') : undefined) ?? parts[0],
  };
}

/** The types that all parts allow, and the values that all parts list; each narrows the other. */
function kindsOf(parts: readonly JsonObject[]): { types: string[] | undefined; values: JsonValue[] | undefined } {
  let types: string[] | undefined;
  let values: JsonValue[] | undefined;
  for (const part of parts) {
    const names = typeNames(part);
    if (names !== undefined) types = types === undefined ? names : narrowed(types, names);
    for (const list of listsOf(part)) values = values === undefined ? list : values.filter((value) => has(list, value));
  }
  if (values === undefined) return { types, values };
  const fitting = types === undefined ? values : values.filter((value) => types.some((type) => isOfType(value, type)));
  return { types: [...new Set(fitting.map(typeOfValue))], values: fitting };
}

function propertiesOf(parts: readonly JsonObject[]): Map<string, Schema> {
  const properties = new Map<string, Schema>();
  for (const part of parts)
    for (const [name, schema] of Object.entries(isObject(part['properties']) ? part['properties'] : {})) {
      const before = properties.get(name);
      properties.set(name, before === undefined ? (schema as Schema) : { allOf: [before, schema] });
    }
  return properties;
}

function join(keywords: Map<string, JsonValue>, key: string, value: JsonValue): void {
  const before = keywords.get(key);
  if (before === undefined) keywords.set(key, value);
  else if (outermost.has(key) || sameJson(before, value)) return;
  else if (larger.has(key)) keywords.set(key, Math.max(Number(before), Number(value)));
  else if (smaller.has(key)) keywords.set(key, Math.min(Number(before), Number(value)));
  else if (key === 'additionalProperties' && (before === false || value === false)) keywords.set(key, false);
  else if (key === 'pattern') keywords.set(key, [before, value].flat());
  else if (key === 'items' || key === 'additionalProperties' || key === 'contains' || key === 'propertyNames')
    keywords.set(key, { allOf: [before, value] });
}

function typeNames(part: JsonObject): string[] | undefined {
  const { type } = part;
  if (typeof type === 'string') return [type];
  return Array.isArray(type) ? type.filter((name) => typeof name === 'string') : undefined;
}

/** Types that both allow; an integer is a number. */
function narrowed(some: readonly string[], others: readonly string[]): string[] {
  const both = new Set<string>();
  for (const one of some)
    for (const other of others) {
      if (one === other) both.add(one);
      if ((one === 'integer' && other === 'number') || (one === 'number' && other === 'integer')) both.add('integer');
    }
  return [...both];
}

function listsOf(part: JsonObject): JsonValue[][] {
  return [
    ...(Array.isArray(part['enum']) ? [part['enum']] : []),
    ...(part['const'] === undefined ? [] : [[part['const']]]),
  ];
}

function has(list: readonly JsonValue[], value: JsonValue): boolean {
  return list.some((one) => sameJson(one, value));
}

function asNames(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}

function isOfType(value: JsonValue, type: string): boolean {
  const own = typeOfValue(value);
  return own === type || (own === 'integer' && type === 'number');
}

export function typeOfValue(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
