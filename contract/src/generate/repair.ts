// Mends a proposal by leaving out what the validator points at. Enough for properties that exclude each other, optional
// parts without a valid value and lists that hold too much; everything else needs another proposal.

import { isObject, segmentsOf } from '../load/pointer.ts';
import type { JsonValue } from '../model/contract.ts';
import type { Validator } from '../schema/compile.ts';

/** Rounds of leaving out. */
const rounds = 8;

/** A valid value made of `value` by leaving parts out; undefined when there is none. `value` stays as it is. */
export function repaired(value: JsonValue, validator: Validator): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const copy = structuredClone(value);
  for (let round = 0; round < rounds; round++) {
    // The deepest fault is the most exact one; the others may vanish with it.
    const [fault] = validator
      .explain(copy, 20)
      .toSorted((left, right) => segmentsOf(right.pointer).length - segmentsOf(left.pointer).length);
    if (!fault || !leaveOut(copy, segmentsOf(fault.pointer))) return undefined;
    if (validator.check(copy)) return copy;
  }
  return undefined;
}

/** Takes out the part at a place; of a list the item. False when there is nothing to take out. */
function leaveOut(root: JsonValue, path: readonly string[]): boolean {
  const last = path.at(-1);
  if (last === undefined) return false;
  let holder: JsonValue | undefined = root;
  for (const segment of path.slice(0, -1)) {
    if (Array.isArray(holder)) holder = holder[Number(segment)];
    else holder = isObject(holder) ? holder[segment] : undefined;
  }
  if (Array.isArray(holder)) return holder.splice(Number(last), 1).length > 0;
  if (!isObject(holder) || !(last in holder)) return false;
  delete holder[last];
  return true;
}
