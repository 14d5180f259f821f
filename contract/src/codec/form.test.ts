import { describe, expect, it } from 'vitest';
import type { Media, Schema } from '../model/contract.ts';
import { compileForm } from './form.ts';

const schema: Schema = {
  type: 'object',
  properties: {
    count: { type: 'integer' },
    tags: { type: 'array', items: { type: 'string' } },
    owner: { type: 'object', properties: { age: { type: 'integer' } } },
    rows: { type: 'array', items: { type: 'object', properties: { n: { type: 'integer' } } } },
  },
  additionalProperties: { type: 'integer' },
};
const media: Media = { type: 'application/x-www-form-urlencoded', schema, encoding: {}, examples: [] };
const reader = compileForm(media, {});
const read = (text: string): unknown => {
  const decoded = reader(text);
  return 'value' in decoded
    ? decoded.value
    : decoded.violations.map(({ in: place, pointer, rule }) => `${place} ${pointer} ${rule}`);
};

const fields = (count: number): string => Array.from({ length: count }, (_, index) => `f${index}=1`).join('&');

describe('a form', () => {
  it('is typed by its schema, additional fields included', () => {
    expect(read('count=4&tags=a+b&owner[age]=7&extra=9')).toEqual({
      count: 4,
      tags: ['a b'],
      owner: { age: 7 },
      extra: 9,
    });
  });

  it('is understood as senders write it: brackets for lists, JSON in a field', () => {
    expect(read('tags[]=a&tags[]=b')).toEqual({ tags: ['a', 'b'] });
    expect(read('tags[1]=b&tags[0]=a')).toEqual({ tags: ['a', 'b'] });
    expect(read('rows[0][n]=1&rows[1][n]=2')).toEqual({ rows: [{ n: 1 }, { n: 2 }] });
    expect(read(`owner=${encodeURIComponent('{"age":7}')}`)).toEqual({ owner: { age: 7 } });
    expect(read(`rows=${encodeURIComponent('{"n":1}')}`)).toEqual({ rows: [{ n: 1 }] });
    expect(read('free[tags][]=1&free[tags][]=2')).toEqual({ free: { tags: ['1', '2'] } });
  });

  it('with faults names the field: repeated, broken, a word where a list has numbers', () => {
    expect(read('count=1&count=2')).toEqual(['body /count repeated']);
    expect(read('count=%zz')).toEqual(['body /count malformed']);
    expect(read('owner[age]=1&owner[age]=2')).toEqual(['body /owner[age] repeated']);
    expect(read('rows[x][n]=1')).toEqual(['body /rows[x] malformed']);
    expect(read(`free${'[a]'.repeat(9)}=1`)).toEqual([`body /free${'[a]'.repeat(9)} malformed`]);
  });

  it('has at most 1,000 fields', () => {
    expect(Object.keys(read(fields(1000)) as object)).toHaveLength(1000);
    expect(read(fields(1001))).toEqual(['body  malformed']);
  });

  it('reaches no prototype', () => {
    const value = read('__proto__=1&free[__proto__]=2&constructor=3') as Record<string, object>;
    expect(Object.keys(value)).toEqual(['__proto__', 'free', 'constructor']);
    expect(Object.keys(value['free'] ?? {})).toEqual(['__proto__']);
  });
});
