// Emitted code for what looks at a value alone: its kind, constants, numbers, texts, sizes.

import type { JsonValue } from '../model/contract.ts';
import type { PatternCheck } from './checks.ts';
import { type Check, everyKind, kind, type Matcher } from './ir.ts';
import { literal, type Spot, type Writer } from './writer.ts';

const nested = kind.object | kind.array | kind.null;

/** An expression: the value's kind is among `types`. `possible` kinds need not be told from others. */
export function isKind(value: string, types: number, possible: number): string {
  const wanted = types & possible;
  const ways: string[] = [];
  const integers = (types & kind.integer) !== 0 && (types & kind.number) === 0 && (possible & kind.number) !== 0;
  if (wanted & kind.string) ways.push(`typeof ${value} === 'string'`);
  if (wanted & kind.number) ways.push(`typeof ${value} === 'number'`);
  else if (integers) ways.push(`Number.isInteger(${value})`);
  if (wanted & kind.boolean) ways.push(`typeof ${value} === 'boolean'`);
  const structure = structured(value, wanted & nested, possible);
  if (structure !== '') ways.push(structure);
  if (ways.length === 0) return 'false';
  return ways.length === 1 ? (ways[0] as string) : `(${ways.join(' || ')})`;
}

function structured(value: string, wanted: number, possible: number): string {
  if (wanted === 0) return '';
  if (wanted === kind.null) return `${value} === null`;
  if (wanted === kind.array) return `Array.isArray(${value})`;
  const parts: string[] = [];
  if ((possible & ~nested) !== 0) parts.push(`typeof ${value} === 'object'`);
  if ((wanted & kind.null) === 0 && (possible & kind.null) !== 0) parts.push(`${value} !== null`);
  if ((wanted & kind.array) === 0 && (possible & kind.array) !== 0) parts.push(`!Array.isArray(${value})`);
  if ((wanted & kind.object) === 0 && (possible & kind.object) !== 0)
    parts.push(`(${value} === null || Array.isArray(${value}))`);
  if (parts.length === 0) return 'true';
  return parts.length === 1 ? (parts[0] as string) : `(${parts.join(' && ')})`;
}

/** Kinds of the values of an `enum` or `const`; whole numbers count as numbers. */
export function kindsOfValues(checks: readonly Check[]): number {
  let kinds = everyKind;
  for (const { keyword, expected } of checks) {
    const values = keyword === 'const' ? [expected as JsonValue] : (expected as JsonValue[]);
    kinds &= values.reduce<number>((bits, value) => bits | kindOfValue(value), 0);
  }
  return kinds;
}

function kindOfValue(value: JsonValue): number {
  if (value === null) return kind.null;
  if (Array.isArray(value)) return kind.array;
  return kind[typeof value as 'string' | 'number' | 'boolean' | 'object'];
}

const fewValues = 12;

/** An expression: the value equals one of those of `enum` or `const`. */
export function isValueOf(writer: Writer, value: string, { keyword, expected }: Check): string {
  const values = keyword === 'const' ? [expected as JsonValue] : (expected as JsonValue[]);
  const plain = values.filter((other) => typeof other !== 'object' || other === null);
  const structures = values.filter((other) => typeof other === 'object' && other !== null);
  const ways = structures.map((other) => {
    const constant = writer.constant(`JSON.parse(${literal(JSON.stringify(other))})`);
    return `h.isEqual(${value}, ${constant})`;
  });
  if (plain.length > fewValues) {
    ways.unshift(`${writer.constant(`new Set([${plain.map(literal).join(', ')}])`)}.has(${value})`);
  } else ways.unshift(...plain.map((other) => `${value} === ${literal(other)}`));
  return ways.length === 0 ? 'false' : ways.join(' || ');
}

/** An expression: the text matches. */
export function matches(writer: Writer, { regex, linear = '' }: Matcher, text: string): string {
  if (!regex) return `${writer.constant(`h.linearTest(${literal(linear)})`)}(${text})`;
  return `${writer.constant(`new RegExp(${literal(regex.source)}, ${literal(regex.flags)})`)}.test(${text})`;
}

/** Statements for checks of one kind; the value has it here. */
export function judgeChecks(writer: Writer, checks: readonly Check[], { value, fail }: Spot): void {
  for (const check of checks) writer.line(`if (${misses(writer, check, value)}) ${fail}`);
}

/** An expression: the check says no. */
function misses(writer: Writer, check: Check, value: string): string {
  const limit = literal(check.expected as number);
  switch (check.keyword) {
    case 'minimum':
      return `!(${value} >= ${limit})`;
    case 'maximum':
      return `!(${value} <= ${limit})`;
    case 'exclusiveMinimum':
      return `!(${value} > ${limit})`;
    case 'exclusiveMaximum':
      return `!(${value} < ${limit})`;
    case 'multipleOf':
      if (Number.isInteger(check.expected)) return `${value} % ${limit} !== 0`;
      return `!${writer.constant(`h.multipleOf(${limit})`)}(${value})`;
    case 'number-out-of-range':
      return `!Number.isSafeInteger(${value})`;
    case 'minItems':
      return `!(${value}.length >= ${limit})`;
    case 'maxItems':
      return `!(${value}.length <= ${limit})`;
    case 'uniqueItems':
      return `!h.isUnique(${value})`;
    case 'minProperties':
      return `!(h.memberCount(${value}) >= ${limit})`;
    case 'maxProperties':
      return `!(h.memberCount(${value}) <= ${limit})`;
    default:
      return missesText(writer, check, value);
  }
}

function missesText(writer: Writer, check: Check, value: string): string {
  const limit = literal(check.expected as number);
  switch (check.keyword) {
    case 'minLength':
      // Below twice the bound, pairs of units may make the text shorter than it looks.
      return check.expected === 1
        ? `${value}.length === 0`
        : `${value}.length < ${literal((check.expected as number) * 2)} && !h.isAtLeast(${value}, ${limit})`;
    case 'maxLength':
      return `${value}.length > ${limit} && !h.isAtMost(${value}, ${limit})`;
    case 'pattern':
      return `!${matches(writer, (check as PatternCheck).matcher, value)}`;
    default:
      return `!${writer.constant(`h.formatOf(${literal(String(check.expected))}).fits`)}(${value})`;
  }
}
