import { describe, expect, it } from 'vitest';
import type { Schema } from '../model/contract.ts';
import { compileBody, compileSchema, type Violation } from './compile.ts';

function told(schema: Schema, value: unknown): Violation[] {
  return compileSchema(schema).explain(value);
}

const card = {
  type: 'object',
  required: ['kind', 'pan'],
  properties: { kind: { const: 'card' }, pan: { type: 'string', minLength: 4 } },
};
const bank = {
  type: 'object',
  required: ['kind', 'iban'],
  properties: { kind: { enum: ['bank', 'sepa'] }, iban: { type: 'string' } },
};
const $defs = { Card: card, Bank: bank };
const means = { $defs, oneOf: [{ $ref: '#/$defs/Card' }, { $ref: '#/$defs/Bank' }] };

describe('a violation', () => {
  it('says where in the value, where in the schema, what was expected and what came', () => {
    const schema = { properties: { lines: { items: { properties: { quantity: { minimum: 1 } } } } } };
    expect(told(schema, { lines: [{ quantity: 0 }] })).toEqual([
      {
        pointer: '/lines/0/quantity',
        rule: 'minimum',
        message: 'Must be 1 or more.',
        expected: 1,
        actual: 0,
        schema: '#/properties/lines/items/properties/quantity/minimum',
      },
    ]);
  });

  it('names the component that a reference leads to', () => {
    const document = { components: { schemas: { Line: { properties: { quantity: { maximum: 5 } } } } } };
    const [fault] = compileSchema({ items: { $ref: '#/components/schemas/Line' } }, { document }).explain([
      { quantity: 9 },
    ]);
    expect(fault?.schema).toBe('#/components/schemas/Line/properties/quantity/maximum');
  });

  it.each<[schema: Schema, value: unknown, message: string]>([
    [{ type: ['integer', 'null'] }, 'x', 'Must be a whole number or null.'],
    [{ multipleOf: 0.01 }, 1.001, 'Must be a multiple of 0.01.'],
    [{ contains: { const: 1 } }, [2], 'Must have an entry of the described form.'],
    [{ contains: { const: 1 }, minContains: 2 }, [1], 'Must have 2 or more entries of the described form.'],
    [{ contains: { const: 1 }, maxContains: 1 }, [1, 1], 'Must have 1 or fewer entries of the described form.'],
    [{ minProperties: 2 }, {}, 'Must have 2 members or more.'],
    [{ propertyNames: { maxLength: 1 } }, { ab: 1 }, 'Is not a name that is allowed here.'],
    [{ not: { type: 'string' } }, 'x', 'Has a form that is ruled out.'],
    [{ dependentRequired: { a: ['b'] } }, { a: 1 }, 'Needs `b` beside it.'],
    [{ const: { toString: 1 } }, 1, 'Must be {"toString":1}.'],
    [false, 1, 'Must not be given.'],
    [{ oneOf: [true, true] }, 1, 'Must fit exactly one of the described forms; it fits 2.'],
    [{ properties: { a: true }, additionalProperties: false }, { b: 1 }, 'Is not known here. Did you mean `a`?'],
    [{ if: { minimum: 5 }, ['then' as string]: { maximum: 9 } }, 10, 'Must be 9 or less.'],
  ])('of %j by %j is told in words', (schema, value, message) => {
    expect(told(schema, value).map((fault) => fault.message)).toEqual([message]);
  });
});

describe('a choice', () => {
  it('that a constant decides explains that branch and names it', () => {
    expect(told(means, { kind: 'card', pan: '1' })).toMatchObject([
      { pointer: '/pan', rule: 'minLength', branch: '#/$defs/Card' },
    ]);
    expect(told(means, { kind: 'sepa' })).toMatchObject([
      { pointer: '/iban', rule: 'required', branch: '#/$defs/Bank' },
    ]);
  });

  it('offers the constants of all branches where none fits', () => {
    expect(told(means, { kind: 'cash' })).toMatchObject([
      {
        pointer: '/kind',
        rule: 'enum',
        expected: ['card', 'bank', 'sepa'],
        message: 'Must be one of card, bank, sepa.',
      },
    ]);
  });

  it('follows the discriminator, though it never changes the verdict', () => {
    const choice = {
      $defs: { Cat: { required: ['meow'] }, Dog: { required: ['bark', 'run', 'sleep'] } },
      oneOf: [{ $ref: '#/$defs/Cat' }, { $ref: '#/$defs/Dog' }],
      discriminator: { propertyName: 'type', mapping: { wau: '#/$defs/Dog' } },
    };
    expect(told(choice, { type: 'wau' }).map(({ pointer }) => pointer)).toEqual(['/bark', '/run', '/sleep']);
    expect(compileSchema(choice).check({ type: 'wau', meow: 1 })).toBe(true);
  });

  it('that fails inside a closed object blames no name of its branches', () => {
    const body = {
      type: 'object',
      oneOf: [
        { properties: { a: { type: 'string' } }, required: ['a'] },
        { properties: { b: {} }, required: ['b'] },
      ],
    };
    const reader = compileBody(body, {}, { unknown: 'refuse', direction: 'request' });
    expect(reader.explain({ a: 1, z: 1 }).map(({ pointer, rule }) => `${pointer} ${rule}`)).toEqual([
      '/a type',
      '/z unknown-property',
    ]);
  });
});

describe('personal data', () => {
  it('is not repeated, whichever branch declares it', () => {
    const schema = {
      allOf: [
        { properties: { pin: { 'x-plinth': { sensitivity: 'secret' } } } },
        { properties: { pin: { maxLength: 4 }, name: { maxLength: 4 } } },
      ],
    };
    const faults = told(schema, { pin: '12345', name: 'Margaret' });
    expect(faults.map(({ pointer, actual }) => [pointer, actual])).toEqual([
      ['/pin', undefined],
      ['/name', 'Margaret'],
    ]);
  });

  it('is not repeated below a personal object', () => {
    const schema = {
      'x-plinth': { sensitivity: 'pii' },
      properties: { street: { properties: { no: { type: 'integer' } } } },
    };
    expect(told(schema, { street: { no: 'x' } })[0]).not.toHaveProperty('actual');
  });

  it('nor are names that its sender chose', () => {
    const person = {
      'x-plinth': { sensitivity: 'pii' },
      additionalProperties: false,
      properties: {
        kin: { type: 'object', additionalProperties: { type: 'string' } },
        homes: { type: 'array', items: { type: 'string' } },
      },
    };
    const schema = { additionalProperties: false, properties: { person } };
    const sent = { person: { Margaret: 1, kin: { Margaret: 1 }, homes: [1] }, Margaret: 1 };
    expect(told(schema, sent).map(({ pointer }) => pointer)).toEqual([
      '/person',
      '/person/kin',
      '/person/homes/0',
      '/Margaret',
    ]);
  });
});

describe('whole numbers of a body', () => {
  it('must be such that a double holds them exactly', () => {
    const schema = { type: 'object', properties: { id: { type: 'integer' }, size: { type: 'number' } } };
    const reader = compileBody(schema, {}, { unknown: 'pass', direction: 'request' });
    expect(reader.explain({ id: 2 ** 53, size: 2 ** 60 })).toMatchObject([
      { pointer: '/id', rule: 'number-out-of-range' },
    ]);
    expect(reader.check({ id: 2 ** 53 - 1 })).toBe(true);
    expect(compileSchema(schema).check({ id: 2 ** 60 })).toBe(true);
  });
});
