// JSON values as JSON Schema compares, counts and divides them. Interpreter and emitted code share these functions.

import { isObject } from '../load/pointer.ts';
import type { JsonValue } from '../model/contract.ts';

/** Equal as JSON: `1.0` is `1`, the order of members is free. */
export function isEqual(left: JsonValue, right: JsonValue): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left))
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => isEqual(item, right[index] as JsonValue))
    );
  if (Array.isArray(right)) return false;
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every(
    (name) => Object.hasOwn(right, name) && isEqual(left[name] as JsonValue, right[name] as JsonValue),
  );
}

/** Up to here each pair is compared; beyond, items are kept in sets. */
const fewItems = 8;

/** No two items are equal. Time is linear in the size of the list beyond eight items. */
export function isUnique(items: readonly JsonValue[]): boolean {
  if (items.length > fewItems) return isUniqueList(items);
  for (let index = 1; index < items.length; index++)
    for (let before = 0; before < index; before++)
      if (isEqual(items[index] as JsonValue, items[before] as JsonValue)) return false;
  return true;
}

function isUniqueList(items: readonly JsonValue[]): boolean {
  const primitives = new Set<JsonValue>();
  const others = new Set<string>();
  for (const item of items) {
    if (typeof item === 'object' && item !== null) others.add(canonical(item));
    else primitives.add(item);
  }
  return primitives.size + others.size === items.length;
}

/** One text for all equal values. */
export function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return Object.is(value, -0) ? '0' : JSON.stringify(value);
  const members = Object.keys(value).toSorted();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name] as JsonValue)}`).join()}}`;
}

/** Whether the length in code points is at most `most`; counted only where UTF-16 units cannot tell. */
export function isAtMost(text: string, most: number): boolean {
  if (text.length <= most) return true;
  return text.length <= most * 2 && codePoints(text) <= most;
}

/** Whether the length in code points is at least `least`. */
export function isAtLeast(text: string, least: number): boolean {
  if (text.length < least) return false;
  return text.length >= least * 2 || codePoints(text) >= least;
}

/** Code points; a lone surrogate counts as one. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let index = 0; index + 1 < text.length; index++) {
    if ((text.charCodeAt(index) & 0xfc00) !== 0xd800 || (text.charCodeAt(index + 1) & 0xfc00) !== 0xdc00) continue;
    count -= 1;
    index += 1;
  }
  return count;
}

/** Fifteen digits survive the way from decimal text to a double and back. */
const exactDecimals = 1e15;

/** Whether `value` is a multiple of `step` as decimal numbers: 0.3 of 0.1. `step` is above 0. */
export function multipleOf(step: number): (value: number) => boolean {
  if (Number.isInteger(step)) return (value) => value % step === 0;
  const { digits, exponent } = decimal(step);
  const scale = 10 ** -exponent;
  const plain = exponent >= -22 && exponent < 0 && Number.isSafeInteger(Number(digits));
  return (value) => {
    const scaled = Math.round(value * scale);
    if (plain && Math.abs(scaled) < exactDecimals && scaled / scale === value) return scaled % Number(digits) === 0;
    return isDecimalMultiple(value, digits, exponent);
  };
}

function isDecimalMultiple(value: number, digits: bigint, exponent: number): boolean {
  const whole = decimal(value);
  const least = Math.min(whole.exponent, exponent);
  const scaled = whole.digits * 10n ** BigInt(whole.exponent - least);
  return scaled % (digits * 10n ** BigInt(exponent - least)) === 0n;
}

/** A double as the shortest decimal that names it: `digits * 10 ** exponent`. */
function decimal(value: number): { digits: bigint; exponent: number } {
  const [mantissa = '0', power = '0'] = value.toExponential().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}
