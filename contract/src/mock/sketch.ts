// Schemas of what is made up quickly: a new thing without the parts that nobody has given it yet.

import { typesOf } from '../codec/typing.ts';
import { follow, isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { declaredMembers, isMarked } from '../schema/members.ts';

/** Plain properties, and whatever is required. What may hold lists or objects and need not be there is left out. */
export function sketchOf(schema: Schema, document: JsonObject): JsonObject {
  const required = requiredOf(schema, document);
  const properties: JsonObject = {};
  for (const [name, property] of declaredMembers(schema, document).properties) {
    const types = typesOf(property, document);
    const isPlain = types.size > 0 && !types.has('object') && !types.has('array');
    if ((isPlain && !isMarked(property, 'writeOnly', document)) || required.has(name)) properties[name] = property;
  }
  return { type: 'object', required: [...required].filter((name) => name in properties), properties };
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
