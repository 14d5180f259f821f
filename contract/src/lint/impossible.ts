// Proofs that a schema accepts nothing. Only simple contradictions are looked for, so "no proof" says nothing; but a
// proof holds: every step drops values that the validator would refuse too.

import { follow, isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { compileSchema } from '../schema/compile.ts';
import { typesOf } from './nodes.ts';

/** Parts looked at for one schema, and how deep required properties are followed. Beyond them there is no proof. */
const limits = { parts: 64, depth: 6, values: 500 } as const;

const allTypes = ['null', 'boolean', 'number', 'string', 'array', 'object'] as const;
type TypeName = (typeof allTypes)[number];

/** JSON Schema's types (Core 4.2.1): an integer is a number without fraction. */
export function isOfType(value: JsonValue, type: string): boolean {
  if (type === 'integer') return typeof value === 'number' && Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  return typeof value === type;
}

/** Keys that a contradiction can come from; a schema without any of them accepts something. */
const telling = new Set(
  'allOf anyOf oneOf not $ref enum const required minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength minItems maxItems minProperties maxProperties items'.split(
    ' ',
  ),
);

const proofs = new WeakMap<JsonObject, { why: string | undefined }>();

/** Why no value can be valid against `schema`, in words; undefined when there is no proof. A schema is judged once. */
export function impossible(contract: Contract, schema: Schema, depth = 0): string | undefined {
  if (schema === false) return 'the schema is `false`';
  if (!isObject(schema) || depth > limits.depth) return undefined;
  const known = proofs.get(schema);
  if (known !== undefined) return known.why;
  if (!Object.keys(schema).some((key) => telling.has(key))) return undefined;
  // While it is being judged, a schema inside itself is taken as possible.
  const proof: { why: string | undefined } = { why: undefined };
  proofs.set(schema, proof);
  if (isBareReference(schema)) {
    // What is named is judged once, not at each place that names it.
    const target = follow(contract.document, schema) ?? true;
    return (proof.why = isSchema(target) ? impossible(contract, target, depth) : undefined);
  }
  const parts: JsonObject[] = [];
  proof.why =
    collect(contract, schema, parts, new Set()) ??
    contradiction(contract, parts, depth) ??
    noBranch(contract, parts, depth);
  return proof.why;
}

/** A reference with nothing beside it but words. */
function isBareReference(schema: JsonObject): boolean {
  return (
    typeof schema['$ref'] === 'string' &&
    Object.keys(schema).every((key) => key === '$ref' || key === 'description' || key === 'title')
  );
}

/** `schema`, what it refers to and its `allOf` parts: all of them must hold. */
function collect(contract: Contract, schema: Schema, parts: JsonObject[], seen: Set<JsonObject>): string | undefined {
  if (schema === false) return 'a part of it is `false`';
  if (!isObject(schema) || seen.has(schema) || parts.length >= limits.parts) return undefined;
  seen.add(schema);
  parts.push(schema);
  if (schema['not'] === true || (isObject(schema['not']) && Object.keys(schema['not']).length === 0))
    return '`not` refuses everything';
  const inner: JsonValue[] = Array.isArray(schema['allOf']) ? [...schema['allOf']] : [];
  if (typeof schema['$ref'] === 'string') inner.push(follow(contract.document, { $ref: schema['$ref'] }) ?? true);
  for (const part of inner) {
    const refused = isSchema(part) ? collect(contract, part, parts, seen) : undefined;
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function isSchema(value: JsonValue): value is Schema {
  return typeof value === 'boolean' || isObject(value);
}

function contradiction(contract: Contract, parts: readonly JsonObject[], depth: number): string | undefined {
  const listed = listedValues(parts);
  if (listed !== undefined && listed.length <= limits.values && !listed.some((value) => fits(value, parts)))
    return listed.length === 0
      ? 'enum lists no value'
      : `none of the listed values (${listed
          .slice(0, 3)
          .map((value) => JSON.stringify(value))
          .join(', ')}) fits the rest`;
  const types = allTypes.filter((type) => parts.every((part) => takes(part, type)));
  if (types.length === 0) {
    const said = parts.map(typesOf).filter((names) => names.length > 0);
    return `no type is left: ${said.map((names) => names.join(' or ')).join(', and ')}`;
  }
  let cause: string | undefined;
  for (const type of types) {
    const why = conflictOf(type, contract, parts, depth);
    if (why === undefined) return undefined;
    cause = why;
  }
  return cause;
}

function takes(part: JsonObject, type: TypeName): boolean {
  const names = typesOf(part);
  return names.length === 0 || names.includes(type) || (type === 'number' && names.includes('integer'));
}

/** The values of the smallest `enum` or `const`; undefined when none lists any. */
function listedValues(parts: readonly JsonObject[]): JsonValue[] | undefined {
  const lists = parts.flatMap((part) => [
    ...(Array.isArray(part['enum']) ? [part['enum']] : []),
    ...(part['const'] === undefined ? [] : [[part['const']]]),
  ]);
  return lists.toSorted((a, b) => a.length - b.length)[0];
}

/** True when no keyword that is simple to check refuses a value. */
export function fits(value: JsonValue, parts: readonly JsonObject[]): boolean {
  return parts.every((part) => {
    const types = typesOf(part);
    if (types.length > 0 && !types.some((type) => isOfType(value, type))) return false;
    if (Array.isArray(part['enum']) && !part['enum'].some((one) => same(one, value))) return false;
    if (part['const'] !== undefined && !same(part['const'], value)) return false;
    if (typeof value === 'number') return withinBounds(value, part);
    return typeof value !== 'string' || textFits(value, part);
  });
}

function same(a: JsonValue, b: JsonValue): boolean {
  // Objects and arrays are compared by text: equal texts are equal, others may still be equal and count as such.
  if (typeof a === 'object' && a !== null) return typeof b === 'object' && b !== null;
  return a === b;
}

function withinBounds(value: number, part: JsonObject): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = part;
  return !(
    (typeof minimum === 'number' && value < minimum) ||
    (typeof maximum === 'number' && value > maximum) ||
    (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) ||
    (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum)
  );
}

function textFits(value: string, part: JsonObject): boolean {
  const { minLength, maxLength, pattern } = part;
  const length = Array.from(value).length;
  if (typeof minLength === 'number' && length < minLength) return false;
  if (typeof maxLength === 'number' && length > maxLength) return false;
  if (typeof pattern !== 'string') return true;
  try {
    return compileSchema({ pattern }).check(value);
  } catch {
    return true;
  }
}

function largest(parts: readonly JsonObject[], key: string): number | undefined {
  const values = parts.flatMap((part) => (typeof part[key] === 'number' ? [part[key]] : []));
  return values.length === 0 ? undefined : Math.max(...values);
}

function smallest(parts: readonly JsonObject[], key: string): number | undefined {
  const values = parts.flatMap((part) => (typeof part[key] === 'number' ? [part[key]] : []));
  return values.length === 0 ? undefined : Math.min(...values);
}

/** Why no value of this type is left. */
function conflictOf(
  type: TypeName,
  contract: Contract,
  parts: readonly JsonObject[],
  depth: number,
): string | undefined {
  if (type === 'number') return numberConflict(parts);
  if (type === 'string') return sizeConflict(parts, 'minLength', 'maxLength');
  if (type === 'array') return sizeConflict(parts, 'minItems', 'maxItems') ?? itemsConflict(contract, parts, depth);
  if (type === 'object')
    return sizeConflict(parts, 'minProperties', 'maxProperties') ?? requiredConflict(contract, parts, depth);
  return undefined;
}

function sizeConflict(parts: readonly JsonObject[], low: string, high: string): string | undefined {
  const [least, most] = [largest(parts, low), smallest(parts, high)];
  return least !== undefined && most !== undefined && least > most
    ? `${low} ${least} is above ${high} ${most}`
    : undefined;
}

function numberConflict(parts: readonly JsonObject[]): string | undefined {
  const [minimum, above] = [largest(parts, 'minimum'), largest(parts, 'exclusiveMinimum')];
  const [maximum, below] = [smallest(parts, 'maximum'), smallest(parts, 'exclusiveMaximum')];
  const least = Math.max(minimum ?? -Infinity, above ?? -Infinity);
  const most = Math.min(maximum ?? Infinity, below ?? Infinity);
  const openEnd = above === least || below === most;
  if (least > most || (least === most && openEnd))
    return `no number is ${openEnd ? 'between' : 'from'} ${least} ${openEnd ? 'and' : 'to'} ${most}`;
  if (!parts.some((part) => typesOf(part).includes('integer') && !typesOf(part).includes('number'))) return undefined;
  const first = above === least ? Math.floor(least) + 1 : Math.ceil(least);
  const last = below === most ? Math.ceil(most) - 1 : Math.floor(most);
  return first > last ? `no integer lies from ${least} to ${most}` : undefined;
}

function itemsConflict(contract: Contract, parts: readonly JsonObject[], depth: number): string | undefined {
  const least = largest(parts, 'minItems') ?? 0;
  if (least === 0) return undefined;
  for (const part of parts) {
    if (Array.isArray(part['prefixItems']) || !isSchema(part['items'] ?? true)) continue;
    const why = impossible(contract, (part['items'] ?? true) as Schema, depth + 1);
    if (why !== undefined) return `minItems is ${least}, but no item is valid: ${why}`;
  }
  return undefined;
}

function requiredConflict(contract: Contract, parts: readonly JsonObject[], depth: number): string | undefined {
  const required = new Set(
    parts
      .flatMap((part) => (Array.isArray(part['required']) ? part['required'] : []))
      .filter((name) => typeof name === 'string'),
  );
  for (const name of required) {
    const schemas: JsonValue[] = [];
    for (const part of parts) {
      const properties = isObject(part['properties']) ? part['properties'] : {};
      if (Object.hasOwn(properties, name)) schemas.push(properties[name] as JsonValue);
      else if (part['additionalProperties'] === false && !isObject(part['patternProperties']))
        return `${name} is required, and additionalProperties: false does not allow it`;
    }
    const why = schemas.length === 0 ? undefined : impossible(contract, wholeOf(schemas), depth + 1);
    if (why !== undefined) return `the required ${name} accepts nothing: ${why}`;
  }
  return undefined;
}

function wholeOf(schemas: readonly JsonValue[]): Schema {
  const [only] = schemas;
  return schemas.length === 1 && only !== undefined && isSchema(only) ? only : { allOf: [...schemas] };
}

/** Every branch of an `anyOf` or `oneOf` contradicts what stands around it. */
function noBranch(contract: Contract, parts: readonly JsonObject[], depth: number): string | undefined {
  for (const part of parts) {
    for (const key of ['anyOf', 'oneOf'] as const) {
      const branches = part[key];
      if (!Array.isArray(branches) || branches.length === 0 || branches.length > limits.parts) continue;
      let why: string | undefined;
      const open = branches.some((branch) => {
        // With nothing around it, the branch is judged once and for all.
        if (
          parts.length === 1 &&
          Object.keys(part).every(
            (name) =>
              name === key ||
              !(telling.has(name) || name === 'type' || name === 'properties' || name === 'additionalProperties'),
          )
        )
          return (why = isSchema(branch) ? impossible(contract, branch, depth + 1) : undefined) === undefined;
        // The choice itself is left out of the surroundings, so that this ends.
        const around = parts.map((one) => (one === part ? without(one, key) : one)).map((one) => without(one, 'allOf'));
        const cause = isSchema(branch) ? impossible(contract, { allOf: [...around, branch] }, depth + 2) : undefined;
        why = cause;
        return cause === undefined;
      });
      if (!open) return `no branch of ${key} can hold: ${why}`;
    }
  }
  return undefined;
}

function without(schema: JsonObject, key: string): JsonObject {
  const { [key]: _left, ...rest } = schema;
  return rest;
}
