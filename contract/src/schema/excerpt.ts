// The part of a document that a schema refers to, at the same pointers: enough to judge values by it elsewhere.

import { isObject, segmentsOf, valueAt } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';

/** Keywords by which a schema is found other than by its pointer. */
const named = ['$id', '$anchor', '$dynamicAnchor', '$dynamicRef'];

function hasName(schema: JsonObject): boolean {
  return named.some((key) => Object.hasOwn(schema, key));
}

/** What all references below the schema lead to; the whole document where one is no plain pointer. */
export function excerptOf(schema: Schema, document: JsonObject): JsonObject {
  const excerpt: JsonObject = {};
  const done = new Set<string>();
  const queue: JsonValue[] = [schema];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (Array.isArray(next)) queue.push(...next);
    if (!isObject(next)) continue;
    if (hasName(next)) return document;
    queue.push(...Object.values(next));
    const reference = next['$ref'];
    if (typeof reference !== 'string' || done.has(reference)) continue;
    done.add(reference);
    const target = reference.startsWith('#/') ? valueAt(document, reference.slice(1)) : undefined;
    if (target === undefined || !place(excerpt, segmentsOf(reference.slice(1)), target)) return document;
    queue.push(target);
  }
  return excerpt;
}

/** Puts a value where it stands in the document; false inside of a list, whose other entries are not there. */
function place(excerpt: JsonObject, segments: readonly string[], value: JsonValue): boolean {
  let parent: JsonObject = excerpt;
  for (const segment of segments.slice(0, -1)) {
    const known = Object.hasOwn(parent, segment) ? parent[segment] : undefined;
    if (known !== undefined && !isObject(known)) return false;
    const inner: JsonObject = known ?? {};
    if (known === undefined) define(parent, segment, inner);
    parent = inner;
  }
  define(parent, segments.at(-1) ?? '', value);
  return true;
}

/** Also for `__proto__`. */
function define(owner: JsonObject, name: string, value: JsonValue): void {
  Object.defineProperty(owner, name, { value, enumerable: true, configurable: true, writable: true });
}
