// Schemas of what is made up quickly: a new thing without the parts that nobody has given it yet.

import { typesOf } from '../codec/typing.ts';
import { follow, isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { declaredMembers, isMarked } from '../schema/members.ts';

/** Plain properties, and whatever is required. What may hold lists or objects and need not be there is left out. */
function sketchOf(schema: Schema, document: JsonObject): JsonObject {
  const required = requiredOf(schema, document);
  const properties: JsonObject = {};
  for (const [name, property] of declaredMembers(schema, document).properties) {
    const types = typesOf(property, document);
    const isPlain = types.size > 0 && !types.has('object') && !types.has('array');
    if ((isPlain && !isMarked(property, 'writeOnly', document)) || required.has(name)) properties[name] = property;
  }
  return { type: 'object', required: [...required].filter((name) => name in properties), properties };
}

/** Sketches without some of their properties that are remembered, at most. */
const mostParts = 50;

/** The sketch of a kind, and what is left of it where some values are known already. */
export class Sketch {
  readonly whole: JsonObject;
  /** Of its properties. */
  readonly names: readonly string[];
  readonly #parts = new Map<string, JsonObject>();

  constructor(schema: Schema, document: JsonObject) {
    this.whole = sketchOf(schema, document);
    this.names = Object.keys(propertiesOf(this.whole));
  }

  isRequired(name: string): boolean {
    return (this.whole['required'] as string[]).includes(name);
  }

  /** The same schema object for the same names: what is compiled is kept with it. */
  without(names: ReadonlySet<string>): JsonObject {
    const key = this.names.filter((name) => names.has(name)).join('\n');
    if (key === '') return this.whole;
    let part = this.#parts.get(key);
    if (part) return part;
    if (this.#parts.size >= mostParts) this.#parts.clear();
    const left = Object.entries(propertiesOf(this.whole)).filter(([name]) => !names.has(name));
    const required = (this.whole['required'] as string[]).filter((name) => !names.has(name));
    this.#parts.set(key, (part = { type: 'object', required, properties: Object.fromEntries(left) }));
    return part;
  }
}

function propertiesOf(sketch: JsonObject): JsonObject {
  return sketch['properties'] as JsonObject;
}

/** Names that every branch asks for: here, behind references, and in `allOf`. */
function requiredOf(schema: Schema, document: JsonObject, depth = 0): Set<string> {
  const names = new Set<string>();
  if (!isObject(schema) || depth > 16) return names;
  const target = follow(document, schema);
  const parts: (JsonValue | undefined)[] = target === schema ? [] : [target];
  if (Array.isArray(schema['allOf'])) parts.push(...schema['allOf']);
  for (const name of Array.isArray(schema['required']) ? schema['required'] : [])
    if (typeof name === 'string') names.add(name);
  for (const part of parts) for (const name of requiredOf(part as Schema, document, depth + 1)) names.add(name);
  return names;
}
