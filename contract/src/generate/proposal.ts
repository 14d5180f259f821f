// One proposal of a value: by the schema as far as it can be followed. The validator judges it afterwards.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import type { Direction } from '../schema/compile.ts';
import { isMarked } from '../schema/members.ts';
import type { Draw } from './draw.ts';
import { flatten } from './flatten.ts';
import { asList } from './merge.ts';
import { nameIn, sibling, undone } from './naming.ts';
import { numberOf } from './number.ts';
import { type Persona, personaOf } from './persona.ts';
import { elsewhere, forbidden, kindOf, typeOf } from './shape.ts';
import { textOf } from './text.ts';

export interface Manner {
  document: JsonObject;
  now: Temporal.Instant;
  direction: Direction | undefined;
  /** Only what is required. */
  bare: boolean;
  /** Depth from which on optional parts are left out. */
  depth: number;
  /** Which of several examples: neighbours in a list take different ones. */
  ordinal: number | undefined;
}

/** Values in one proposal after which only what is required is made. */
const manyValues = 600;
/** Depth at which nothing more is made, required or not. */
const mostDepth = 40;
/** Items made for a `minItems` or `prefixItems`, at most. */
const mostItems = 200;
const mostProperties = 100;

interface Filling {
  draw: Draw;
  depth: number;
  result: JsonObject;
  properties: JsonObject;
  add: (name: string, schema: Schema) => void;
}

export class Proposal {
  readonly #manner: Manner;
  readonly #draw: Draw;
  #persona: Persona | undefined;
  #values = 0;
  #isForced = true;

  constructor(manner: Manner, draw: Draw) {
    this.#manner = manner;
    this.#draw = draw;
  }

  /** Whether every proposal of only what is required has these members: no branch, map or end of a circle was chosen. */
  get isForced(): boolean {
    return this.#isForced;
  }

  /** undefined where the schema allows nothing. */
  value(schema: Schema, name: string, draw: Draw, depth = 0): JsonValue | undefined {
    this.#values += 1;
    if (depth > mostDepth) this.#isForced = false;
    if (schema === false || depth > mostDepth) return undefined;
    const node = flatten(schema, draw, {
      document: this.#manner.document,
      shallow: this.#isShort(depth),
      chose: () => (this.#isForced = false),
    });
    if (node === false) return undefined;
    if (node['const'] !== undefined) return node['const'];
    if (Array.isArray(node['enum'])) return this.#member(node['enum'], draw);
    const type = typeOf(node, this.#isShort(depth));
    if (mayDiffer(node, type)) this.#isForced = false;
    if (undone.test(name) && Array.isArray(node['type']) && node['type'].includes('null')) return null;
    const example = this.#example(node, { type, name, draw, depth });
    if (example !== undefined) return example;
    switch (type) {
      case 'object':
        return this.#object(node, name, draw, depth);
      case 'array':
        return this.#array(node, name, draw, depth);
      case 'integer':
      case 'number':
        return numberOf({ name, node, isWhole: type === 'integer', now: this.#manner.now }, draw);
      case 'boolean':
        return draw.chance(0.7);
      case 'null':
        return null;
      default:
        this.#persona ??= personaOf(this.#draw.at('persona'));
        return textOf({ name, node, now: this.#manner.now, persona: this.#persona }, draw);
    }
  }

  #isShort(depth: number): boolean {
    return depth >= this.#manner.depth || this.#values > manyValues;
  }

  #member(values: readonly JsonValue[], draw: Draw): JsonValue | undefined {
    const real = values.filter((value) => value !== null);
    if (real.length > 1 && real.some((value) => typeof value === 'object')) this.#isForced = false;
    return real.length > 0 ? draw.pick(real) : values[0];
  }

  /** What the author showed: always for plain values, sometimes for parts; never for the whole, and never when bare. */
  #example(
    node: JsonObject,
    { type, name, draw, depth }: { type: string; name: string; draw: Draw; depth: number },
  ): JsonValue | undefined {
    if (this.#manner.bare) return undefined;
    const isPart = type === 'object' || type === 'array';
    const examples = asList(node['examples']).filter(
      (value) => (typeof value === 'object' && value !== null) === isPart && value !== null && kindOf(value) === type,
    );
    if (isPart && (depth === 0 || !draw.at('example').chance(0.5))) return undefined;
    if (examples.length > 0) {
      const { ordinal } = this.#manner;
      const shown =
        ordinal !== undefined && depth < 2 ? examples[ordinal % examples.length] : draw.at('example').pick(examples);
      return typeof shown === 'string' ? (sibling(shown, name, node, draw) ?? shown) : shown;
    }
    const fallback = node['default'];
    return fallback !== undefined && fallback !== null && !isPart && draw.at('default').chance(0.5)
      ? fallback
      : undefined;
  }

  #object(node: JsonObject, holder: string, draw: Draw, depth: number): JsonObject {
    const properties = isObject(node['properties']) ? node['properties'] : {};
    const required = new Set(asList(node['required']).map(String));
    const unwanted = forbidden(node);
    const most = Number(node['maxProperties'] ?? mostProperties);
    const result: JsonObject = {};
    const add = (name: string, schema: Schema): void => {
      if (this.#isHidden(schema)) return;
      const value = this.value(schema, nameIn(name, holder, properties), draw.at(name), depth + 1);
      if (value !== undefined) result[name] = value;
    };
    for (const [name, property] of Object.entries(properties)) {
      const isOptional = !required.has(name);
      if (isOptional && (this.#manner.bare || this.#isShort(depth) || !draw.at(`?${name}`).chance(0.8))) continue;
      if (isOptional && (unwanted.has(name) || undone.test(name) || Object.keys(result).length >= most - required.size))
        continue;
      add(name, property as Schema);
    }
    for (const name of required) if (!(name in properties)) add(name, elsewhere(node, name));
    this.#fill(node, { draw, depth, result, properties, add });
    this.#dependents(node, properties, result, add);
    return result;
  }

  /** Further members: what `minProperties` demands, and a few in a map. */
  #fill(node: JsonObject, { draw, depth, result, properties, add }: Filling): void {
    const isMap = Object.keys(properties).length === 0 && isObject(node['additionalProperties']);
    const wanted = isMap && !this.#manner.bare && !this.#isShort(depth) ? draw.at('size').int(1, 2) : 0;
    const least = Math.min(Math.max(Number(node['minProperties'] ?? 0), wanted), mostProperties);
    const patterns = Object.keys(isObject(node['patternProperties']) ? node['patternProperties'] : {});
    for (let turn = 0; Object.keys(result).length < least && turn < least * 3; turn++) {
      this.#isForced = false;
      const missing = Object.keys(properties).find((name) => !(name in result) && turn < 20);
      const names: Schema = isObject(node['propertyNames'])
        ? node['propertyNames']
        : patterns.length > 0 && node['additionalProperties'] === false
          ? { type: 'string', pattern: patterns[turn % patterns.length] ?? '' }
          : { type: 'string', pattern: '^[a-z]{5}$' };
      const name = missing ?? this.value(names, '', draw.at(`name/${turn}`), depth + 1);
      if (typeof name === 'string' && !(name in result))
        add(name, (properties[name] as Schema | undefined) ?? elsewhere(node, name));
    }
  }

  #dependents(
    node: JsonObject,
    properties: JsonObject,
    result: JsonObject,
    add: (name: string, schema: Schema) => void,
  ): void {
    for (const [name, needs] of Object.entries(isObject(node['dependentRequired']) ? node['dependentRequired'] : {})) {
      if (!(name in result)) continue;
      for (const other of asList(needs).map(String))
        if (!(other in result)) add(other, (properties[other] as Schema | undefined) ?? elsewhere(node, other));
    }
  }

  /** The other side sets it: readOnly in requests, writeOnly in responses. */
  #isHidden(property: Schema): boolean {
    const { direction, document } = this.#manner;
    if (direction === undefined) return false;
    return isMarked(property, direction === 'request' ? 'readOnly' : 'writeOnly', document);
  }

  #array(node: JsonObject, name: string, draw: Draw, depth: number): JsonValue[] {
    const prefix = asList(node['prefixItems']);
    const least = Math.min(Number(node['minItems'] ?? 0), mostItems);
    const most = Math.min(Number(node['maxItems'] ?? Math.max(least, 3)), mostItems);
    const isBrief = this.#manner.bare || depth > 4 || this.#isShort(depth);
    const usual = isBrief ? least : Math.max(least, draw.at('size').int(1, 3));
    const wanted = Math.min(most, Math.max(usual, this.#isShort(depth) ? least : prefix.length));
    const one = name.replace(/s$/, '');
    const items: JsonValue[] = [];
    const seen = new Set<string>();
    const isSet = node['uniqueItems'] === true;
    // A small enumeration needs some draws until all of its members came up.
    for (let turn = 0; items.length < wanted && turn < wanted * (isSet ? 12 : 1); turn++) {
      const schema = (prefix[items.length] ?? node['items'] ?? true) as Schema;
      const value = this.value(schema, one, draw.at(turn), depth + 1);
      if (value === undefined) break;
      const text = isSet ? JSON.stringify(value) : '';
      if (isSet && seen.has(text)) continue;
      seen.add(text);
      items.push(value);
    }
    return this.#contained(node, one, { draw, depth, items });
  }

  #contained(
    node: JsonObject,
    name: string,
    { draw, depth, items }: { draw: Draw; depth: number; items: JsonValue[] },
  ): JsonValue[] {
    const { contains } = node;
    if (!isObject(contains)) return items;
    this.#isForced = false;
    const count = Math.min(Number(node['minContains'] ?? 1), mostItems);
    const schema: Schema = isObject(node['items']) ? { allOf: [node['items'], contains] } : contains;
    const made: JsonValue[] = [];
    for (let index = 0; index < count; index++) {
      const value = this.value(schema, name, draw.at(`contains/${index}`), depth + 1);
      if (value !== undefined) made.push(value);
    }
    const most = Number(node['maxItems'] ?? mostItems);
    return [...items.slice(0, Math.max(0, most - made.length)), ...made];
  }
}

/** Null in place of the part where it is deep, or what an author showed where the schema says no type. */
function mayDiffer(node: JsonObject, type: string): boolean {
  const { type: declared, examples, default: fallback } = node;
  if (declared === undefined) return examples !== undefined || fallback !== undefined;
  return Array.isArray(declared) && declared.includes('null') && (type === 'object' || type === 'array');
}
