// JSON Patch (RFC 6902): operations over a document, all or nothing.

import { isObject, segmentsOf } from '../load/pointer.ts';
import type { JsonObject, JsonValue } from '../model/contract.ts';

const mostOperations = 1000;

/** The changed document; the document itself, unchanged, when an operation cannot be applied or a `test` fails. */
export function applyJsonPatch(document: JsonValue, operations: readonly JsonValue[]): JsonValue {
  if (operations.length > mostOperations) return document;
  let root: JsonValue = structuredClone(document);
  for (const operation of operations) {
    const next = isObject(operation) ? applied(root, operation) : undefined;
    if (next === undefined) return document;
    root = next;
  }
  return root;
}

function applied(root: JsonValue, operation: JsonObject): JsonValue | undefined {
  const path = segmentsOf(text(operation['path']));
  const from = segmentsOf(text(operation['from']));
  const given = operation['value'];
  switch (operation['op']) {
    case 'add':
      return given === undefined ? undefined : changed(root, path, { value: structuredClone(given) });
    case 'remove':
      return changed(root, path, undefined);
    case 'replace':
      return given === undefined || read(root, path) === undefined
        ? undefined
        : changed(root, path, { value: structuredClone(given), replace: true });
    case 'move': {
      const moved = read(root, from);
      const without = moved === undefined ? undefined : changed(root, from, undefined);
      return without === undefined || moved === undefined ? undefined : changed(without, path, { value: moved });
    }
    case 'copy': {
      const copied = read(root, from);
      return copied === undefined ? undefined : changed(root, path, { value: structuredClone(copied) });
    }
    case 'test':
      return JSON.stringify(read(root, path)) === JSON.stringify(given) ? root : undefined;
    default:
      return undefined;
  }
}

function read(root: JsonValue, path: readonly string[]): JsonValue | undefined {
  let current: JsonValue | undefined = root;
  for (const name of path) {
    if (Array.isArray(current)) current = current[Number(name)];
    else current = isObject(current) && Object.hasOwn(current, name) ? current[name] : undefined;
  }
  return current;
}

/** Adds or replaces `put.value` at a path, or removes what is there; undefined when the way is not there. */
function changed(
  root: JsonValue,
  path: readonly string[],
  put: { value: JsonValue; replace?: boolean } | undefined,
): JsonValue | undefined {
  const name = path.at(-1);
  if (name === undefined) return put?.value;
  const holder = read(root, path.slice(0, -1));
  if (Array.isArray(holder)) {
    const at = name === '-' ? holder.length : Number(name);
    const most = put && !put.replace ? holder.length : holder.length - 1;
    if (!Number.isInteger(at) || at < 0 || at > most) return undefined;
    if (put) holder.splice(at, put.replace ? 1 : 0, put.value);
    else holder.splice(at, 1);
    return root;
  }
  if (!isObject(holder) || name === '__proto__') return undefined;
  if (put) holder[name] = put.value;
  else if (Object.hasOwn(holder, name)) delete holder[name];
  else return undefined;
  return root;
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
