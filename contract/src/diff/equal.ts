// Equality of two schemas of two documents, as far as values and meaning go: references are followed, notes for readers
// are skipped. Only syntax that is trivially the same counts; the rest is for the proofs.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { sameJson } from './json.ts';
import { target } from './reference.ts';

/** Keys that say nothing about values or meaning. */
const notes = new Set(['description', 'title', 'example', 'examples', '$comment', 'summary', 'externalDocs', 'xml']);
const maps = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const lists = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
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

  equal(left: Schema | undefined, right: Schema | undefined): boolean {
    if (!isObject(left) || !isObject(right)) return sameJson(bare(left), bare(right));
    // One of two that only points somewhere is what it points to.
    if (isReference(left) && !isReference(right) && isBare(left)) return this.equal(target(this.#left, left), right);
    if (isReference(right) && !isReference(left) && isBare(right)) return this.equal(left, target(this.#right, right));
    const [a, b] = [left, right];
    const known = this.#known.get(a)?.get(b);
    if (known !== undefined) return known;
    const depth = this.#assumed.length;
    this.#remember(a, b, true);
    this.#assumed.push([a, b]);
    if (this.#same(a, b)) {
      if (depth === 0) this.#assumed = [];
      return true;
    }
    for (const [one, other] of this.#assumed.splice(depth)) this.#known.get(one)?.delete(other);
    this.#remember(a, b, false);
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

  #sameKeyword(key: string, a: JsonValue | undefined, b: JsonValue | undefined): boolean {
    if (a === undefined || b === undefined) return a === b;
    if (key === '$ref') return this.equal(target(this.#left, { $ref: a }), target(this.#right, { $ref: b }));
    if (singles.has(key)) return this.equal(a as Schema, b as Schema);
    if (maps.has(key) && isObject(a) && isObject(b)) {
      const names = Object.keys(a);
      if (names.length !== Object.keys(b).length) return false;
      return names.every((name) => Object.hasOwn(b, name) && this.equal(a[name] as Schema, b[name] as Schema));
    }
    if (lists.has(key) && Array.isArray(a) && Array.isArray(b))
      return a.length === b.length && a.every((part, at) => this.equal(part as Schema, b[at] as Schema));
    if (sets.has(key) && Array.isArray(a) && Array.isArray(b))
      return a.length === b.length && a.every((part) => b.some((other) => sameJson(part, other)));
    return sameJson(a, b);
  }
}

function isNote(key: string): boolean {
  return notes.has(key) || (key.startsWith('x-') && key !== 'x-plinth' && key !== 'x-sunset');
}

function isReference(schema: JsonObject): boolean {
  return typeof schema['$ref'] === 'string';
}

/** A reference with nothing of meaning beside it. */
function isBare(schema: JsonObject): boolean {
  return Object.keys(schema).every((key) => key === '$ref' || isNote(key));
}

/** No schema and an object without a word of meaning accept what `true` accepts. */
function bare(schema: Schema | undefined): Schema {
  return schema === undefined || (isObject(schema) && Object.keys(schema).every(isNote)) ? true : schema;
}
