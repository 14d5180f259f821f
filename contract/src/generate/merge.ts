// Two schemas that both hold, as one: what `allOf` and chosen branches add up to, as far as merging can say it.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue } from '../model/contract.ts';

/** Keywords of which the larger, or the smaller, of two is the stricter. */
const larger = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties', 'minContains']);
const smaller = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties', 'maxContains']);
/** Schemas that both must hold for the same part of a value. */
const joined = new Set(['items', 'contains', 'propertyNames', 'not']);

/** A value valid against the result is likely valid against both; the validator has the last word. */
export function mergeSchemas(left: JsonObject, right: JsonObject): JsonObject {
  const merged: JsonObject = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const before = left[key];
    merged[key] = before === undefined ? value : mergeKeyword(key, before, value);
  }
  return merged;
}

function mergeKeyword(key: string, left: JsonValue, right: JsonValue): JsonValue {
  if (typeof left === 'number' && typeof right === 'number') {
    if (larger.has(key)) return Math.max(left, right);
    if (smaller.has(key)) return Math.min(left, right);
    if (key === 'multipleOf') return commonMultiple(left, right);
  }
  if (key === 'properties' || key === 'patternProperties') return mergeMaps(left, right);
  if (key === 'required') return [...new Set([...asList(left), ...asList(right)])];
  if (key === 'enum') return inBoth(asList(left), asList(right));
  if (key === 'type') return mergeTypes(left, right);
  if (key === 'not') return { anyOf: [left, right] };
  if (joined.has(key)) return both(left, right);
  if (key === 'additionalProperties' && (left === false || right === false)) return false;
  return right;
}

function mergeMaps(left: JsonValue, right: JsonValue): JsonValue {
  if (!isObject(left) || !isObject(right)) return right;
  const merged: JsonObject = { ...left };
  for (const [name, schema] of Object.entries(right)) {
    const known = merged[name];
    merged[name] = known === undefined ? schema : both(known, schema);
  }
  return merged;
}

function both(left: JsonValue, right: JsonValue): JsonValue {
  if (left === false || right === false) return false;
  if (left === true) return right;
  if (right === true || JSON.stringify(left) === JSON.stringify(right)) return left;
  return { allOf: [left, right] };
}

function mergeTypes(left: JsonValue, right: JsonValue): JsonValue {
  const one = typeof left === 'string' ? [left] : asList(left);
  const two = typeof right === 'string' ? [right] : asList(right);
  const shared = one.filter((type) => two.includes(type) || (type === 'integer' && two.includes('number')));
  if (shared.length === 0 && one.includes('number') && two.includes('integer')) return 'integer';
  return shared.length > 0 ? shared : right;
}

function inBoth(left: readonly JsonValue[], right: readonly JsonValue[]): JsonValue[] {
  const texts = new Set(right.map((value) => JSON.stringify(value)));
  return left.filter((value) => texts.has(JSON.stringify(value)));
}

/** Least common multiple of whole steps; of other steps the product, which is a multiple of both. */
function commonMultiple(left: number, right: number): number {
  if (!Number.isInteger(left) || !Number.isInteger(right)) return left % right === 0 ? left : left * right;
  let [a, b] = [left, right];
  while (b !== 0) [a, b] = [b, a % b];
  return (left * right) / a;
}

export function asList(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
