// Which inclusions are proved, and which must not be. That proofs hold is the matter of soundness.test.ts.

import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { Equality } from './equal.ts';
import { Prover } from './subsumes.ts';

const proved = (a: Schema, b: Schema, document: JsonObject = {}, open = false): boolean => {
  const equality = new Equality(document, document);
  const side = { document };
  return new Prover({ smaller: side, larger: side, alike: (x, y) => equality.equal(x, y), open }).proves(a, b);
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

/** `Old` and `New` lead to themselves over `OldBack` and `NewBack`, and differ in what is looked at last. */
function circle(between: number): Prover {
  const many = (schema: JsonObject): JsonObject =>
    Object.fromEntries(Array.from({ length: between }, (_, at) => [`p${at}`, { ...schema, minLength: at }]));
  const Old = {
    type: 'object',
    properties: { back: reference('OldBack'), ...many({ type: 'string' }), v: { type: 'string' } },
  };
  const New = { type: 'object', properties: { back: reference('NewBack'), ...many({}), v: { type: 'integer' } } };
  const OldBack = { type: 'object', properties: { inner: reference('Old') } };
  const NewBack = { type: 'object', properties: { inner: reference('New') } };
  const document: JsonObject = { components: { schemas: { Old, New, OldBack, NewBack } } };
  const equality = new Equality(document, document);
  const alike = (x: Schema, y: Schema): boolean => equality.equal(x, y);
  return new Prover({ smaller: { document }, larger: { document }, alike, open: false });
}

describe('a prover that goes on', () => {
  it.each([
    ['a proof fails', 0],
    ['the steps are used up', 6_000],
  ])('takes nothing for proved that was only assumed when %s', (_name, between) => {
    const prover = circle(between);
    expect(prover.proves(reference('Old'), reference('New'))).toBe(false);
    expect(prover.proves(reference('OldBack'), reference('NewBack'))).toBe(false);
    expect(prover.proves(reference('Old'), reference('New'))).toBe(false);
    expect(prover.proves(reference('Old'), reference('Old'))).toBe(true);
  });
});
