// What an object schema names, through references and compositions: used for closing, projection and for words.

import { follow, isObject } from '../load/pointer.ts';
import type { JsonObject, Schema } from '../model/contract.ts';

export interface Members {
  properties: ReadonlyMap<string, Schema>;
  items?: Schema;
  /** Other properties are allowed by name (`additionalProperties`, `patternProperties`) or the object is free-form. */
  open: boolean;
}

interface Growing {
  properties: Map<string, Schema>;
  items?: Schema;
  open: boolean;
}

const inPlaceLists = ['allOf', 'anyOf', 'oneOf'] as const;
const inPlaceSingles = ['if', 'then', 'else'] as const;
const nothing: Members = { properties: new Map(), open: false };

const known = new WeakMap<object, WeakMap<object, Members>>();

/** All properties a schema names, whatever branch they stand in. Remembered per document and schema. */
export function declaredMembers(schema: Schema, document: JsonObject, depth = 0): Members {
  if (!isObject(schema) || depth > 16) return nothing;
  let ofDocument = known.get(document);
  if (!ofDocument) known.set(document, (ofDocument = new WeakMap()));
  const before = ofDocument.get(schema);
  if (before) return before;
  const members = collect(schema, document, depth);
  // What a cut-off inner walk saw is incomplete; only walks from the top are remembered.
  if (depth === 0) ofDocument.set(schema, members);
  return members;
}

function collect(node: JsonObject, document: JsonObject, depth: number): Members {
  const members: Growing = { properties: new Map(), open: false };
  const add = (schema: Schema, alternative: boolean): void => {
    const inner = declaredMembers(schema, document, depth + 1);
    for (const [name, property] of inner.properties) members.properties.set(name, property);
    if (members.items === undefined && inner.items !== undefined) members.items = inner.items;
    members.open ||= inner.open || (alternative && inner.properties.size === 0 && isFreeForm(schema, document));
  };
  if (typeof node['$ref'] === 'string') {
    const target = follow(document, node);
    if (isObject(target) && target !== node) add(target, false);
  }
  for (const key of inPlaceLists) {
    const list = node[key];
    if (Array.isArray(list)) for (const branch of list) add(branch as Schema, key !== 'allOf');
  }
  for (const key of inPlaceSingles) if (isObject(node[key])) add(node[key], false);
  if (isObject(node['dependentSchemas']))
    for (const branch of Object.values(node['dependentSchemas'])) add(branch as Schema, false);
  if (isObject(node['properties'])) {
    for (const [name, property] of Object.entries(node['properties'])) members.properties.set(name, property as Schema);
  }
  if (node['items'] !== undefined) members.items = node['items'] as Schema;
  const extra = node['additionalProperties'];
  members.open ||= extra === true || isObject(extra) || isObject(node['patternProperties']);
  members.open ||= node['unevaluatedProperties'] === true || isObject(node['unevaluatedProperties']);
  return members;
}

/** `{ type: object }` that names nothing, or no schema at all: any object is meant. */
function isFreeForm(schema: Schema, document: JsonObject): boolean {
  const node = follow(document, schema);
  if (node === true) return true;
  if (!isObject(node)) return false;
  const type = node['type'];
  const objects = type === undefined || type === 'object' || (Array.isArray(type) && type.includes('object'));
  const speaks = ['$ref', 'enum', 'const', 'not', 'allOf', 'anyOf', 'oneOf', 'additionalProperties'];
  return objects && !speaks.some((key) => key in node);
}

/** True when the property carries `readOnly` or `writeOnly`, beside its reference or behind it. */
export function isMarked(property: Schema, mark: 'readOnly' | 'writeOnly', document: JsonObject): boolean {
  if (!isObject(property)) return false;
  if (property[mark] === true) return true;
  const target = follow(document, property);
  return isObject(target) && target[mark] === true;
}
