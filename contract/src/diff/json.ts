// JSON values: equality as JSON Schema sees it (1.0 is 1, the order of members is free), and short words for them.

import { isObject } from '../load/pointer.ts';
import type { JsonValue } from '../model/contract.ts';

export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((part, at) => sameJson(part, b[at]));
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && sameJson(a[name], b[name]))
  );
}

/** Characters of a value that a message shows. */
const mostShown = 80;

/** A value for a message: JSON, a list without brackets, cut when it is long. */
export function shownValue(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  const text = Array.isArray(value) ? value.map((part) => JSON.stringify(part)).join(', ') : JSON.stringify(value);
  return text.length > mostShown ? `${text.slice(0, mostShown)}…` : text;
}
