// The assertions of one schema that look at a value alone: each becomes a `Check`. A keyword of the wrong form (lint
// names it) asserts nothing.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue } from '../model/contract.ts';
import { formatOf } from './formats/formats.ts';
import { type Check, everyKind, kind, type Matcher } from './ir.ts';
import { matcherOf } from './pattern.ts';
import { isAtLeast, isAtMost, isEqual, isUnique, multipleOf } from './values.ts';

const kinds: Readonly<Record<string, number>> = kind;

/** The bits of `type`. */
export function typesOf(schema: JsonObject): number {
  const written = schema['type'];
  if (written === undefined) return everyKind;
  const names = Array.isArray(written) ? written : [written];
  return names.reduce<number>((bits, name) => bits | (typeof name === 'string' ? (kinds[name] ?? 0) : 0), 0);
}

export function valueChecks(schema: JsonObject): Check[] {
  const checks: Check[] = [];
  const listed = schema['enum'];
  if (Array.isArray(listed)) checks.push({ keyword: 'enum', expected: listed, fits: oneOfValues(listed) });
  const { const: constant } = schema;
  if (constant !== undefined)
    checks.push({ keyword: 'const', expected: constant, fits: (value: JsonValue) => isEqual(value, constant) });
  return checks;
}

function oneOfValues(values: readonly JsonValue[]): (value: JsonValue) => boolean {
  const simple = new Set(values.filter((value) => !isNested(value)));
  const nested = values.filter(isNested);
  return (value) => simple.has(value) || nested.some((other) => isEqual(value, other));
}

function isNested(value: JsonValue): boolean {
  return typeof value === 'object' && value !== null;
}

/** Rules with one number as their parameter. */
const numeric: Record<string, (limit: number) => (value: number) => boolean> = {
  minimum: (limit) => (value) => value >= limit,
  maximum: (limit) => (value) => value <= limit,
  exclusiveMinimum: (limit) => (value) => value > limit,
  exclusiveMaximum: (limit) => (value) => value < limit,
};
const textual: Record<string, (limit: number) => (value: string) => boolean> = {
  minLength: (limit) => (value) => isAtLeast(value, limit),
  maxLength: (limit) => (value) => isAtMost(value, limit),
};
const listed: Record<string, (limit: number) => (value: readonly unknown[]) => boolean> = {
  minItems: (limit) => (value) => value.length >= limit,
  maxItems: (limit) => (value) => value.length <= limit,
};
const structured: Record<string, (limit: number) => (value: object) => boolean> = {
  minProperties: (limit) => (value) => memberCount(value) >= limit,
  maxProperties: (limit) => (value) => memberCount(value) <= limit,
};

export function memberCount(value: object): number {
  let count = 0;
  for (const name in value) if (Object.hasOwn(value, name)) count += 1;
  return count;
}

function limits(schema: JsonObject, rules: Record<string, (limit: number) => Check['fits']>): Check[] {
  const checks: Check[] = [];
  for (const keyword of Object.keys(rules)) {
    const limit = schema[keyword];
    const rule = rules[keyword];
    if (typeof limit === 'number' && rule) checks.push({ keyword, expected: limit, fits: rule(limit) });
  }
  return checks;
}

export interface CheckOptions {
  formats: boolean;
  /** Whole numbers that a double cannot hold exactly are refused where an integer is wanted. */
  safeIntegers: boolean;
}

export function numberChecks(schema: JsonObject, options: CheckOptions): Check[] {
  const checks = limits(schema, numeric);
  const step = schema['multipleOf'];
  if (typeof step === 'number' && step > 0)
    checks.push({ keyword: 'multipleOf', expected: step, fits: multipleOf(step) });
  const types = typesOf(schema);
  if (options.safeIntegers && (types & (kind.integer | kind.number)) === kind.integer)
    checks.push({ keyword: 'number-out-of-range', expected: undefined, fits: Number.isSafeInteger });
  return [...checks, ...formatChecks(schema, options, 'number')];
}

export function stringChecks(schema: JsonObject, options: CheckOptions): Check[] {
  const checks = limits(schema, textual);
  const matcher = typeof schema['pattern'] === 'string' ? matcherOf(schema['pattern']) : undefined;
  if (matcher) checks.push(patternCheck(matcher));
  return [...checks, ...formatChecks(schema, options, 'string')];
}

export interface PatternCheck extends Check {
  matcher: Matcher;
}

function patternCheck(matcher: Matcher): PatternCheck {
  return { keyword: 'pattern', expected: matcher.source, fits: matcher.fits, matcher };
}

function formatChecks(schema: JsonObject, options: CheckOptions, kind: 'number' | 'string'): Check[] {
  const name = schema['format'];
  const format = options.formats && typeof name === 'string' ? formatOf(name) : undefined;
  return format?.kind === kind ? [{ keyword: 'format', expected: name, fits: format.fits }] : [];
}

export function listChecks(schema: JsonObject): Check[] {
  const checks = limits(schema, listed);
  if (schema['uniqueItems'] === true) checks.push({ keyword: 'uniqueItems', expected: undefined, fits: isUnique });
  return checks;
}

export function objectChecks(schema: JsonObject): Check[] {
  return limits(schema, structured);
}

export function namesOf(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}

/** Entries of a keyword that holds a map. */
export function entriesOf(value: JsonValue | undefined): [string, JsonValue][] {
  return isObject(value) ? Object.entries(value) : [];
}
