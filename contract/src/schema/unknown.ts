// Walks a value along its schema and names what the sender may not set: properties nobody declared, and read-only ones.
// Also tells which places hold personal data, so that no message repeats them.

import { follow, isObject, segmentsOf } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { nearest } from './distance.ts';
import type { Violation } from './explain.ts';
import { declaredMembers, isMarked } from './members.ts';
import { type Direction, markOf } from './prepare.ts';

export interface Walk {
  document: JsonObject;
  direction?: Direction | undefined;
  closed?: boolean | undefined;
  /** True when a value fits a branch; decides which branches of a choice name properties. */
  fits: (branch: Schema, value: unknown) => boolean;
  max: number;
}

/** Undeclared and read-only properties, at most `walk.max`. */
export function explainUnknown(value: unknown, schema: Schema, walk: Walk): Violation[] {
  const found: Violation[] = [];
  visit(value as JsonValue, [schema], '', { ...walk, found });
  return found;
}

interface Visit extends Walk {
  found: Violation[];
}

function visit(value: JsonValue, schemas: readonly Schema[], pointer: string, walk: Visit): void {
  if (typeof value !== 'object' || value === null || walk.found.length >= walk.max) return;
  const applying = schemas.flatMap((schema) => applicable(schema, value, walk, 0));
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      visit(value[index] as JsonValue, itemSchemas(applying, index), `${pointer}/${index}`, walk);
    }
    return;
  }
  const whole = schemas.map((schema) => declaredMembers(schema, walk.document));
  const names = new Map<string, Schema[]>();
  for (const node of applying) {
    if (!isObject(node['properties'])) continue;
    for (const [name, property] of Object.entries(node['properties']))
      names.set(name, [...(names.get(name) ?? []), property as Schema]);
  }
  const closedHere =
    applying.some((node) => node['unevaluatedProperties'] === false) ||
    (walk.closed === true && whole.some(({ properties }) => properties.size > 0));
  const open = whole.some((members) => members.open);
  for (const [name, child] of Object.entries(value)) {
    if (walk.found.length >= walk.max) return;
    const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const declared = names.get(name);
    if (declared) member(child, declared, at, walk);
    else if (closedHere && !open) walk.found.push(undeclared(name, at, [...names.keys()]));
    else visit(child, extraSchemas(applying), at, walk);
  }
}

function member(child: JsonValue, declared: readonly Schema[], at: string, walk: Visit): void {
  const { direction, document } = walk;
  if (walk.closed && direction && declared.some((schema) => isMarked(schema, markOf(direction), document))) {
    const message =
      direction === 'request' ? 'Is set by the service; leave it out.' : 'Is only ever sent, never returned.';
    walk.found.push({ pointer: at, rule: 'read-only', message, schema: '' });
    return;
  }
  visit(child, declared, at, walk);
}

function undeclared(name: string, pointer: string, names: readonly string[]): Violation {
  const near = nearest(name, names);
  const message = near === undefined ? 'Is not known here.' : `Is not known here. Did you mean \`${near}\`?`;
  return { pointer, rule: 'unknown-property', message, schema: '' };
}

/** The object schemas that speak about a value in place: through references, allOf, and the branches it fits. */
function applicable(schema: Schema, value: JsonValue, walk: Walk, depth: number): JsonObject[] {
  if (!isObject(schema) || depth > 16) return [];
  const inner = (branch: JsonValue): JsonObject[] => applicable(branch as Schema, value, walk, depth + 1);
  const target = typeof schema['$ref'] === 'string' ? follow(walk.document, schema) : undefined;
  const found: JsonObject[] = [schema];
  if (isObject(target) && target !== schema) found.push(...inner(target));
  for (const branch of list(schema['allOf'])) found.push(...inner(branch));
  for (const key of ['oneOf', 'anyOf'] as const) {
    const branches = list(schema[key]);
    const fitting = branches.filter((branch) => walk.fits(branch as Schema, value));
    // When none fits, the nearest is explained elsewhere; here each branch lends its names.
    for (const branch of fitting.length > 0 ? fitting : branches) found.push(...inner(branch));
  }
  for (const key of ['if', 'then', 'else'] as const) if (isObject(schema[key])) found.push(...inner(schema[key]));
  if (isObject(schema['dependentSchemas']))
    for (const branch of Object.values(schema['dependentSchemas'])) found.push(...inner(branch));
  return found;
}

function itemSchemas(applying: readonly JsonObject[], index: number): Schema[] {
  return applying.flatMap((node) => {
    const schema = list(node['prefixItems'])[index] ?? node['items'];
    return isObject(schema) || typeof schema === 'boolean' ? [schema] : [];
  });
}

function extraSchemas(applying: readonly JsonObject[]): Schema[] {
  return applying.flatMap((node) => (isObject(node['additionalProperties']) ? [node['additionalProperties']] : []));
}

function list(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** True when the place is declared personal or secret by `x-plinth.sensitivity`, on it or on something around it. */
export function isSensitive(schema: Schema, pointer: string, document: JsonObject): boolean {
  let current: Schema | undefined = schema;
  for (const segment of ['', ...segmentsOf(pointer)]) {
    if (segment !== '' && current !== undefined) {
      const members = declaredMembers(current, document);
      current = members.properties.get(segment) ?? (/^\d+$/.test(segment) ? members.items : undefined);
    }
    if (current === undefined) return false;
    if (marksSensitive(current) || marksSensitive(follow(document, current))) return true;
  }
  return false;
}

function marksSensitive(node: JsonValue | undefined): boolean {
  const extension = isObject(node) ? node['x-plinth'] : undefined;
  return isObject(extension) && (extension['sensitivity'] === 'pii' || extension['sensitivity'] === 'secret');
}
