import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import { checkJsonText, isPlainJson } from './json.ts';
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

const check = (value: string): string | undefined => checkJsonText(new TextEncoder().encode(value))?.reason;

describe('parameters that are typed already', () => {
  it('are judged in the words of those that are read, and filled in alike', () => {
    const both = [reader.check({ id: 7, limit: 500, nobody: 1, body: {} }), read('limit=500&nobody=1')] as const;
    expect(both[0].violations).toEqual(both[1].violations);
    expect(both[0].violations.map(({ rule }) => rule)).toEqual(['maximum', 'unknown-parameter']);
    const none = reader.read({ path: {}, query: '', header: () => undefined });
    expect(reader.check({}).violations).toEqual(none.violations);
    expect(reader.check({ id: 7, q: null })).toEqual({ values: { id: 7, limit: 25 }, violations: [] });
    const odd = [reader.check({ id: 7, filter: { mni: 1 } }), read('filter[mni]=1')];
    expect(odd.map(({ violations }) => violations.map(({ pointer, rule }) => [pointer, rule]))).toEqual([
      [['/filter/mni', 'unknown-property']],
      [['/filter/mni', 'unknown-property']],
    ]);
  });

  it('are not repeated where they are of people', () => {
    const param = { ...operation.params.find(({ name }) => name === 'limit'), policy: { sensitivity: 'pii' } } as never;
    const { violations } = compileParams({ ...operation, params: [param] }, contract.document).check({ limit: 12_345 });
    expect(violations).toMatchObject([{ pointer: '/limit', rule: 'maximum' }]);
    expect(JSON.stringify(violations)).not.toContain('12345');
  });
});

describe('the pre-scan of a JSON text', () => {
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

  it('minds __proto__ as a name only', () => {
    expect(check(String.raw`{"a": "__proto__", "b": ["__proto__"]}`)).toBeUndefined();
    expect(check('{"__proto__" \n : 1}')).toContain('__proto__');
    expect(check(String.raw`{"\u005F\u005fproto\u005f_":1}`)).toContain('__proto__');
  });
});

describe('the glance at a JSON text', () => {
  it('passes ordinary bodies and only what the scan would pass', () => {
    expect(isPlainJson('{"lines":[{"sku":"KETTLE-17","quantity":2}],"note":"Grüße"}')).toBe(true);
    const near = fc.constantFrom(
      '{',
      '[',
      ']',
      '}',
      '"',
      '\\',
      ',',
      ':',
      '1',
      '1'.repeat(33),
      '"__proto__":',
      'x',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(near, { maxLength: 300 }), (parts) => {
        const text = parts.join('');
        return !isPlainJson(text) || check(text) === undefined;
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });

  it('leaves each bound to the scan', () => {
    expect(isPlainJson('['.repeat(65))).toBe(false);
    expect(isPlainJson('{"a":'.repeat(65))).toBe(false);
    for (let before = 0; before < 66; before++)
      expect(isPlainJson(`${' '.repeat(before)}${'1'.repeat(65)}`)).toBe(false);
    expect(isPlainJson(` ${'1'.repeat(64)}`)).toBe(true);
    expect(isPlainJson('{"__proto__":1}')).toBe(false);
    expect(isPlainJson(String.raw`{"\u005f_proto__":1}`)).toBe(false);
    expect(isPlainJson(`"${'x'.repeat(10_000)}"`)).toBe(false);
  });
});

const styles = `
openapi: 3.1.0
info: { title: T, version: 1.0.0 }
x-plinth: { capability: t }
paths:
  /b/{ids}:
    get:
      operationId: getB
      parameters:
        - { name: ids, in: path, required: true, schema: { type: array, items: { type: integer } } }
        - { name: flat, in: query, explode: false, schema: { type: object, properties: { x: { type: integer }, y: { type: string } } } }
        - { name: spread, in: query, schema: { type: object, properties: { from: { type: integer }, to: { type: integer } } } }
        - { name: pipe, in: query, style: pipeDelimited, explode: false, schema: { type: array, items: { type: string } } }
        - { name: space, in: query, style: spaceDelimited, explode: false, schema: { type: array, items: { type: string } } }
        - { name: deep, in: query, style: deepObject, schema: { $ref: '#/components/schemas/Deep' } }
        - { name: any, in: query, style: deepObject, schema: { type: object, additionalProperties: true } }
        - { name: json, in: query, content: { application/json: { schema: { type: object, properties: { a: { type: integer } } } } } }
        - { name: list, in: query, schema: { type: array, items: { type: string }, default: [] } }
        - { name: count, in: query, schema: { type: integer } }
        - { name: phone, in: query, schema: { type: string, maxLength: 5 }, x-plinth: { sensitivity: pii } }
        - { name: session, in: cookie, schema: { type: string } }
      responses: {}
components:
  schemas:
    Deep:
      type: object
      properties:
        min: { type: integer }
        inner: { type: object, properties: { on: { type: boolean } } }
        tags: { type: array, items: { type: integer } }
        rows: { type: array, items: { type: object, properties: { n: { type: integer } } } }
`;
const second = (await load('t.yaml', { read: async () => styles })).contract;
const [getB] = second?.operations ?? [];
if (!second || !getB) throw new Error('the test contract must load');
const readerB = compileParams(getB, second.document);
const readB = (query: string, cookie?: string) =>
  readerB.read({ path: { ids: '1' }, query, header: () => undefined, ...(cookie === undefined ? {} : { cookie }) });
const faults = (query: string): string[] => readB(query).violations.map(({ pointer, rule }) => `${pointer} ${rule}`);

describe('each style', () => {
  it('comes back as it was after encoding', () => {
    const input = {
      ids: [1, 2],
      flat: { x: 1, y: 'a,b&c' },
      spread: { from: 1, to: 2 },
      // A literal `|` cannot travel here: its encoded form is the delimiter.
      pipe: ['a', 'b,c'],
      space: ['a', 'b'],
      deep: { min: 1, inner: { on: true }, tags: [1, 2], rows: [{ n: 1 }, { n: 2 }] },
      any: { 'a b': 'c' },
      json: { a: 1 },
      list: ['x y', 'z'],
      count: 0,
      session: 's1',
    };
    const { path, query, headers } = encodeParams(getB, input);
    const ids = decodeURIComponent(path.slice('/b/'.length));
    const back = readerB.read({ path: { ids }, query: query.slice(1), header: (name) => headers[name] });
    expect(back.violations).toEqual([]);
    expect(back.values).toEqual(input);
  });
});

describe('what senders should not do', () => {
  it('is told: repetition, unknown members, bare deep objects, broken or unstorable text', () => {
    expect(faults('deep[min]=1&deep[min]=2')).toEqual(['/deep[min] repeated']);
    expect(faults('deep[mni]=1')).toEqual(['/deep/mni unknown-property']);
    expect(faults('deep=1')).toEqual(['/deep form']);
    expect(faults('from=1&from=2')).toEqual(['/from repeated']);
    expect(faults('form=1')).toEqual(['/form unknown-parameter']);
    expect(faults('count[]=1')).toEqual(['/count[] unknown-parameter']);
    expect(faults('list=%00')).toEqual(['/list malformed']);
    expect(faults(`any${'[a]'.repeat(9)}=1`)).toHaveLength(1);
    expect(faults(Array.from({ length: 500 }, (_, index) => `zzzz${index}=1`).join('&'))).toHaveLength(50);
  });

  it('does not lose digits silently', () => {
    expect(faults('count=99999999999999999999')).toEqual(['/count type']);
    expect(faults('count=1e999')).toEqual(['/count type']);
    expect(readB('count=9007199254740991').values['count']).toBe(9_007_199_254_740_991);
  });

  it('does not reach prototypes, other calls, or messages', () => {
    const { any } = readB('any[__proto__]=1&any[constructor]=2').values as { any: object };
    expect(Object.keys(any)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(any)).toBeNull();
    (readB('').values['list'] as string[]).push('mine');
    expect(readB('').values['list']).toEqual([]);
    const [fault] = readB('phone=0123456789').violations;
    expect(fault).toMatchObject({ pointer: '/phone', rule: 'maxLength' });
    expect(fault).not.toHaveProperty('actual');
  });

  it('does not matter in cookies: only the named one is read', () => {
    expect(readB('', 'a=1; session=s1; b=2').values['session']).toBe('s1');
  });
});
