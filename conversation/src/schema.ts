// Reading JSON Schemas of a contract: references, merged `allOf`, titles and labels.

import type { Contract, JsonObject, JsonValue } from '@plinth/contract';

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The schema itself: local references followed (≤ 32 steps), `allOf` merged one level. */
export function resolve(contract: Contract, schema: unknown, depth = 0): JsonObject {
  let current = schema;
  for (let steps = 0; steps < 32 && isObject(current) && typeof current['$ref'] === 'string'; steps++)
    current = pointTo(contract.document, current['$ref']);
  if (!isObject(current)) return {};
  const parts = current['allOf'];
  if (!Array.isArray(parts) || depth > 8) return current;
  const { allOf: _, ...rest } = current;
  return parts.map((part) => resolve(contract, part, depth + 1)).reduce(merge, rest);
}

function merge(left: JsonObject, right: JsonObject): JsonObject {
  return {
    ...right,
    ...left,
    properties: {
      ...(isObject(right['properties']) ? right['properties'] : {}),
      ...(isObject(left['properties']) ? left['properties'] : {}),
    },
    required: [...list(right['required']), ...list(left['required'])],
  };
}

function list(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function pointTo(document: JsonObject, reference: string): unknown {
  let current: unknown = document;
  for (const raw of reference.replace(/^#\/?/, '').split('/')) {
    if (raw === '') continue;
    const name = decodeURIComponent(raw).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string, unknown>)[name];
  }
  return current;
}

export function propertiesOf(schema: JsonObject): [string, JsonValue][] {
  return isObject(schema['properties']) ? Object.entries(schema['properties']) : [];
}

export function requiredOf(schema: JsonObject): ReadonlySet<string> {
  return new Set(
    Array.isArray(schema['required']) ? schema['required'].filter((name) => typeof name === 'string') : [],
  );
}

/** The first type that is not `null`. */
export function typeOf(schema: JsonObject): string | undefined {
  const type = schema['type'];
  if (typeof type === 'string') return type;
  return Array.isArray(type)
    ? type.find((each): each is string => typeof each === 'string' && each !== 'null')
    : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The `x-plinth` of a schema. */
export function plinthOf(schema: JsonObject): JsonObject {
  return isObject(schema['x-plinth']) ? schema['x-plinth'] : {};
}

/** Words for enum values: declared labels, else none. */
export function labelsOf(schema: JsonObject): Record<string, string> {
  const labels = plinthOf(schema)['labels'];
  if (!isObject(labels)) return {};
  return Object.fromEntries(
    Object.entries(labels).flatMap(([value, byLocale]) =>
      isObject(byLocale) && typeof byLocale['en'] === 'string' ? [[value, byLocale['en']]] : [],
    ),
  );
}

/** An object of integer `amount` and `currency`. */
export function isMoney(schema: JsonObject): boolean {
  const names = propertiesOf(schema).map(([name]) => name);
  return names.length === 2 && names.includes('amount') && names.includes('currency');
}
