import { describe, expect, it } from 'vitest';
import type { JsonValue, Schema } from '../model/contract.ts';
import { compileSchema } from '../schema/compile.ts';
import { mutations } from './mutate.ts';

const schema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'count', 'kind', 'tags'],
  properties: {
    name: { type: 'string', minLength: 2, maxLength: 4, pattern: '^[a-z]+$' },
    count: { type: 'integer', minimum: 1, maximum: 9 },
    step: { type: 'number', multipleOf: 0.5, exclusiveMinimum: 0 },
    kind: { enum: ['a', 'b'] },
    day: { type: 'string', format: 'date' },
    tags: { type: 'array', minItems: 1, maxItems: 2, uniqueItems: true, items: { type: 'string' } },
    note: { type: ['string', 'null'] },
  },
};
const value: JsonValue = { name: 'abc', count: 5, step: 1, kind: 'a', day: '2026-01-02', tags: ['x'], note: 'n' };

function verdicts(): Map<string, boolean[]> {
  const validator = compileSchema(schema);
  const found = new Map<string, boolean[]>();
  for (const { pointer, rule, make } of mutations(schema, value, { document: {}, most: 500 })) {
    const key = `${pointer} ${rule}`;
    found.set(key, [...(found.get(key) ?? []), validator.check(make())]);
  }
  return found;
}

describe('mutations', () => {
  it.each([
    ['/name', 'minLength'],
    ['/name', 'maxLength'],
    ['/count', 'minimum'],
    ['/count', 'maximum'],
    ['/step', 'exclusiveMinimum'],
    ['/kind', 'enum'],
  ])('%s %s is tried on both sides', (pointer, rule) => {
    const tried = verdicts().get(`${pointer} ${rule}`) ?? [];
    expect(tried).toContain(true);
    expect(tried).toContain(false);
  });

  it.each([
    ['/count', 'type'],
    ['/step', 'multipleOf'],
    ['/day', 'format'],
    ['/name', 'pattern'],
    ['/tags', 'minItems'],
    ['/tags', 'uniqueItems'],
    ['/name', 'required'],
    ['/plinthUnknown', 'additionalProperties'],
    ['/tags/0', 'type'],
  ])('%s %s is broken, and nothing else is', (pointer, rule) => {
    const tried = verdicts().get(`${pointer} ${rule}`) ?? [];
    expect(tried.length).toBeGreaterThan(0);
    expect(tried).not.toContain(true);
  });

  it.each([
    ['/note', 'nullable'],
    ['/step', 'optional'],
  ])('%s %s stays valid', (pointer, rule) => {
    expect(verdicts().get(`${pointer} ${rule}`)).toEqual([true]);
  });

  it('leaves the value as it is and stops at the limit', () => {
    const before = JSON.stringify(value);
    expect([...mutations(schema, value, { document: {}, most: 3 })]).toHaveLength(3);
    expect([...mutations(schema, value, { document: {}, most: 500 })].length).toBeLessThan(500);
    expect(JSON.stringify(value)).toBe(before);
  });
});
