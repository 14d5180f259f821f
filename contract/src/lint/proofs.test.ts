import { describe, expect, it } from 'vitest';
import { createGenerator } from '../generate/instance.ts';
import { load } from '../load/load.ts';
import type { Schema } from '../model/contract.ts';
import { judgePattern } from '../schema/regex/exponential.ts';
import { impossible } from './impossible.ts';
import { lint } from './lint.ts';
import type { SearchPattern } from './rule.ts';
import { ambiguousWitness } from './witness.ts';

const { contract } = await load('c.yaml', {
  read: async () => 'openapi: 3.1.0\ninfo: { title: T, version: 1.0.0 }\npaths: {}',
});
if (!contract) throw new Error('no contract');
const whole = contract;

const nothing: Schema[] = [
  { type: 'integer', minimum: 5, maximum: 4 },
  { type: 'integer', exclusiveMinimum: 1, exclusiveMaximum: 2 },
  { type: 'number', minimum: 1, exclusiveMaximum: 1 },
  { type: 'string', minLength: 3, maxLength: 2 },
  { type: 'string', enum: ['Ab', 'Cd'], pattern: '^[a-z]+$' },
  { type: 'string', const: 7 },
  { enum: [] },
  { allOf: [{ type: 'string' }, { type: 'object' }] },
  { allOf: [{ const: 'a' }, { enum: ['b', 'c'] }] },
  { type: 'object', required: ['a'], properties: { a: false } },
  { type: 'object', required: ['a'], properties: { b: {} }, additionalProperties: false },
  { type: 'object', required: ['a'], properties: { a: { type: 'string', const: 1 } } },
  { type: 'array', minItems: 1, items: { type: 'string', enum: [] } },
  { type: 'integer', oneOf: [{ type: 'string' }, { minimum: 5, maximum: 4 }] },
];

const something: Schema[] = [
  {},
  { type: 'integer', minimum: 5, maximum: 5 },
  { minimum: 5, maximum: 4 },
  { type: 'integer', exclusiveMinimum: 1, exclusiveMaximum: 3 },
  { type: ['string', 'integer'], minimum: 5, maximum: 4 },
  { allOf: [{ type: 'number' }, { type: 'integer' }] },
  { type: 'object', properties: { a: false } },
  { type: 'object', required: ['x1'], patternProperties: { '^x': {} }, additionalProperties: false },
  { type: 'array', items: { type: 'string', enum: [] } },
  { type: 'integer', oneOf: [{ type: 'string' }, { minimum: 5 }] },
  { enum: [{ a: 1 }], type: 'object' },
];

describe('proofs that nothing is valid', () => {
  it.each(nothing)('%j', (schema) => {
    expect(impossible(whole, schema)).toBeTruthy();
    // The engine of today does not compile an empty enum, which needs no witness.
    if (JSON.stringify(schema).includes('"enum":[]')) return;
    // The generator finds no valid value either: the proof holds.
    const now = Temporal.Instant.fromEpochMilliseconds(0);
    expect(createGenerator({ document: whole.document, seed: 1, now }).instance(schema).valid).toBe(false);
  });

  it.each(something)('has no proof against %j', (schema) => {
    expect(impossible(whole, schema)).toBeUndefined();
  });
});

describe('patterns', () => {
  it.each(['^(a+)+$', '(.*)*x', '^(\\w+\\s?)*$', '^(a|b|ab)*z', '(x+x+)+y', '^([a-z]{1,20}){1,20}$'])(
    '%s is exponential',
    (pattern) => {
      expect(judgePattern(pattern)).toBe('exponential');
    },
  );

  it.each(['^[a-z]+(-[a-z]+)*$', '^(ab|cd|ef)+$', '^P(\\d+Y)?(T(\\d+H)?)?$', '^\\d{4}-\\d{2}$'])(
    '%s is linear',
    (pattern) => {
      expect(judgePattern(pattern)).toBe('linear');
    },
  );

  it('tells apart what cannot be judged', () => {
    expect(judgePattern('^(?!-)[a-z-]+$')).toBe('irregular');
    expect(judgePattern('[')).toBe('invalid');
    expect(judgePattern(`(${'a'.repeat(2000)})*`)).toBe('large');
  });
});

describe('witnesses', () => {
  it('fit two branches, or are none', () => {
    const found = ambiguousWitness(whole, [{ type: 'integer' }, { type: 'string' }, { type: 'number' }]);
    expect(found).toMatchObject({ first: 0, second: 2 });
    expect(Number.isInteger(found?.value)).toBe(true);
    expect(ambiguousWitness(whole, [{ type: 'integer' }, { type: 'string' }])).toBeUndefined();
  });
});

const yaml = (patterns: readonly string[]): string =>
  `openapi: 3.1.0\ninfo: { title: T, version: 1.0.0 }\ncomponents: { schemas: { ${patterns.map((pattern, index) => `S${index}: { type: string, pattern: ${JSON.stringify(pattern)} }`).join(', ')} } }\n`;

const found = async (patterns: readonly string[], searchPattern?: SearchPattern): Promise<string[]> => {
  const { contract } = await load('t.yaml', { read: async () => yaml(patterns), foreign: false });
  if (!contract) throw new Error('the contract must load');
  return lint(contract, searchPattern ? { searchPattern } : {})
    .filter(({ rule }) => rule.startsWith('regex-'))
    .map(({ rule, severity, message }) => `${severity} ${rule} ${message}`);
};

describe('a pattern that no proof covers', () => {
  const refused = String.raw`^(a+)\1$`;

  it('is an error of its own contract, told by the slow text that was found', async () => {
    expect(await found([refused])).toEqual([expect.stringMatching(/^error regex-not-enforced .*no bound/)]);
    expect(await found([refused], () => ({ verdict: 'safe' }))).toEqual([expect.stringContaining('which is no proof')]);
    const slow = { verdict: 'vulnerable', growth: 'exponential', attack: "'a'.repeat(30)" } as const;
    expect(await found([refused], () => slow)).toEqual([
      expect.stringMatching(/^error regex-unsafe .*exponential.*'a'\.repeat\(30\)/),
    ]);
  });

  it('is searched once, and nothing else is', async () => {
    const asked: string[] = [];
    const search: SearchPattern = (pattern) => {
      asked.push(pattern);
      return { verdict: 'unknown' };
    };
    await found([refused, refused, '^[a-z]+$', '^.+@.+$', '^(?=.*[A-Z]).{8,}$'], search);
    expect(asked).toEqual([refused]);
  });
});
