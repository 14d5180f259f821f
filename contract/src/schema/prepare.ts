// Schemas made fit for one direction and strictness before Ajv sees them. Copies; the contract stays as it was.

import { isObject } from '../load/pointer.ts';
import { childSchemas } from '../load/schemas.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { declaredMembers, isMarked, type Members } from './members.ts';

export type Direction = 'request' | 'response';

export interface Preparation {
  document: JsonObject;
  direction?: Direction | undefined;
  /** Refuse properties that a schema neither names nor allows. */
  closed?: boolean | undefined;
}

const copiedLists = ['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const;
const copiedMaps = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'] as const;

/** The mark of the side that may not set a property: readOnly in requests, writeOnly in responses. */
export function markOf(direction: Direction): 'readOnly' | 'writeOnly' {
  return direction === 'request' ? 'readOnly' : 'writeOnly';
}

/** A schema where a whole value stands: the place where an object is complete and can be closed. */
export function prepareWhole(schema: Schema, options: Preparation): Schema {
  if (!isObject(schema) || (!options.direction && !options.closed)) return schema;
  const members = declaredMembers(schema, options.document);
  const copy = prepareInPlace(schema, options, members) as JsonObject;
  const closable = options.closed === true && members.properties.size > 0 && !members.open;
  if (closable && !('unevaluatedProperties' in copy)) copy['unevaluatedProperties'] = false;
  return copy;
}

/**
 * A schema that speaks about a value together with others (a branch of allOf, a component behind a reference): it must
 * stay open itself, the values inside it are whole. `scope` is what all of them name together.
 */
export function prepareInPlace(
  schema: Schema,
  options: Preparation,
  scope: Members = declaredMembers(schema, options.document),
): Schema {
  if (!isObject(schema) || (!options.direction && !options.closed)) return schema;
  const copy: JsonObject = { ...schema };
  for (const key of copiedLists) if (Array.isArray(copy[key])) copy[key] = [...copy[key]];
  for (const key of copiedMaps) if (isObject(copy[key])) copy[key] = { ...copy[key] };
  for (const child of childSchemas(copy)) {
    (child.parent as Record<string, JsonValue>)[child.key as string] = prepareChild(child, copy, options, scope);
  }
  if (options.direction) relaxRequired(copy, options.direction, scope, options.document);
  return copy;
}

function prepareChild(
  child: ReturnType<typeof childSchemas>[number],
  owner: JsonObject,
  options: Preparation,
  scope: Members,
): Schema {
  const { parent, key, schema } = child;
  // Closing what stands inside a condition would turn its meaning round.
  if (parent === owner && (key === 'not' || key === 'if')) {
    return prepareInPlace(schema, { ...options, closed: false }, scope);
  }
  const inPlace =
    parent === owner['allOf'] ||
    parent === owner['anyOf'] ||
    parent === owner['oneOf'] ||
    parent === owner['dependentSchemas'] ||
    (parent === owner && (key === 'then' || key === 'else'));
  if (inPlace) return prepareInPlace(schema, options, scope);
  if (parent === owner['$defs'] || parent === owner['definitions']) return prepareInPlace(schema, options);
  const refused =
    options.closed === true &&
    options.direction !== undefined &&
    parent === owner['properties'] &&
    isMarked(schema, markOf(options.direction), options.document);
  return refused ? false : prepareWhole(schema, options);
}

function relaxRequired(schema: JsonObject, direction: Direction, scope: Members, document: JsonObject): void {
  if (!Array.isArray(schema['required'])) return;
  const mark = markOf(direction);
  schema['required'] = schema['required'].filter((name) => {
    const property = typeof name === 'string' ? scope.properties.get(name) : undefined;
    return property === undefined || !isMarked(property, mark, document);
  });
}

const roots = new WeakMap<object, boolean>();

/** True when references point outside the components (`#/paths/…`), which is rare. */
function pointsOutside(document: JsonObject): boolean {
  let known = roots.get(document);
  if (known === undefined) roots.set(document, (known = /"\$ref":"#\/(?!components\/)/.test(JSON.stringify(document))));
  return known;
}

/** What references may point into: the components, or all of the document where something points elsewhere. */
export function prepareRoot(options: Preparation): JsonObject {
  const { document } = options;
  const components = document['components'];
  if (!isObject(components)) return prepareInPlace(document, options) as JsonObject;
  const schemas: JsonObject = {};
  for (const [name, schema] of Object.entries(isObject(components['schemas']) ? components['schemas'] : {}))
    schemas[name] = prepareInPlace(schema as Schema, options);
  return { ...(pointsOutside(document) ? document : {}), components: { ...components, schemas } };
}
