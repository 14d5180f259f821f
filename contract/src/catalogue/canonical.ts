// Schemas by what they accept, not by how they are written: same form, same number.

import { isObject, valueAt } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';

/** What is said to people and changes no verdict. */
const remarks = new Set(['title', 'description', 'example', 'examples', 'externalDocs', 'xml', '$comment']);
const schemaMaps = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const data = new Set(['const', 'default', 'enum']);
const unordered = new Set(['required', 'enum', 'type']);

/** Numbers of forms over many documents. Words for people, order of keys and indirection do not matter. */
export class Forms {
  readonly #numbers = new Map<string, number>();
  readonly #known = new WeakMap<object, number | undefined>();

  /** The number of a schema's form. A reference back into itself counts by the name it uses. */
  of(schema: Schema, document: JsonObject): number {
    return this.#intern(this.#text(schema, document));
  }

  #intern(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) this.#numbers.set(text, (number = this.#numbers.size));
    return number;
  }

  #text(schema: JsonValue, document: JsonObject): string {
    if (!isObject(schema)) return JSON.stringify(schema);
    const said = Object.keys(schema).filter((key) => !remarks.has(key) && !key.startsWith('x-'));
    const only = said.length === 1 ? said[0] : undefined;
    const { $ref: reference } = schema;
    if (only === '$ref' && typeof reference === 'string') return this.#target(reference, document);
    // `allOf: [{ $ref }]` beside a description is how OpenAPI 3.0 describes a reference.
    const { allOf } = schema;
    if (only === 'allOf' && Array.isArray(allOf) && allOf.length === 1) return this.#text(allOf[0] ?? null, document);
    return `{${said
      .toSorted()
      .map((key) => `${key}:${this.#member(key, schema[key] ?? null, document)}`)
      .join()}}`;
  }

  #member(key: string, value: JsonValue, document: JsonObject): string {
    if (key === '$ref' && typeof value === 'string') return this.#target(value, document);
    if (schemaMaps.has(key) && isObject(value)) {
      const names = Object.keys(value).toSorted();
      return `{${names.map((name) => `${JSON.stringify(name)}:${this.#text(value[name] ?? null, document)}`).join()}}`;
    }
    if (Array.isArray(value)) {
      const parts = value.map((part) => (data.has(key) ? sorted(part) : this.#text(part, document)));
      return `[${(unordered.has(key) ? parts.toSorted() : parts).join()}]`;
    }
    return data.has(key) ? sorted(value) : this.#text(value, document);
  }

  #target(reference: string, document: JsonObject): string {
    const target = reference.startsWith('#') ? valueAt(document, reference.slice(1)) : undefined;
    if (target === undefined) return JSON.stringify(reference);
    if (!isObject(target)) return JSON.stringify(target);
    if (!this.#known.has(target)) {
      this.#known.set(target, undefined);
      this.#known.set(target, this.of(target, document));
    }
    const number = this.#known.get(target);
    return number === undefined ? `^${reference.split('/').at(-1) ?? ''}` : `#${number}`;
  }
}

/** Data with its keys in order. */
function sorted(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.keys(value).toSorted();
  return `{${entries.map((key) => `${JSON.stringify(key)}:${sorted(value[key] ?? null)}`).join()}}`;
}
