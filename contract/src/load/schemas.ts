// Where schemas stand in a document: one walk that upgrading, policy and emitters share.

import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { isObject } from './pointer.ts';

const single = [
  'items',
  'additionalProperties',
  'contains',
  'propertyNames',
  'if',
  'then',
  'else',
  'not',
  'unevaluatedItems',
  'unevaluatedProperties',
  'contentSchema',
] as const;
const lists = ['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const;
const maps = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'] as const;

/** Direct sub-schemas of an object schema. */
export function childSchemas(
  schema: JsonObject,
): { parent: JsonObject | JsonValue[]; key: string | number; schema: Schema }[] {
  const found: { parent: JsonObject | JsonValue[]; key: string | number; schema: Schema }[] = [];
  const add = (parent: JsonObject | JsonValue[], key: string | number, value: JsonValue | undefined): void => {
    if (isObject(value) || typeof value === 'boolean') found.push({ parent, key, schema: value });
  };
  for (const key of single) add(schema, key, schema[key]);
  for (const key of lists) {
    const list = schema[key];
    if (Array.isArray(list)) list.forEach((item, index) => add(list, index, item));
  }
  for (const key of maps) {
    const map = schema[key];
    if (isObject(map)) for (const name of Object.keys(map)) add(map, name, map[name]);
  }
  return found;
}

/** Visits every object schema of a document once, parents first. */
export function walkSchemas(document: JsonObject, visit: (schema: JsonObject) => void): void {
  const seen = new WeakSet<object>();
  const schema = (value: JsonValue | undefined): void => {
    if (!isObject(value) || seen.has(value)) return;
    seen.add(value);
    visit(value);
    for (const child of childSchemas(value)) schema(child.schema);
  };
  const walk = (value: JsonValue, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 64) return;
    if (Array.isArray(value)) {
      for (const item of value) walk(item, depth + 1);
      return;
    }
    for (const [key, child] of Object.entries(value)) {
      if (key === 'schema' || key === 'itemSchema') schema(child);
      else if (key !== 'example' && key !== 'examples' && key !== 'x-plinth') walk(child, depth + 1);
    }
  };
  const components = document['components'];
  if (isObject(components) && isObject(components['schemas']))
    for (const child of Object.values(components['schemas'])) schema(child);
  for (const [key, value] of Object.entries(document)) if (key !== 'components') walk(value, 0);
  if (isObject(components))
    for (const [key, value] of Object.entries(components)) if (key !== 'schemas') walk(value, 0);
}
