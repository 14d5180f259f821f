// Text of a parameter → typed value, by exact JSON spellings only (`01`, `0x1`, ` 1`, `TRUE` stay text and then fail).

import { follow, isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';

export interface Shape {
  kind: 'scalar' | 'array' | 'object';
  /** JSON types the scalar (or the array's items) may have. */
  types: ReadonlySet<string>;
  /** Types of an object's properties by name. */
  properties: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What a parameter's schema expects, through references and simple compositions. */
export function shapeOf(schema: Schema, document: JsonObject): Shape {
  const types = typesOf(schema, document, 0);
  const node = follow(document, schema);
  const items = findMember(node, 'items', document);
  if (types.has('array') && !types.has('string')) {
    return {
      kind: 'array',
      types: items === undefined ? new Set(['string']) : typesOf(items as Schema, document, 0),
      properties: new Map(),
    };
  }
  if (types.has('object') && !types.has('string')) {
    const members = findMember(node, 'properties', document);
    const properties = new Map(
      Object.entries(isObject(members) ? members : {}).map(([name, value]) => [
        name,
        typesOf(value as Schema, document, 0),
      ]),
    );
    return { kind: 'object', types: new Set(['string']), properties };
  }
  return { kind: 'scalar', types, properties: new Map() };
}

function findMember(node: JsonValue | undefined, key: string, document: JsonObject): JsonValue | undefined {
  if (!isObject(node)) return undefined;
  if (node[key] !== undefined) return node[key];
  for (const list of [node['allOf'], node['oneOf'], node['anyOf']]) {
    for (const branch of Array.isArray(list) ? list : []) {
      const found = findMember(follow(document, branch), key, document);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function typesOf(schema: Schema, document: JsonObject, depth: number): Set<string> {
  const node = follow(document, schema);
  const types = new Set<string>();
  if (!isObject(node) || depth > 8) return types;
  const declared = node['type'];
  if (typeof declared === 'string') types.add(declared);
  else if (Array.isArray(declared)) for (const type of declared) types.add(String(type));
  if (types.size === 0) {
    for (const value of [
      ...(Array.isArray(node['enum']) ? node['enum'] : []),
      ...('const' in node ? [node['const']] : []),
    ]) {
      types.add(value === null ? 'null' : typeof value);
    }
    for (const list of [node['allOf'], node['oneOf'], node['anyOf']]) {
      for (const branch of Array.isArray(list) ? list : [])
        for (const type of typesOf(branch as Schema, document, depth + 1)) types.add(type);
    }
  }
  return types;
}

/** Types in the order null, boolean, number, text. A text that fits none stays text, for the validator to judge. */
export function typed(text: string, types: ReadonlySet<string>): JsonValue {
  if (types.size === 0) return text;
  if (types.has('null') && text === 'null') return null;
  if (types.has('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  if ((types.has('integer') || types.has('number')) && /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(text))
    return Number(text);
  return text;
}
