// Single values and single types of branches: does it take this value, does it lie within, can they meet.

import type { JsonValue } from '../model/contract.ts';
import type { Branch, Kind } from './branch.ts';
import { sameJson } from './json.ts';

export function kindOfValue(value: JsonValue): Kind {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as Kind;
}

/** Whether a branch takes a value; undefined where that would need more than a look at it. */
export function acceptsValue(branch: Branch, value: JsonValue): boolean | undefined {
  if (!branch.kinds.has(kindOfValue(value))) return false;
  if (branch.values !== undefined && !branch.values.some((one) => sameJson(one, value))) return false;
  const own = acceptsOwn(branch, value);
  return own === true && branch.conditions.length > 0 ? undefined : own;
}

function acceptsOwn(branch: Branch, value: JsonValue): boolean | undefined {
  if (typeof value === 'number') return acceptsNumber(branch, value);
  if (typeof value === 'string') return acceptsText(branch, value);
  if (typeof value !== 'object' || value === null) return true;
  const { array, object } = branch;
  if (Array.isArray(value)) {
    if (value.length < array.least || value.length > array.most) return false;
    return array.unique || (array.shapes.length > 0 && value.length > 0) ? undefined : true;
  }
  const names = Object.keys(value);
  if ([...object.required].some((name) => !names.includes(name))) return false;
  if (names.length < object.least || names.length > object.most) return false;
  return object.shapes.length > 0 ? undefined : true;
}

function acceptsNumber({ number }: Branch, value: number): boolean {
  if (value < number.least || (value === number.least && number.leastOpen)) return false;
  if (value > number.most || (value === number.most && number.mostOpen)) return false;
  if (number.whole && !Number.isInteger(value)) return false;
  return number.steps.every((step) => isMultiple(value, step));
}

function acceptsText({ text }: Branch, value: string): boolean | undefined {
  const length = Array.from(value).length;
  if (length < text.least || length > text.most) return false;
  if (text.formats.size > 0) return undefined;
  return [...text.patterns].every((pattern) => fitsPattern(pattern, value));
}

function fitsPattern(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}

/** Exact for decimals as they are written: 0.3 is a multiple of 0.1. */
export function isMultiple(value: number, step: number): boolean {
  const [a, b] = [decimal(value), decimal(step)];
  if (a === undefined || b === undefined || b.digits === 0n) return false;
  const scale = Math.max(a.scale, b.scale);
  return (a.digits * 10n ** BigInt(scale - a.scale)) % (b.digits * 10n ** BigInt(scale - b.scale)) === 0n;
}

function decimal(value: number): { digits: bigint; scale: number } | undefined {
  const match = /^(-?\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value));
  if (match === null) return undefined;
  const [, whole = '0', fraction = '', exponent = '0'] = match;
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

export function numbersWithin({ number: x }: Branch, { number: y }: Branch): boolean {
  if (x.least < y.least || (x.least === y.least && y.leastOpen && !x.leastOpen)) return false;
  if (x.most > y.most || (x.most === y.most && y.mostOpen && !x.mostOpen)) return false;
  const steps = x.whole ? [...x.steps, 1] : x.steps;
  if (y.whole && !steps.some((step) => isMultiple(step, 1))) return false;
  return y.steps.every((step) => steps.some((own) => isMultiple(own, step)));
}

/** Patterns are the same or nothing is known. */
export function textsWithin({ text: x }: Branch, { text: y }: Branch): boolean {
  return (
    x.least >= y.least &&
    x.most <= y.most &&
    [...y.patterns].every((pattern) => x.patterns.has(pattern)) &&
    [...y.formats].every((format) => x.formats.has(format))
  );
}

/** True when no number, text or list can be in both, by size alone. */
export function sizesApart(kind: Kind, x: Branch, y: Branch): boolean {
  if (kind === 'number') return x.number.most < y.number.least || y.number.most < x.number.least;
  if (kind === 'string') return x.text.most < y.text.least || y.text.most < x.text.least;
  if (kind === 'array') return x.array.most < y.array.least || y.array.most < x.array.least;
  return false;
}
