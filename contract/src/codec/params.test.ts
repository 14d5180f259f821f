import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import { checkJsonText } from './json.ts';
import { compileParams, encodeParams } from './params.ts';

const text = `
openapi: 3.1.0
info: { title: T, version: 1.0.0 }
x-plinth: { capability: t }
paths:
  /a/{id}:
    get:
      operationId: getA
      parameters:
        - { name: id, in: path, required: true, schema: { type: integer } }
        - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 100, default: 25 } }
        - { name: q, in: query, schema: { type: string } }
        - { name: tag, in: query, schema: { type: array, items: { type: string } } }
        - { name: ids, in: query, explode: false, schema: { type: array, items: { type: integer } } }
        - { name: filter, in: query, style: deepObject, schema: { type: object, properties: { min: { type: integer } } } }
        - { name: X-Count, in: header, schema: { type: integer } }
      responses: {}
`;
const { contract } = await load('t.yaml', { read: async () => text });
const operation = contract?.operations[0];
if (!contract || !operation) throw new Error('the test contract must load');
const reader = compileParams(operation, contract.document);
const read = (query: string, id = '7', header?: string) => reader.read({ path: { id }, query, header: () => header });

describe('parameters', () => {
  it('are typed by their schema from exact spellings, with defaults filled in', () => {
    expect(read('q=a+b%26c&tag=x&tag=y&ids=1,2&filter[min]=3', '7', '9').values).toEqual({
      id: 7,
      limit: 25,
      q: 'a b&c',
      tag: ['x', 'y'],
      ids: [1, 2],
      filter: { min: 3 },
      'X-Count': 9,
    });
    for (const wrong of ['01', '0x1', '1.5', 'TRUE'])
      expect(read('', wrong).violations).toMatchObject([{ in: 'path', pointer: '/id', rule: 'type' }]);
  });

  it('are refused when unknown, repeated or out of bounds', () => {
    expect(read('limt=5').violations).toMatchObject([
      { pointer: '/limt', message: 'Is not known here. Did you mean `limit`?' },
    ]);
    expect(read('limit=5&limit=6').violations).toMatchObject([{ pointer: '/limit', rule: 'repeated' }]);
    expect(read('limit=500').violations).toMatchObject([{ pointer: '/limit', message: 'Must be 100 or less.' }]);
    expect(read('q=%zz').violations).toMatchObject([{ pointer: '/q', rule: 'malformed' }]);
  });

  it('come back as they were after encoding', () => {
    const input = { id: 7, limit: 5, q: 'a b&c=d', tag: ['x', 'y,z'], ids: [1, 2], filter: { min: 3 } };
    const encoded = encodeParams(operation, input);
    expect(encoded.path).toBe('/a/7');
    expect(reader.read({ path: { id: '7' }, query: encoded.query.slice(1), header: () => undefined }).values).toEqual(
      input,
    );
  });
});

describe('the pre-scan of a JSON text', () => {
  const check = (value: string): string | undefined => checkJsonText(new TextEncoder().encode(value))?.reason;

  it('lets ordinary bodies pass at each bound and refuses one more', () => {
    expect(check(`${'['.repeat(64)}${']'.repeat(64)}`)).toBeUndefined();
    expect(check('['.repeat(65))).toContain('deeper');
    expect(check(`[${'1'.repeat(64)}]`)).toBeUndefined();
    expect(check(`[${'1'.repeat(65)}]`)).toContain('number');
    expect(check(`[${'1,'.repeat(10_001)}1]`)).toContain('members');
  });

  it('sees __proto__ in any escaping, and brackets in texts as text', () => {
    expect(check(String.raw`{"__proto__":1}`)).toContain('__proto__');
    expect(check(String.raw`{"\u005f_proto__":1}`)).toContain('__proto__');
    expect(check(JSON.stringify({ a: '['.repeat(100), b: 'a "quoted" [' }))).toBeUndefined();
  });
});
