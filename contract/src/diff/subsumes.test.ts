// Proofs are checked against values: what is proved of two schemas must hold for every value that anybody can find.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGenerator } from '../generate/instance.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { compileSchema } from '../schema/compile.ts';
import { Equality } from './equal.ts';
import { subsumes } from './subsumes.ts';

const proved = (a: Schema, b: Schema, document: JsonObject = {}, open = false): boolean => {
  const equality = new Equality(document, document);
  const side = { document };
  return subsumes(a, b, { smaller: side, larger: side, alike: (x, y) => equality.equal(x, y), open });
};

const text = { type: 'string' };
const whole = { type: 'integer' };
const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const tree = (leaf: JsonValue): JsonObject => ({
  components: {
    schemas: {
      Tree: {
        type: 'object',
        required: ['value'],
        properties: { value: leaf, kids: { type: 'array', items: { $ref: '#/components/schemas/Tree' } } },
      },
      Other: {
        type: 'object',
        properties: { value: text, kids: { type: 'array', items: { $ref: '#/components/schemas/Other' } } },
      },
    },
  },
});

describe('an inclusion is proved', () => {
  const cases: [name: string, a: Schema, b: Schema][] = [
    ['a whole number is a number', whole, { type: 'number' }],
    ['the order of properties and lists is free', { enum: ['a', 'b'] }, { type: 'string', enum: ['b', 'a'] }],
    [
      'allOf is its parts together',
      { allOf: [{ properties: { a: text } }, { required: ['a'], type: 'object' }] },
      { type: 'object', properties: { a: text }, required: ['a'] },
    ],
    ['null beside a type is a branch of its own', { type: ['string', 'null'] }, { oneOf: [{ type: 'null' }, text] }],
    ['and the other way round', { anyOf: [text, { type: 'null' }] }, { type: ['null', 'string'] }],
    ['bounds may be written in two ways', { ...whole, maximum: 9 }, { ...whole, exclusiveMaximum: 10 }],
    ['a multiple of ten is one of five', { type: 'number', multipleOf: 10 }, { type: 'number', multipleOf: 5 }],
    ['decimals are exact', { type: 'number', multipleOf: 0.3 }, { type: 'number', multipleOf: 0.1 }],
    ['each of two may be a form of its own', { enum: [true, 'x'] }, { oneOf: [{ type: 'boolean' }, text] }],
    [
      'forms that overlap stay what they were',
      { oneOf: [{ properties: { a: text } }, { properties: { b: text } }] },
      { oneOf: [{ properties: { b: text } }, { properties: { a: { ...text, minLength: 0 } } }] },
    ],
    [
      'forms are told apart by a property that both must have',
      { type: 'object', required: ['kind'], properties: { kind: { const: 'a' } } },
      {
        oneOf: [
          { type: 'object', required: ['kind'], properties: { kind: { const: 'a' } } },
          { type: 'object', required: ['kind'], properties: { kind: { const: 'b' } } },
        ],
      },
    ],
    [
      'a tuple that ends is a list',
      { prefixItems: [text, text], items: false, type: 'array' },
      { type: 'array', items: text },
    ],
  ];
  it.each(cases)('%s', (_name, a, b) => {
    expect(proved(a, b)).toBe(true);
  });

  it('also of schemas that refer to themselves', () => {
    expect(proved(reference('Tree'), reference('Other'), tree(text))).toBe(true);
    expect(proved(reference('Other'), reference('Tree'), tree(text))).toBe(false);
    expect(proved(reference('Tree'), reference('Other'), tree(whole))).toBe(false);
  });

  it('of answers also where the old object was closed to what is new', () => {
    const old = { type: 'object', properties: { a: text }, additionalProperties: false };
    const fresh = { ...old, properties: { a: text, b: text } };
    expect([proved(fresh, old), proved(fresh, old, {}, true)]).toEqual([false, true]);
  });
});

describe('an inclusion is not proved', () => {
  const cases: [name: string, a: Schema, b: Schema][] = [
    ['a form that overlaps another is in neither', {}, { oneOf: [true, { type: 'string' }] }],
    [
      'additionalProperties does not see allOf',
      { required: ['b'], properties: { b: text } },
      { allOf: [{ additionalProperties: false }, { properties: { b: text } }] },
    ],
    ['a pattern is only equal to itself', { ...text, pattern: '^a' }, { ...text, pattern: '^[a]' }],
    ['closing an object refuses what was taken', { type: 'object' }, { type: 'object', additionalProperties: false }],
    ['a free map is no map of texts', { type: 'object' }, { type: 'object', additionalProperties: text }],
    ['null does not fit an enum without it', { type: ['string', 'null'] }, { type: ['string', 'null'], enum: ['a'] }],
  ];
  it.each(cases)('%s', (_name, a, b) => {
    expect(proved(a, b)).toBe(false);
  });

  it('beyond the limit of steps', () => {
    const deep = (depth: number, leaf: Schema): Schema =>
      depth === 0
        ? leaf
        : { properties: Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, deep(depth - 1, leaf)])) };
    expect(proved(deep(3, { ...whole, minimum: 2 }), deep(3, { ...whole, minimum: 1 }))).toBe(true);
    expect(proved(deep(7, { ...whole, minimum: 2 }), deep(7, { ...whole, minimum: 1 }))).toBe(false);
  });
});

/** Small schemas that often lie within one another. */
const schemas = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<Schema>(
      true,
      {},
      text,
      whole,
      { type: 'number' },
      { type: ['string', 'null'] },
      { type: 'boolean' },
    ),
    fc.record({
      enum: fc.uniqueArray(fc.constantFrom<JsonValue>('a', 'b', 1, 2, null, true), { minLength: 1, maxLength: 3 }),
    }),
    fc.record(
      {
        type: fc.constant('integer'),
        minimum: fc.integer({ min: 0, max: 2 }),
        maximum: fc.integer({ min: 2, max: 4 }),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      {
        type: fc.constant('string'),
        minLength: fc.integer({ min: 0, max: 2 }),
        maxLength: fc.integer({ min: 1, max: 3 }),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(fc.constantFrom('a', 'b'), tie('schema') as fc.Arbitrary<JsonValue>, { maxKeys: 2 }),
        required: fc.subarray(['a', 'b']),
        additionalProperties: fc.constantFrom<JsonValue>(false, text),
        unevaluatedProperties: fc.constant(false),
      },
      { requiredKeys: ['type', 'properties'] },
    ),
    fc.record(
      {
        type: fc.constant('array'),
        items: tie('schema') as fc.Arbitrary<JsonValue>,
        minItems: fc.constantFrom(0, 1),
        maxItems: fc.constantFrom(1, 2),
      },
      { requiredKeys: ['type', 'items'] },
    ),
    fc
      .tuple(
        fc.constantFrom('allOf', 'anyOf', 'oneOf'),
        fc.array(tie('schema') as fc.Arbitrary<JsonValue>, { minLength: 1, maxLength: 3 }),
      )
      .map(([key, list]) => ({ [key]: list })),
    fc.record({ not: fc.constantFrom<JsonValue>(text, { required: ['a'] }) }),
  ) as fc.Arbitrary<Schema>,
}));

const values = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>;
const near = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<JsonValue>('a', 'b', '', 'abcd', 0, 1, 2, 3, 5, 1.5, null, true, false),
    fc.dictionary(fc.constantFrom('a', 'b'), tie('value'), { maxKeys: 2 }) as fc.Arbitrary<JsonValue>,
    fc.array(tie('value'), { maxLength: 3 }) as fc.Arbitrary<JsonValue>,
  ),
}));

/** Changes a schema a little, so that proofs are common. */
const loosened = (schema: Schema): Schema[] => {
  if (typeof schema === 'boolean') return [schema];
  const keys = Object.keys(schema);
  return [
    schema,
    { allOf: [schema] },
    { anyOf: [schema, text] },
    ...keys.map((key) => ({ ...schema, [key]: undefined })),
  ].map((one) => JSON.parse(JSON.stringify(one)) as Schema);
};

describe('a proof', () => {
  it('holds for every value of the smaller schema that the generator or chance finds', () => {
    const now = Temporal.Instant.fromEpochMilliseconds(0);
    let proofs = 0;
    let tried = 0;
    fc.assert(
      fc.property(
        schemas.schema,
        schemas.schema,
        fc.nat(7),
        fc.array(fc.oneof(near.value, values), { minLength: 40, maxLength: 40 }),
        (a, other, pick, some) => {
          const b = pick === 7 ? other : (loosened(a)[pick % loosened(a).length] ?? other);
          if (!proved(a, b)) return;
          proofs += 1;
          // What is not declared counts as absent, so values with more than a closed schema takes show nothing.
          const [small, large] = [compileSchema(a, { closed: true }), compileSchema(b)];
          const open = compileSchema(a);
          const generator = createGenerator({ document: {}, seed: proofs, now });
          for (let key = 0; key < 12; key++) {
            const { value, valid } = generator.instance(a, { key: String(key) });
            if (valid) some.push(value);
          }
          for (const value of some) {
            if (!open.check(value) || !small.check(value)) continue;
            tried += 1;
            expect([value, large.check(value)]).toEqual([value, true]);
          }
        },
      ),
      { numRuns: 300, seed: 7 },
    );
    expect(proofs).toBeGreaterThan(100);
    expect(tried).toBeGreaterThan(1_000);
  }, 60_000);
});
