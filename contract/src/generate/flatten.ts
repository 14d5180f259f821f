// One schema without references, compositions or conditions: a branch of each choice is taken, by the draw.

import { follow, isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import type { Draw } from './draw.ts';
import { asList, mergeSchemas } from './merge.ts';

/** Compositions inside compositions that are followed. */
const mostNesting = 24;

/** Keywords that a node without them needs no flattening for. */
const composing = ['allOf', 'oneOf', 'anyOf', 'if', 'dependentSchemas', 'dependentRequired'];

export interface FlattenOptions {
  document: JsonObject;
  /** Prefer branches that end soon: deep inside a recursive schema. */
  shallow: boolean;
  /** Told when the draw decided about the form of values. */
  chose?: () => void;
}

/** `schema` as one node; `false` where nothing is valid. */
export function flatten(schema: Schema, draw: Draw, options: FlattenOptions, nesting = 0): JsonObject | false {
  const followed = follow(options.document, schema);
  if (followed === false) return false;
  if (!isObject(followed)) return {};
  const isAlone = schema === followed || (isObject(schema) && Object.keys(schema).length === 1);
  if (isAlone && !composing.some((key) => followed[key] !== undefined)) return followed;
  let node: JsonObject = { ...followed };
  if (isObject(schema) && schema !== followed) {
    const { $ref: _reference, ...beside } = schema;
    node = mergeSchemas(node, beside);
  }
  if (nesting > mostNesting) return node;
  const inner = (branch: JsonValue, place: string): JsonObject | false =>
    flatten(branch as Schema, draw.at(place), options, nesting + 1);

  const { allOf, ...rest } = node;
  node = rest;
  for (const [index, branch] of asList(allOf).entries()) {
    const part = inner(branch, `allOf/${index}`);
    if (part === false) return false;
    node = mergeSchemas(node, part);
  }
  for (const key of ['oneOf', 'anyOf'] as const) {
    const { [key]: choices, ...others } = node;
    const branch = choose(asList(choices), draw.at(key), options);
    if (branch === undefined) continue;
    const part = inner(branch, `${key}/branch`);
    if (part === false) return false;
    node = tagged(mergeSchemas(others, part), branch);
  }
  if (node['if'] !== undefined || node['dependentSchemas'] !== undefined) options.chose?.();
  return dependents(conditional(node, draw, inner), draw, inner);
}

function choose(branches: readonly JsonValue[], draw: Draw, options: FlattenOptions): JsonValue | undefined {
  if (branches.length === 0) return undefined;
  if (branches.length > 1) options.chose?.();
  const open = branches.filter((branch) => branch !== false);
  const nulls = open.filter((branch) => isObject(branch) && branch['type'] === 'null');
  if (options.shallow) {
    const ends = nulls.length > 0 ? nulls : open.filter((branch) => endsSoon(branch, options.document));
    if (ends.length > 0) return draw.pick(ends);
  }
  const rich = open.filter((branch) => !nulls.includes(branch));
  return draw.pick(rich.length > 0 ? rich : open.length > 0 ? open : branches);
}

const ends: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean', 'null']);

function endsSoon(branch: JsonValue, document: JsonObject): boolean {
  const node = follow(document, branch);
  return isObject(node) && ends.has(node['type'] ?? '');
}

/** The branch a discriminator must name; schemas that already fix the property are left alone. */
function tagged(node: JsonObject, branch: JsonValue): JsonObject {
  const { discriminator } = node;
  if (!isObject(discriminator) || typeof discriminator['propertyName'] !== 'string') return node;
  if (!isObject(branch) || typeof branch['$ref'] !== 'string') return node;
  const name = discriminator['propertyName'];
  const properties = isObject(node['properties']) ? node['properties'] : {};
  const known = properties[name];
  if (known !== undefined && /"(const|enum|\$ref)":/.test(JSON.stringify(known))) return node;
  const mapping = Object.entries(isObject(discriminator['mapping']) ? discriminator['mapping'] : {});
  const key = mapping.find(([, target]) => target === branch['$ref'])?.[0] ?? branch['$ref'].split('/').at(-1) ?? '';
  return { ...node, properties: { ...properties, [name]: { const: key } } };
}

type Inner = (branch: JsonValue, place: string) => JsonObject | false;

/** `if` holds together with `then`, or it does not and `else` holds; the validator sees whether that came true. */
function conditional(node: JsonObject, draw: Draw, inner: Inner): JsonObject {
  const { if: condition, then, else: otherwise, ...rest } = node;
  if (condition === undefined) return node;
  if (condition !== false && draw.at('if').chance(0.5)) {
    const holds = inner(condition, 'if');
    const follows = then === undefined ? {} : inner(then, 'then');
    if (holds !== false && follows !== false) return mergeSchemas(mergeSchemas(rest, holds), follows);
  }
  const follows = otherwise === undefined ? {} : inner(otherwise, 'else');
  return follows === false ? rest : mergeSchemas(rest, follows);
}

/** Each property with demands of its own is either there, with them, or left out. */
function dependents(node: JsonObject, draw: Draw, inner: Inner): JsonObject {
  const { dependentSchemas, dependentRequired, ...rest } = node;
  let merged: JsonObject = rest;
  for (const [name, demands] of Object.entries({
    ...(isObject(dependentSchemas) ? dependentSchemas : {}),
  })) {
    const isThere = asList(merged['required']).includes(name) || draw.at(`dependent/${name}`).chance(0.5);
    const part = isThere ? inner(demands, `dependentSchemas/${name}`) : { properties: { [name]: false } };
    if (part !== false)
      merged = mergeSchemas(merged, isThere ? { ...part, required: [...asList(part['required']), name] } : part);
  }
  return dependentRequired === undefined ? merged : { ...merged, dependentRequired };
}
