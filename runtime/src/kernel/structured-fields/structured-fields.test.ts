// The public vectors of the HTTP working group; https://github.com/httpwg/structured-field-tests

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDictionary, parseItem, parseList } from './parse.ts';
import { serializeDictionary, serializeItem, serializeList } from './serialize.ts';
import { type BareItem, DateItem, Decimal, DisplayString, type Item, type Member, Token } from './values.ts';

const folder = path.join(
  process.env['PLINTH_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../../shared/data'),
  'structured-field-tests',
);
// oxlint-disable-next-line no-console -- Skipped suites say so.
if (!existsSync(folder)) console.warn(`SKIPPED: structured field vectors are not at ${folder} (set PLINTH_TEST_DATA)`);

interface Vector {
  name: string;
  raw?: string[];
  header_type: 'item' | 'list' | 'dictionary';
  expected?: unknown;
  must_fail?: boolean;
  can_fail?: boolean;
  canonical?: string[];
}

/** `1.0` and `1` are two kinds here and one in JavaScript. */
const revive = (_: string, value: unknown, { source }: { source?: string } = {}): unknown =>
  typeof value === 'number' && source?.includes('.') === true ? new Decimal(value) : value;

function read(file: string): Vector[] {
  return JSON.parse(readFileSync(file, 'utf8'), revive as never) as Vector[];
}

function filesOf(under: string): string[] {
  if (!existsSync(under)) return [];
  return readdirSync(under)
    .filter((name) => name.endsWith('.json'))
    .map((name) => path.join(under, name));
}

function base32(text: string): Uint8Array {
  let bits = '';
  for (const letter of text.replaceAll('=', '')) {
    bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0');
  }
  return Buffer.from(bits.match(/[01]{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
}

function bareItem(value: unknown): BareItem {
  if (typeof value !== 'object' || value === null || value instanceof Decimal) return value as BareItem;
  const { __type: kind, value: inner } = value as { __type: string; value: unknown };
  if (kind === 'token') return new Token(inner as string);
  if (kind === 'binary') return base32(inner as string);
  if (kind === 'date') return new DateItem(inner as number);
  return new DisplayString(inner as string);
}

const paramsOf = (value: unknown) =>
  new Map((value as [string, unknown][]).map(([key, item]) => [key, bareItem(item)] as const));
const itemOf = (value: unknown): Item => {
  const [bare, params] = value as [unknown, unknown];
  return { value: bareItem(bare), params: paramsOf(params) };
};
const memberOf = (value: unknown): Member => {
  const [first, params] = value as [unknown, unknown];
  return Array.isArray(first) ? { items: first.map(itemOf), params: paramsOf(params) } : itemOf(value);
};

const kinds = {
  item: { parse: parseItem, serialize: serializeItem, expected: itemOf },
  list: {
    parse: parseList,
    serialize: serializeList,
    expected: (value: unknown) => (value as unknown[]).map(memberOf),
  },
  dictionary: {
    parse: parseDictionary,
    serialize: serializeDictionary,
    expected: (value: unknown) =>
      new Map((value as [string, unknown][]).map(([key, member]) => [key, memberOf(member)] as const)),
  },
} as const;

function faultOf(vector: Vector): string | undefined {
  const kind = kinds[vector.header_type];
  if (vector.raw !== undefined) {
    const parsed = kind.parse(vector.raw.join(', '));
    if (vector.must_fail === true) return parsed === undefined ? undefined : 'it was read';
    if (parsed === undefined) return vector.can_fail === true ? undefined : 'it was not read';
    const [is, wanted] = [parsed, kind.expected(vector.expected)].map((value) => JSON.stringify(plain(value)));
    if (is !== wanted) return `it was read as ${is} and not ${wanted}`;
  }
  let written: string;
  try {
    written = kind.serialize(kind.expected(vector.expected) as never);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return vector.must_fail === true ? undefined : `it was not written: ${error.message}`;
  }
  if (vector.must_fail === true) return `it was written as ${written}`;
  const canonical = (vector.canonical ?? vector.raw ?? []).join(', ');
  return written === canonical ? undefined : `it is ${written} and not ${canonical}`;
}

/** Maps keep their order in lists of pairs; bytes become plain. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(([key, member]) => [key, plain(member)]);
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Decimal || value instanceof Token || value instanceof DateItem || value instanceof DisplayString)
    return [value.constructor.name, Object.entries(value)];
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

describe.skipIf(!existsSync(folder))('structured fields', () => {
  const vectors = [...filesOf(folder), ...filesOf(path.join(folder, 'serialisation-tests'))].flatMap(read);

  it(`are read and written as all ${vectors.length} vectors say`, () => {
    const faults = vectors.flatMap((vector) => {
      const fault = faultOf(vector);
      return fault === undefined ? [] : [`${vector.name}: ${fault}`];
    });
    expect(faults).toEqual([]);
    expect(vectors.length).toBeGreaterThanOrEqual(2_135);
  });
});
