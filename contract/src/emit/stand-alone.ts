// Schemas taken out of their contract: what they refer to comes along, what only OpenAPI knows stays behind.

import { isObject, valueAt } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue } from '../model/contract.ts';

export interface StandAloneOptions {
  /** Where references of the result point: `#/$defs/` or `#/components/schemas/`. */
  prefix: string;
  /** References and properties deeper than this become `true`; default 64. */
  depth?: number;
  /** False leaves out descriptions, titles and examples; default true. */
  words?: boolean;
}

export interface StandAlone {
  schemas: JsonObject[];
  /** What they refer to, by name; only what is needed, in order of first use. */
  definitions: JsonObject;
}

/** OpenAPI's own keywords inside schemas; no JSON Schema reader knows them. */
const foreignWords = new Set(['discriminator', 'xml', 'externalDocs', 'example', 'nullable']);
const wordKeys = new Set(['description', 'title', 'examples', '$comment']);
/** Keywords whose values are data or names, never schemas. */
const dataKeys = new Set(['enum', 'const', 'default', 'examples', 'required', 'type']);
const namedKeys = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);

/** Copies schemas (JSON Schema 2020-12). Deeper than `depth` a schema says nothing, so every valid value stays valid. */
export function standAlone(contract: Contract, roots: readonly JsonValue[], options: StandAloneOptions): StandAlone {
  const most = options.depth ?? 64;
  const names = new Map<string, string>();
  const queue: { pointer: string; depth: number }[] = [];
  const refer = (pointer: string, depth: number): JsonValue => {
    let name = names.get(pointer);
    if (name === undefined) {
      if (depth > most || valueAt(contract.document, pointer.slice(1)) === undefined) return true;
      name = freeName(pointer, names);
      names.set(pointer, name);
      queue.push({ pointer, depth });
    }
    return { $ref: `${options.prefix}${name}` };
  };
  const copy = (value: JsonValue, depth: number): JsonValue => {
    if (Array.isArray(value)) return value.map((item) => copy(item, depth));
    if (!isObject(value)) return value;
    if (depth > most) return true;
    const result: JsonObject = {};
    for (const [key, part] of Object.entries(value)) {
      if (key.startsWith('x-') || foreignWords.has(key) || (options.words === false && wordKeys.has(key))) continue;
      if (key === '$ref' && typeof part === 'string') {
        const target = part.startsWith('#') ? refer(part, depth + 1) : true;
        if (isObject(target)) result['$ref'] = target['$ref'] as JsonValue;
      } else if (namedKeys.has(key) && isObject(part)) {
        result[key] = Object.fromEntries(Object.entries(part).map(([name, schema]) => [name, copy(schema, depth + 1)]));
      } else result[key] = dataKeys.has(key) ? part : copy(part, key === 'items' ? depth + 1 : depth);
    }
    return result;
  };
  const schemas = roots.map((root) => copy(root, 0)).map((schema) => (isObject(schema) ? schema : {}));
  const definitions: JsonObject = {};
  // First come, first served: each definition is written at the smallest depth it is reached at.
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const schema = valueAt(contract.document, next.pointer.slice(1)) ?? true;
    definitions[names.get(next.pointer) ?? ''] = copy(schema, next.depth);
  }
  return { schemas, definitions };
}

/** The last segment of the pointer, made a plain word that is not yet taken. */
function freeName(pointer: string, names: ReadonlyMap<string, string>): string {
  const base = decodeURIComponent(pointer.split('/').at(-1) ?? '').replaceAll(/[^A-Za-z0-9._-]/g, '_') || 'Schema';
  const taken = new Set(names.values());
  let name = base;
  for (let count = 2; taken.has(name); count++) name = `${base}${count}`;
  return name;
}
