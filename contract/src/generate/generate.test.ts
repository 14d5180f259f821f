import { describe, expect, it, vi } from 'vitest';
import type { JsonObject, Schema } from '../model/contract.ts';
import { compileSchema } from '../schema/compile.ts';
import { isIban } from '../schema/formats/formats.ts';
import { Draw } from './draw.ts';
import { createGenerator } from './instance.ts';
import { matching } from './pattern.ts';
import { Proposal } from './proposal.ts';

const now = Temporal.Instant.from('2026-11-24T12:00:00Z');

function instances(schema: Schema, { document = {}, count = 20 }: { document?: JsonObject; count?: number } = {}) {
  const generator = createGenerator({ document, seed: 7, now });
  return Array.from({ length: count }, (_, index) => generator.instance(schema, { key: String(index) }));
}

const schemas: Record<string, Schema> = {
  'const and enum': { type: 'object', required: ['a', 'b'], properties: { a: { const: 4 }, b: { enum: ['x', null] } } },
  'bounds and steps': {
    type: 'array',
    minItems: 3,
    prefixItems: [
      { type: 'integer', minimum: 7, maximum: 21, multipleOf: 7 },
      { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1, multipleOf: 0.25 },
    ],
    items: { type: 'integer', exclusiveMaximum: -5 },
  },
  'unique members of an enumeration': { type: 'array', uniqueItems: true, minItems: 4, items: { enum: [1, 2, 3, 4] } },
  'contains beside items': {
    type: 'array',
    items: { type: 'integer', minimum: 0 },
    contains: { const: 42 },
    minContains: 2,
    maxItems: 4,
  },
  'allOf with clashing bounds': { allOf: [{ type: 'integer', minimum: 3 }, { maximum: 3 }, { type: 'number' }] },
  'oneOf that must not overlap': {
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'string' } },
    oneOf: [{ required: ['a'] }, { required: ['b'] }],
  },
  'not required': { type: 'object', properties: { a: { type: 'string' }, b: {} }, not: { required: ['a'] } },
  'if, then, else': {
    type: 'object',
    required: ['kind', 'value'],
    properties: { kind: { enum: ['n', 's'] }, value: {} },
    if: { properties: { kind: { const: 'n' } } },
    // eslint-disable-next-line unicorn/no-thenable -- The keyword of JSON Schema, not a promise.
    then: { properties: { value: { type: 'number' } } },
    else: { properties: { value: { type: 'string' } } },
  },
  dependents: {
    type: 'object',
    required: ['card'],
    properties: { card: { type: 'string' }, address: { type: 'string' }, zip: { type: 'string' } },
    dependentRequired: { card: ['address'] },
    dependentSchemas: { address: { required: ['zip'] } },
  },
  'names by pattern in a closed map': {
    type: 'object',
    minProperties: 2,
    additionalProperties: false,
    patternProperties: { '^x-[a-z]{3}$': { type: 'integer' } },
  },
  'property names': {
    type: 'object',
    minProperties: 2,
    propertyNames: { pattern: '^[A-Z]{2}$' },
    additionalProperties: { type: 'boolean' },
  },
  'unevaluated properties': {
    allOf: [{ type: 'object', required: ['a'], properties: { a: { type: 'integer' } } }],
    properties: { b: { type: 'string' } },
    unevaluatedProperties: false,
  },
  'long text': { type: 'string', minLength: 300, maxLength: 301 },
  'pattern with length': { type: 'string', pattern: '^[a-z]+$', minLength: 40, maxLength: 60 },
  'pattern that looks ahead': { type: 'string', pattern: '^(?=.*[0-9])[a-z0-9]{6}$' },
};

describe('the generator', () => {
  it.each(Object.entries(schemas))('satisfies %s', (_name, schema) => {
    const validator = compileSchema(schema);
    for (const { value, valid } of instances(schema)) {
      expect(validator.explain(value)).toEqual([]);
      expect(valid).toBe(true);
    }
  });

  it.each([
    'date-time',
    'date',
    'time',
    'duration',
    'email',
    'uuid',
    'uri',
    'hostname',
    'ipv4',
    'ipv6',
    'iban',
    'e164',
  ])('writes the format %s', (format) => {
    const validator = compileSchema({ type: 'string', format });
    for (const { value } of instances({ type: 'string', format })) expect(validator.explain(value)).toEqual([]);
  });

  it('gives the same value for the same seed, and others for another key or seed', () => {
    const schema = { type: 'object', required: ['name', 'at'], properties: { name: {}, at: { format: 'date-time' } } };
    const one = createGenerator({ document: {}, seed: 1, now }).instance(schema, { key: 'a' });
    expect(createGenerator({ document: {}, seed: 1, now }).instance(schema, { key: 'a' })).toEqual(one);
    expect(createGenerator({ document: {}, seed: 1, now }).instance(schema, { key: 'b' })).not.toEqual(one);
    expect(createGenerator({ document: {}, seed: 2, now }).instance(schema, { key: 'a' })).not.toEqual(one);
  });

  it('keeps the values of other properties when one is added', () => {
    const properties = { email: { type: 'string' }, amount: { type: 'integer' } };
    const required = ['email', 'amount'];
    const generator = createGenerator({ document: {}, seed: 1, now });
    const before = generator.instance({ type: 'object', required, properties }).value;
    const more = { phone: { type: 'string' }, ...properties };
    const after = generator.instance({ type: 'object', required: ['phone', ...required], properties: more }).value;
    expect(after).toMatchObject(before as JsonObject);
  });

  it('ends in schemas that contain themselves', () => {
    const document: JsonObject = {
      components: {
        schemas: {
          Tree: {
            type: 'object',
            required: ['name', 'left'],
            properties: {
              name: { type: 'string' },
              left: { oneOf: [{ $ref: '#/components/schemas/Tree' }, { type: 'null' }] },
              others: { type: 'array', items: { $ref: '#/components/schemas/Tree' } },
            },
          },
        },
      },
    };
    const made = instances({ $ref: '#/components/schemas/Tree' }, { document, count: 5 });
    expect(made.every(({ valid }) => valid)).toBe(true);
    expect(JSON.stringify(made).length).toBeLessThan(500_000);
  });

  it('says so when there is no value', () => {
    expect(instances({ allOf: [{ type: 'string' }, { type: 'integer' }] }, { count: 1 })[0]?.valid).toBe(false);
    expect(instances(false, { count: 1 })[0]?.valid).toBe(false);
  });

  it('gives up at once on what the schema itself forces to be wrong, and only on that', () => {
    const named = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`a${at}`, { type: 'string' }]));
    const closed: Schema = { type: 'object', properties: named, additionalProperties: false };
    const beside = (more: JsonObject): Schema => ({ allOf: [closed, { type: 'object', ...more }] });
    const proposed = vi.spyOn(Proposal.prototype, 'value');
    const made = instances(beside({ required: ['id'] }), { count: 10 });
    expect(made.every(({ valid }) => !valid)).toBe(true);
    // One tried, one looked at, and for each value the last one, which is told.
    expect(proposed.mock.calls.filter(([, , , depth = 0]) => depth === 0)).toHaveLength(21);
    proposed.mockRestore();
    for (const open of [
      beside({ required: ['a1'] }),
      // Another branch of a choice, another place to end, a value that its author showed.
      beside({ anyOf: [{ required: ['b'] }, { required: ['c'] }, { required: ['d'] }, { required: ['a2'] }] }),
      { type: 'object', required: ['part'], properties: { part: { type: ['object', 'null'], required: ['a'] } } },
      {
        type: 'object',
        required: ['a'],
        properties: { a: { default: 5 } },
        patternProperties: { a: { type: 'integer' } },
      },
    ] as Schema[])
      expect(instances(open, { count: 3 }).every(({ valid }) => valid)).toBe(true);
  });

  it('leaves readOnly out of requests and writeOnly out of responses, required or not', () => {
    const schema = {
      type: 'object',
      required: ['id', 'secret'],
      properties: { id: { type: 'string', readOnly: true }, secret: { type: 'string', writeOnly: true } },
    };
    const generator = createGenerator({ document: {}, seed: 1, now });
    expect(Object.keys(generator.instance(schema, { direction: 'request' }).value as object)).toEqual(['secret']);
    expect(Object.keys(generator.instance(schema, { direction: 'response' }).value as object)).toEqual(['id']);
  });

  it('is believable: people agree with themselves, dates lie around now, IBANs check', () => {
    const properties = {
      firstName: { type: 'string' },
      email: { type: 'string' },
      iban: { type: 'string' },
      createdAt: { type: 'string', format: 'date-time' },
      expiresAt: { type: 'string', format: 'date-time' },
    };
    for (const { value } of instances({ type: 'object', required: Object.keys(properties), properties })) {
      const person = value as Record<string, string>;
      expect(person['email']).toMatch(new RegExp(`^${person['firstName']?.toLowerCase()}\\..+@example\\.com$`));
      expect(isIban(person['iban'] ?? '')).toBe(true);
      expect((person['createdAt'] ?? '') < '2026-11-24').toBe(true);
      expect((person['expiresAt'] ?? '') > '2026-11-24').toBe(true);
    }
  });
});

describe('a walk of a pattern', () => {
  const patterns = [
    '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$',
    '^(crd|ord)_[0-9a-hjkmnp-tv-z]{26}$',
    '^\\d{4}-(0[1-9]|1[0-2])$',
    '^(?:[^\\s@]+)@example\\.(?:com|org)$',
    '^(a|b)\\1$',
    '^\\p{Lu}\\w*?-\\u0041$',
    '^[\\w.+-]{1,64}$',
  ];
  it.each(patterns)('matches %s', (pattern) => {
    const draw = new Draw(3);
    for (let turn = 0; turn < 50; turn++) expect(matching(pattern, draw)).toMatch(new RegExp(pattern, 'u'));
  });

  it('ends when counts multiply', () => {
    expect(matching('^((((a{90}){90}){90}){90}){90}$', new Draw(1)).length).toBeLessThan(1_000_000);
  });
});
