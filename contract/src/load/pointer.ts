// JSON Pointer (RFC 6901) over loaded trees, and following of local references.

import type { JsonObject, JsonValue } from '../model/contract.ts';

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text, or '' for anything else. */
export function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Segments of `/a/b~1c`; also of its percent-encoded fragment form. */
export function segmentsOf(pointer: string): string[] {
  if (pointer === '' || pointer === '/') return [];
  const parts = (pointer.startsWith('/') ? pointer.slice(1) : pointer).split('/');
  // Most pointers carry no escapes, and they are followed often.
  if (!/[~%]/.test(pointer)) return parts;
  return parts.map((part) => safeDecode(part).replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** A key as one segment of a pointer. */
export function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The value at a pointer; undefined when there is none. */
export function valueAt(root: JsonValue, pointer: string): JsonValue | undefined {
  let current: JsonValue | undefined = root;
  for (const segment of segmentsOf(pointer)) {
    if (Array.isArray(current)) current = current[Number(segment)];
    else if (isObject(current) && Object.hasOwn(current, segment)) current = current[segment];
    else return undefined;
  }
  return current;
}

/** Follows local `$ref`s until something that is none; at most 32 steps, then the node itself (a reference cycle). */
export function follow(document: JsonObject, node: JsonValue | undefined): JsonValue | undefined {
  let current = node;
  for (let steps = 0; steps < 32; steps++) {
    if (!isObject(current) || typeof current['$ref'] !== 'string' || !current['$ref'].startsWith('#')) return current;
    const next = valueAt(document, current['$ref'].slice(1));
    if (next === undefined) return undefined;
    current = next;
  }
  return node;
}
