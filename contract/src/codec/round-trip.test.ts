// decode(encode(v)) equals v, for every value that a style can carry. What a style cannot carry is said where the values
// are made: an empty list, a delimiter inside a text whose encoding is the delimiter, an object without members.

import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import type { JsonObject, Media, Operation, Param, Schema } from '../model/contract.ts';
import { encodeForm, encodeParams } from './encode.ts';
import { compileForm } from './form.ts';
import { compileParams } from './params.ts';

const head = 'openapi: 3.2.0\ninfo: { title: T, version: 1.0.0 }\nx-plinth: { capability: t, unknown: refuse }\n';
const loaded = await load('t.yaml', {
  read: async () => `${head}paths: { /a: { get: { operationId: getA, responses: {} } } }`,
});
const [plain] = loaded.contract?.operations ?? [];
if (!plain) throw new Error('the test contract must load');

/** One operation with one parameter. */
function operationOf(part: Partial<Param>): Operation {
  const param: Param = {
    name: 'p',
    in: 'query',
    required: false,
    description: '',
    style: 'form',
    explode: false,
    allowReserved: false,
    schema: true,
    policy: {},
    ...part,
  };
  return { ...(plain as Operation), path: param.in === 'path' ? '/a/{p}' : '/a', params: [param] };
}

/** Through the wire and back, as a router and a server would hand it on. */
function carrier(operation: Operation): (value: unknown) => unknown {
  const reader = compileParams(operation, {});
  return (value) => {
    const { path, query, headers } = encodeParams(operation, { p: value });
    const segment = path.split('/')[2];
    const { values, violations } = reader.read({
      path: segment === undefined ? {} : { p: segment },
      query: query.slice(1),
      header: (name) => headers[name],
    });
    return violations.length > 0 ? violations : values['p'];
  };
}

const anyText = fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !text.includes('\0'));
const fullText = anyText.filter((text) => text !== '');
const bare = (text: string, signs: RegExp): boolean => text.trim() === text && text !== '' && !signs.test(text);
/** What a header can hold, without the delimiters of lists. */
const token = fc.stringMatching(/^[\w!#$&*+^`|~.:@/-]{1,10}$/);
const integer = fc.maxSafeInteger();
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const scalarSchema = (type: string): Schema => ({ type });
const listSchema = (type: string): Schema => ({ type: 'array', items: { type } });
const mapSchema: Schema = {
  type: 'object',
  properties: { a: { type: 'string' }, b: { type: 'integer' }, c: { type: ['boolean', 'null'] } },
};
const mapOf = (text: fc.Arbitrary<string>): fc.Arbitrary<JsonObject> =>
  fc.record(
    { a: text, b: integer, c: fc.constantFrom(true, false, null) },
    { requiredKeys: ['b'], noNullPrototype: true },
  ) as fc.Arbitrary<JsonObject>;
/** Names that nobody declared, with numbers. */
const openSchema: Schema = {
  type: 'object',
  properties: { a: { type: 'string' } },
  additionalProperties: { type: 'integer' },
};
const openValue = fc.dictionary(
  fullText.filter((text) => text !== 'a' && text !== '__proto__'),
  integer,
  {
    minKeys: 1,
    noNullPrototype: true,
  },
);
const listOf = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(item, { minLength: 1, maxLength: 5 });

/** What came back otherwise than it was sent, the smallest found among 300 values; undefined when all came back. */
function lost<T>(values: fc.Arbitrary<T>, carry: (value: T) => unknown): { sent: T; got: unknown } | undefined {
  const property = fc.property(values, (value) => isEqual(carry(value), value));
  const { counterexample } = fc.check(property, { seed: 11, numRuns: 300 });
  return counterexample === null ? undefined : { sent: counterexample[0], got: carry(counterexample[0]) };
}

/** As `toEqual` sees it: prototypes do not count. */
function isEqual(left: unknown, right: unknown): boolean {
  return isDeepStrictEqual(plainOf(left), plainOf(right));
}

function plainOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainOf);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, part]) => [key, plainOf(part)]));
}

type Row = [name: string, part: Partial<Param>, values: fc.Arbitrary<unknown>];
const both = (name: string, part: Partial<Param>, values: fc.Arbitrary<unknown>): Row[] =>
  [true, false].map((explode) => [`${name}${explode ? ', exploded' : ''}`, { ...part, explode }, values]);

/** A text that survives being trimmed; `signs` are what its encoding leaves as they are. */
const segmentText = (signs: RegExp) => anyText.filter((text) => bare(text, signs) && text !== '.' && text !== '..');

const rows: Row[] = [
  ['a text in a path', { in: 'path', style: 'simple', schema: scalarSchema('string') }, fullText],
  ['a number in a path', { in: 'path', style: 'simple', schema: scalarSchema('number') }, number],
  ...both('a list in a path', { in: 'path', style: 'simple', schema: listSchema('string') }, listOf(fullText)),
  ...both('an object in a path', { in: 'path', style: 'simple', schema: mapSchema }, mapOf(anyText)),
  ['a label', { in: 'path', style: 'label', schema: scalarSchema('string') }, anyText],
  ...both('a list as label', { in: 'path', style: 'label', schema: listSchema('string') }, listOf(segmentText(/[.]/))),
  ...both('an object as label', { in: 'path', style: 'label', schema: mapSchema }, mapOf(segmentText(/[.]/))),
  ['a matrix', { in: 'path', style: 'matrix', schema: scalarSchema('string') }, anyText],
  ...both('a list as matrix', { in: 'path', style: 'matrix', schema: listSchema('string') }, listOf(fullText)),
  ...both('an object as matrix', { in: 'path', style: 'matrix', schema: mapSchema }, mapOf(anyText)),
  ['a text in a query', { schema: scalarSchema('string') }, anyText],
  ['a text that keeps reserved signs', { allowReserved: true, schema: scalarSchema('string') }, anyText],
  ['a number in a query', { schema: scalarSchema('number') }, number],
  [
    'a value of several types',
    { schema: { type: ['null', 'boolean', 'integer'] } },
    fc.oneof(fc.constant(null), fc.boolean(), integer),
  ],
  ...both('a list in a query', { schema: listSchema('string') }, listOf(fullText)),
  ...both('numbers in a query', { schema: listSchema('number') }, listOf(number)),
  ...both('an object in a query', { schema: mapSchema }, mapOf(anyText)),
  ...both('an open object in a query', { schema: openSchema }, openValue),
  ...both('an open object in a path', { in: 'path', style: 'simple', schema: openSchema }, openValue),
  [
    'a list with spaces between',
    { style: 'spaceDelimited', schema: listSchema('string') },
    listOf(fullText.filter((text) => !text.includes(' '))),
  ],
  [
    'a list with pipes between',
    { style: 'pipeDelimited', schema: listSchema('string') },
    listOf(fullText.filter((text) => !text.includes('|'))),
  ],
  [
    'JSON in a query',
    { media: 'application/json', schema: { type: 'object', additionalProperties: true } },
    fc.dictionary(
      anyText.filter((text) => text !== '__proto__'),
      fc.jsonValue(),
      { noNullPrototype: true },
    ),
  ],
  ['an integer in a header', { in: 'header', style: 'simple', schema: scalarSchema('integer') }, integer],
  ...both('a list in a header', { in: 'header', style: 'simple', schema: listSchema('string') }, listOf(token)),
  ...both('an object in a header', { in: 'header', style: 'simple', schema: mapSchema }, mapOf(token)),
  ['a text in a cookie', { in: 'cookie', schema: scalarSchema('string') }, anyText],
  ...both('a list in a cookie', { in: 'cookie', schema: listSchema('string') }, listOf(segmentText(/^$/))),
  ...both('an object in a cookie', { in: 'cookie', schema: mapSchema }, mapOf(anyText)),
  [
    'a quoted text in a cookie of style cookie',
    { in: 'cookie', style: 'cookie', schema: scalarSchema('string') },
    token.map((text) => `"${text}%2C"`),
  ],
  ...both(
    'a list in cookies of style cookie',
    { in: 'cookie', style: 'cookie', schema: listSchema('string') },
    listOf(token),
  ),
  ...both('an object in cookies of style cookie', { in: 'cookie', style: 'cookie', schema: mapSchema }, mapOf(token)),
];

describe('decode(encode(v)) equals v', () => {
  it.each(rows)('for %s', (_, part, values) => {
    const operation = operationOf(part);
    expect(lost(values, carrier(operation))).toBeUndefined();
  });

  it('for deep objects: maps and lists inside each other', () => {
    const operation = operationOf({ style: 'deepObject', explode: true, schema: deepSchema });
    expect(lost(deepValue, carrier(operation))).toBeUndefined();
  });

  it('for a whole query that is a form', () => {
    const operation = operationOf({
      in: 'querystring',
      explode: true,
      media: 'application/x-www-form-urlencoded',
      schema: mapSchema,
    });
    expect(lost(mapOf(anyText), carrier(operation))).toBeUndefined();
  });

  it.each([
    ['as forms are written', {}],
    ['as its encoding says', { tags: { explode: false }, rows: { contentType: 'application/json' } }],
  ])('for a whole query that is a form with lists and maps, %s', (_, encoding: JsonObject) => {
    const operation = operationOf({
      in: 'querystring',
      explode: true,
      media: 'application/x-www-form-urlencoded',
      schema: deepSchema,
      encoding,
    });
    expect(lost(deepValue, carrier(operation))).toBeUndefined();
  });
});

const deepSchema: Schema = {
  type: 'object',
  properties: {
    text: { type: 'string' },
    on: { type: 'boolean' },
    tags: { type: 'array', items: { type: 'integer' } },
    rows: { type: 'array', items: { type: 'object', properties: { n: { type: 'number' }, inner: mapSchema } } },
    grid: { type: 'array', items: { type: 'array', items: { type: 'integer' } } },
  },
};
const deepValue = fc.record(
  {
    text: anyText,
    on: fc.boolean(),
    tags: listOf(integer),
    rows: listOf(fc.record({ n: number, inner: mapOf(anyText) }, { noNullPrototype: true })),
    grid: listOf(listOf(integer)),
  },
  { requiredKeys: ['text'], noNullPrototype: true },
);

const formMedia = (schema: Schema, encoding: JsonObject = {}): Media => ({
  type: 'application/x-www-form-urlencoded',
  schema,
  encoding,
  examples: [],
});

function formCarrier(media: Media): (value: Record<string, unknown>) => unknown {
  const read = compileForm(media, {});
  return (value) => {
    const decoded = read(encodeForm(value, media));
    return 'value' in decoded ? decoded.value : decoded.violations;
  };
}

describe('a form', () => {
  it('carries maps and lists inside each other without a word in `encoding`', () => {
    const media = formMedia(deepSchema);
    expect(lost(deepValue, formCarrier(media))).toBeUndefined();
  });

  it('carries each property as its encoding says: style, explode, JSON', () => {
    const schema: Schema = {
      type: 'object',
      properties: {
        spread: { type: 'object', properties: { x: { type: 'integer' }, y: { type: 'string' } } },
        flat: mapSchema,
        pipes: listSchema('integer'),
        list: listSchema('string'),
        json: { type: 'object', additionalProperties: true },
        rows: { type: 'array', items: mapSchema },
      },
    };
    const media = formMedia(schema, {
      spread: { style: 'form', explode: true },
      flat: { style: 'form', explode: false },
      pipes: { style: 'pipeDelimited', explode: false },
      list: { explode: false },
      json: { contentType: 'application/json' },
      rows: { contentType: 'application/json' },
    });
    const value = fc.record(
      {
        spread: fc.record({ x: integer, y: anyText }, { noNullPrototype: true }),
        flat: mapOf(anyText),
        pipes: listOf(integer),
        list: listOf(fullText),
        json: fc.dictionary(
          fullText.filter((text) => text !== '__proto__'),
          fc.jsonValue(),
          { noNullPrototype: true },
        ),
        rows: listOf(mapOf(anyText)),
      },
      { requiredKeys: [], noNullPrototype: true },
    );
    expect(lost(value, formCarrier(media))).toBeUndefined();
  });
});
