// Every reference replaced by what it names, as long as that does not contain itself.

import type { JsonObject, JsonValue } from '../model/contract.ts';
import { Origins } from './origin.ts';
import { loadLimits } from './parse.ts';
import { isObject, valueAt } from './pointer.ts';
import { type Dialect, tables } from './structure/document.ts';
import { examine } from './structure/examine.ts';

/** Nodes with a `$ref` that is one, by the kind of object that belongs there. */
export function referencesOf(document: JsonObject, dialect: Dialect): Map<JsonObject, string> {
  const found = new Map<JsonObject, string>();
  examine(document, 'Document', tables[dialect], {
    origins: new Origins(),
    findings: [],
    seen: new WeakSet(),
    refer: ({ node, key, kind }) => {
      if (key === '$ref') found.set(node, kind);
    },
  });
  return found;
}

/** Changes `document`; false, and the document half done, when the result would have more than 1,000,000 values. */
export function dereference(document: JsonObject, dialect: Dialect): boolean {
  const writer = new Writer(document, referencesOf(document, dialect));
  for (const key of Object.keys(document)) {
    const value = document[key] as JsonValue;
    // Components are kept as they are: what contains itself is still referred to there.
    if (key !== 'components') document[key] = writer.copy(value);
    if (writer.isFull) return false;
  }
  return true;
}

class Writer {
  readonly #document: JsonObject;
  readonly #references: ReadonlyMap<JsonObject, string>;
  /** References being written out: one of them again is a cycle. */
  readonly #open = new Set<string>();
  #count = 0;

  constructor(document: JsonObject, references: ReadonlyMap<JsonObject, string>) {
    this.#document = document;
    this.#references = references;
  }

  get isFull(): boolean {
    return this.#count > loadLimits.nodes;
  }

  copy(value: JsonValue): JsonValue {
    if (++this.#count > loadLimits.nodes || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.copy(item));
    const kind = this.#references.get(value);
    if (kind === undefined) return this.#members(value);
    return this.#target(value, kind) ?? this.#members(value);
  }

  #members(value: JsonObject): JsonObject {
    const copy: JsonObject = {};
    for (const [key, item] of Object.entries(value))
      Object.defineProperty(copy, key, {
        value: this.copy(item),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    return copy;
  }

  #target(node: JsonObject, kind: string): JsonValue | undefined {
    const { $ref, ...beside } = node;
    const target =
      typeof $ref === 'string' && !this.#open.has($ref) ? valueAt(this.#document, $ref.slice(1)) : undefined;
    if (typeof $ref !== 'string' || target === undefined) return undefined;
    this.#open.add($ref);
    const whole = this.copy(target);
    this.#open.delete($ref);
    if (Object.keys(beside).length === 0) return whole;
    // Beside a reference to a schema stand further conditions; beside any other, better words.
    if (kind !== 'Schema') return isObject(whole) ? { ...whole, ...beside } : whole;
    const own = this.#members(beside);
    return { ...own, allOf: [whole, ...(Array.isArray(own['allOf']) ? own['allOf'] : [])] };
  }
}
