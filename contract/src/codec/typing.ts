// Text of a parameter → typed value, by exact JSON spellings only (`01`, `0x1`, ` 1`, `TRUE` stay text and then fail).

import { follow, isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';

export interface Shape {
  kind: 'scalar' | 'array' | 'object';
  /** JSON types the scalar (or the array's items) may have. */
  types: ReadonlySet<string>;
  /** Types of an object's properties by name. */
  properties: ReadonlyMap<string, ReadonlySet<string>>;
  /** An object that takes other properties too, of types `rest`. */
  open: boolean;
  rest: ReadonlySet<string>;
}

/** What a parameter's schema expects, through references and simple compositions. */
export function shapeOf(schema: Schema, document: JsonObject): Shape {
  const types = typesOf(schema, document);
  const members = declaredMembers(schema, document);
  const scalar: Shape = { kind: 'scalar', types, properties: new Map(), open: false, rest: asText };
  if (types.has('array') && !types.has('string')) {
    const items = members.items === undefined ? asText : typesOf(members.items, document);
    return { ...scalar, kind: 'array', types: items };
  }
  if (types.has('object') && !types.has('string')) {
    const properties = new Map(
      [...members.properties].map(([name, property]) => [name, typesOf(property, document)] as const),
    );
    const extra = extraOf(schema, document);
    const rest = isObject(extra) ? typesOf(extra, document) : asText;
    return { kind: 'object', types: asText, properties, open: members.open || properties.size === 0, rest };
  }
  return scalar;
}

const asText: ReadonlySet<string> = new Set(['string']);

/** Schema of the properties that are not named; true when nothing is said. */
export function extraOf(schema: Schema, document: JsonObject): Schema {
  const node = follow(document, schema);
  const extra = isObject(node) ? node['additionalProperties'] : undefined;
  return isObject(extra) ? extra : true;
}

const known = new WeakMap<JsonObject, WeakMap<JsonObject, ReadonlySet<string>>>();

/** JSON types a schema may have, through references and compositions; empty when it does not say. Asked once, then known. */
export function typesOf(schema: Schema, document: JsonObject): ReadonlySet<string> {
  if (!isObject(schema)) return new Set();
  let ofDocument = known.get(document);
  if (ofDocument === undefined) known.set(document, (ofDocument = new WeakMap()));
  let types = ofDocument.get(schema);
  if (types === undefined) ofDocument.set(schema, (types = gatherTypes(schema, document)));
  return types;
}

/** Looks at each schema once, however many ways lead to it and however deep it stands. */
function gatherTypes(schema: JsonObject, document: JsonObject): Set<string> {
  const types = new Set<string>();
  const seen = new Set<JsonObject>();
  const waiting: unknown[] = [schema];
  while (waiting.length > 0) {
    const node = follow(document, waiting.pop() as Schema);
    if (!isObject(node) || seen.has(node)) continue;
    seen.add(node);
    const own = ownTypes(node);
    for (const type of own) types.add(type);
    // What a schema says itself goes before its parts.
    if (own.length > 0) continue;
    for (const list of [node['allOf'], node['oneOf'], node['anyOf']]) if (Array.isArray(list)) waiting.push(...list);
  }
  return types;
}

function ownTypes({ type, enum: values, const: only }: JsonObject): string[] {
  const declared = (Array.isArray(type) ? type : [type]).filter((name) => typeof name === 'string');
  if (declared.length > 0) return declared;
  const listed = [...(Array.isArray(values) ? values : []), ...(only === undefined ? [] : [only])];
  return listed.map((value) => (value === null ? 'null' : typeof value));
}

const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

/**
 * Types in the order null, boolean, number, text. A text that fits none stays text, for the validator to judge; so does
 * a whole number too large to keep its digits, and one that is infinite.
 */
export function typed(text: string, types: ReadonlySet<string>): JsonValue {
  if (types.size === 0) return text;
  if (text === 'null' && types.has('null')) return null;
  if ((text === 'true' || text === 'false') && types.has('boolean')) return text === 'true';
  const numeric = types.has('number') || types.has('integer');
  if (!numeric || !number.test(text)) return text;
  const value = Number(text);
  const exact = types.has('number') || !Number.isInteger(value) || Number.isSafeInteger(value);
  return Number.isFinite(value) && exact ? value : text;
}

/** Bytes as they are: `format: binary` of 3.0, a media type without encoding in 3.1. */
export function isBinary(schema: Schema, document: JsonObject): boolean {
  const node = follow(document, schema);
  if (!isObject(node) || node['contentEncoding'] !== undefined) return false;
  const media = node['contentMediaType'];
  return node['format'] === 'binary' || (typeof media === 'string' && !/json|^text\//.test(media));
}
