// Lays given values over a valid item without making it invalid: a member that does not fit as a whole is merged part
// by part, and one that does not fit at all leaves the item as it was.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue } from '../model/contract.ts';

type Fits = (item: JsonObject) => boolean;

/** Parts inside parts that are merged. */
const mostDepth = 12;

/** Sets one member if the item stays valid. True when it was set. */
export function put(item: JsonObject, name: string, value: JsonValue, fits: Fits): boolean {
  const had = Object.hasOwn(item, name);
  const before = item[name];
  for (const candidate of [value, completed(before, value)]) {
    item[name] = copied(candidate);
    if (fits(item)) return true;
  }
  if (had) item[name] = before ?? null;
  else delete item[name];
  return false;
}

/** A member and what it becomes; undefined = it goes, or is null where it must be there. */
export type Edit = readonly [name: string, value: JsonValue | undefined];

/** Makes all edits at once where the item stays valid so, else one after another, as far as each leaves it valid. */
export function edit(item: JsonObject, edits: readonly Edit[], fits: Fits): void {
  if (edits.every(([name, value]) => item[name] === value && (value !== undefined || !Object.hasOwn(item, name)))) {
    // All of it was made so; what was taken over as it stands becomes the item's own.
    for (const [name, value] of edits) if (typeof value === 'object') item[name] = copied(value);
    return;
  }
  const before = { ...item };
  for (const [name, value] of edits) {
    if (value === undefined) delete item[name];
    else item[name] = copied(value);
  }
  if (fits(item)) return;
  for (const name of Object.keys(item)) delete item[name];
  Object.assign(item, before);
  for (const [name, value] of edits) {
    if (value === undefined) drop(item, name, fits);
    else put(item, name, value, fits);
  }
}

/** A value of its own. Bytes, which nobody changes, are shared. */
export function copied<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map((part: unknown) => copied(part)) as Value;
  if (!isObject(value) || value instanceof Uint8Array) return value;
  const copy: JsonObject = {};
  for (const name of Object.keys(value)) {
    const part = copied(value[name] as JsonValue);
    if (name !== '__proto__') copy[name] = part;
    else Object.defineProperty(copy, name, { value: part, enumerable: true, configurable: true, writable: true });
  }
  return copy as Value;
}

/** Takes a member out, or sets it to null, if the item stays valid. */
export function drop(item: JsonObject, name: string, fits: Fits): void {
  const before = item[name];
  if (before === undefined) return;
  delete item[name];
  if (fits(item)) return;
  item[name] = null;
  if (!fits(item)) item[name] = before;
}

/** RFC 7396: members replace, objects merge, null removes. */
export function mergePatch(item: JsonObject, patch: JsonObject, fits: Fits): void {
  for (const [name, value] of Object.entries(patch)) {
    const before = item[name];
    if (value === null) drop(item, name, fits);
    else if (isObject(value) && isObject(before)) put(item, name, patched(before, value, 0), fits);
    else put(item, name, value, fits);
  }
}

function patched(target: JsonObject, patch: JsonObject, depth: number): JsonObject {
  const merged: JsonObject = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    const before = merged[name];
    if (value === null) delete merged[name];
    else
      merged[name] =
        isObject(value) && isObject(before) && depth < mostDepth ? patched(before, value, depth + 1) : value;
  }
  return merged;
}

/** What was given, completed by what was there: callers send lines of product and number, items also have a price. */
function completed(there: JsonValue | undefined, given: JsonValue, depth = 0): JsonValue {
  if (depth > mostDepth) return given;
  if (isObject(given) && isObject(there)) {
    const merged: JsonObject = { ...there };
    for (const [name, value] of Object.entries(given)) merged[name] = completed(there[name], value, depth + 1);
    return merged;
  }
  if (Array.isArray(given) && Array.isArray(there))
    return given.map((value, index) => completed(there[index] ?? there[0], value, depth + 1));
  return given;
}
