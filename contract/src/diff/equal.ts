// Equality of two schemas of two documents, as far as values and meaning go: references are followed, notes for readers
// are skipped. Only syntax that is trivially the same counts; the rest is for the proofs.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { sameJson } from './json.ts';
import { mostHops, target } from './reference.ts';

/** Keys that say nothing about values or meaning. */
const notes = new Set(['description', 'title', 'example', 'examples', '$comment', 'summary', 'externalDocs', 'xml']);
const maps = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
/** Lists of schemas whose order means nothing. */
const lists = new Set(['allOf', 'anyOf', 'oneOf']);
const singles = new Set(
  'items additionalProperties contains propertyNames if then else not unevaluatedItems unevaluatedProperties contentSchema'.split(
    ' ',
  ),
);
/** Lists whose order means nothing. */
const sets = new Set(['required', 'enum', 'type']);

/** Remembers what it compared. References inside references are equal as long as nothing says the contrary. */
export class Equality {
  readonly #left: JsonObject;
  readonly #right: JsonObject;
  readonly #known = new WeakMap<object, WeakMap<object, boolean>>();
  /** Pairs taken as equal while their parts are compared, in order; dropped again when one of them is not. */
  #assumed: [object, object][] = [];

  constructor(left: JsonObject, right: JsonObject) {
    this.#left = left;
    this.#right = right;
  }

  equal(left: Schema | undefined, right: Schema | undefined, hops = 0): boolean {
    if (!isObject(left) || !isObject(right)) return sameJson(bare(left), bare(right));
    const known = this.#known.get(left)?.get(right);
    if (known !== undefined) return known;
    // What only points somewhere is what it points to; an allOf of one is its part.
    const [inner, innerNow] = [contentOf(left, this.#left), contentOf(right, this.#right)];
    if (hops > mostHops) return false;
    if (inner !== undefined && !isAlike(left, right)) return this.equal(inner, right, hops + 1);
    if (innerNow !== undefined && !isAlike(left, right)) return this.equal(left, innerNow, hops + 1);
    const depth = this.#assumed.length;
    this.#remember(left, right, true);
    this.#assumed.push([left, right]);
    if (this.#same(left, right)) {
      if (depth === 0) this.#assumed = [];
      return true;
    }
    for (const [one, other] of this.#assumed.splice(depth)) this.#known.get(one)?.delete(other);
    this.#remember(left, right, false);
    return false;
  }

  #remember(a: object, b: object, verdict: boolean): void {
    let ofLeft = this.#known.get(a);
    if (ofLeft === undefined) this.#known.set(a, (ofLeft = new WeakMap()));
    ofLeft.set(b, verdict);
  }

  #same(a: JsonObject, b: JsonObject): boolean {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    for (const key of keys) if (!isNote(key) && !this.#sameKeyword(key, a[key], b[key])) return false;
    return true;
  }

  /** Each part has a partner of its own; the one in the same place is tried first. */
  #sameParts(a: readonly Schema[], b: readonly Schema[]): boolean {
    const left = new Map(b.entries());
    if (a.length !== b.length) return false;
    return a.every((part, at) => {
      const own = left.get(at);
      const found =
        own !== undefined && this.equal(part, own) ? at : [...left].find(([, other]) => this.equal(part, other))?.[0];
      return found !== undefined && left.delete(found);
    });
  }

  /** A mapping names schemas; what they are called does not matter. */
  #sameDiscriminator(a: JsonObject, b: JsonObject): boolean {
    const [mapping, other] = [a['mapping'], b['mapping']];
    if (a['propertyName'] !== b['propertyName']) return false;
    if (!isObject(mapping) || !isObject(other)) return mapping === other;
    const names = Object.keys(mapping);
    if (names.length !== Object.keys(other).length) return false;
    return names.every((name) => {
      const [left, right] = [mapping[name], other[name]];
      if (left === right || typeof left !== 'string' || typeof right !== 'string') return left === right;
      return this.equal({ $ref: left }, { $ref: right });
    });
  }

  #sameKeyword(key: string, a: JsonValue | undefined, b: JsonValue | undefined): boolean {
    if (a === undefined || b === undefined) return a === b;
    if (key === '$ref') return this.equal(target(this.#left, { $ref: a }), target(this.#right, { $ref: b }));
    if (singles.has(key)) return this.equal(a as Schema, b as Schema);
    if (Array.isArray(a) && Array.isArray(b)) return this.#sameLists(key, a, b);
    if (!isObject(a) || !isObject(b)) return sameJson(a, b);
    if (key === 'discriminator') return this.#sameDiscriminator(a, b);
    if (!maps.has(key)) return sameJson(a, b);
    const names = Object.keys(a);
    if (names.length !== Object.keys(b).length) return false;
    return names.every((name) => Object.hasOwn(b, name) && this.equal(a[name] as Schema, b[name] as Schema));
  }

  #sameLists(key: string, a: readonly JsonValue[], b: readonly JsonValue[]): boolean {
    if (lists.has(key)) return this.#sameParts(a as Schema[], b as Schema[]);
    if (a.length !== b.length) return false;
    if (key === 'prefixItems') return a.every((part, at) => this.equal(part as Schema, b[at] as Schema));
    return sets.has(key) ? a.every((part) => b.some((other) => sameJson(part, other))) : sameJson([...a], [...b]);
  }
}

function isNote(key: string): boolean {
  return notes.has(key) || (key.startsWith('x-') && key !== 'x-plinth' && key !== 'x-sunset');
}

/** What a schema says only by naming something else; undefined when it says more. */
function contentOf(schema: JsonObject, document: JsonObject): Schema | undefined {
  const words = Object.keys(schema).filter((key) => !isNote(key));
  if (words.length !== 1) return undefined;
  const { allOf } = schema;
  if (words[0] === '$ref') return target(document, schema);
  return words[0] === 'allOf' && Array.isArray(allOf) && allOf.length === 1 ? (allOf[0] as Schema) : undefined;
}

/** Both point, or both are an allOf: compared as they are, so that references to themselves end. */
function isAlike(left: JsonObject, right: JsonObject): boolean {
  return ('$ref' in left && '$ref' in right) || ('allOf' in left && 'allOf' in right);
}

/** No schema and an object without a word of meaning accept what `true` accepts. */
function bare(schema: Schema | undefined): Schema {
  return schema === undefined || (isObject(schema) && Object.keys(schema).every(isNote)) ? true : schema;
}
