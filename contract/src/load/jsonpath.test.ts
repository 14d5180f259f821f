// Cases of RFC 9535: its example tables, and what its grammar refuses.

import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../model/contract.ts';
import { compilePath, normalizedPath, PathFailure } from './jsonpath.ts';

const valuesOf = (path: string, root: JsonValue): JsonValue[] => compilePath(path)(root).map(({ value }) => value);
const placesOf = (path: string, root: JsonValue): string[] => compilePath(path)(root).map(normalizedPath);

const store: JsonValue = {
  store: {
    book: [
      { category: 'reference', author: 'Nigel Rees', title: 'Sayings of the Century', price: 8.95 },
      { category: 'fiction', author: 'Evelyn Waugh', title: 'Sword of Honour', price: 12.99 },
      { category: 'fiction', author: 'Herman Melville', title: 'Moby Dick', isbn: '0-553-21311-3', price: 8.99 },
      {
        category: 'fiction',
        author: 'J. R. R. Tolkien',
        title: 'The Lord of the Rings',
        isbn: '0-395-19395-8',
        price: 22.99,
      },
    ],
    bicycle: { color: 'red', price: 399 },
  },
};

describe('the book store', () => {
  it.each([
    ['$.store.book[*].author', [0, 1, 2, 3].map((at) => `$['store']['book'][${at}]['author']`)],
    ['$..author', [0, 1, 2, 3].map((at) => `$['store']['book'][${at}]['author']`)],
    ['$.store.*', ["$['store']['book']", "$['store']['bicycle']"]],
    ['$..book[2]', ["$['store']['book'][2]"]],
    ['$..book[2].publisher', []],
    ['$..book[-1]', ["$['store']['book'][3]"]],
    ['$..book[0,1]', ["$['store']['book'][0]", "$['store']['book'][1]"]],
    ['$..book[:2]', ["$['store']['book'][0]", "$['store']['book'][1]"]],
    ['$..book[?@.isbn]', ["$['store']['book'][2]", "$['store']['book'][3]"]],
    ['$..book[?@.price<10]', ["$['store']['book'][0]", "$['store']['book'][2]"]],
    [
      "$..book[?@.price < $.store.bicycle.price && @['category'] == 'fiction'].title",
      [1, 2, 3].map((at) => `$['store']['book'][${at}]['title']`),
    ],
  ])('%s', (path, places) => {
    expect(placesOf(path, store)).toEqual(places);
  });

  it('has 27 places below its root', () => {
    expect(valuesOf('$..*', store)).toHaveLength(27);
    expect(placesOf('$..price', store)).toHaveLength(5);
  });
});

const odd = { 'j j': { 'k.k': 3 }, "'": { '@': 2 }, 'a"b': 1, '\u000b': 4, '☺': 5 };
const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

describe('selectors', () => {
  it.each<[string, JsonValue, JsonValue[]]>([
    ['$', { k: 'v' }, [{ k: 'v' }]],
    ["$['j j']['k.k']", odd, [3]],
    ['$["j j"]["k.k"]', odd, [3]],
    ['$["\'"]["@"]', odd, [2]],
    [String.raw`$['\'']['@']`, odd, [2]],
    [String.raw`$["a\"b"]`, odd, [1]],
    [String.raw`$["\u263A"]`, odd, [5]],
    ['$.☺', odd, [5]],
    [String.raw`$["\uD83D\uDE00"]`, { '😀': 1 }, [1]],
    ['$.*', { o: { j: 1, k: 2 }, a: [5, 3] }, [{ j: 1, k: 2 }, [5, 3]]],
    ['$.o[*, *]', { o: { j: 1, k: 2 } }, [1, 2, 1, 2]],
    ['$[1]', ['a', 'b'], ['b']],
    ['$[-2]', ['a', 'b'], ['a']],
    ['$[2]', ['a', 'b'], []],
    ['$[0]', { 0: 'a' }, []],
    ['$.a', ['a'], []],
    ['$[1:3]', letters, ['b', 'c']],
    ['$[5:]', letters, ['f', 'g']],
    ['$[1:5:2]', letters, ['b', 'd']],
    ['$[5:1:-2]', letters, ['f', 'd']],
    ['$[::-1]', letters, ['g', 'f', 'e', 'd', 'c', 'b', 'a']],
    ['$[-2:]', letters, ['f', 'g']],
    ['$[:0:-1]', letters, ['g', 'f', 'e', 'd', 'c', 'b']],
    ['$[1:5:0]', letters, []],
    ['$[-100:100]', letters, letters],
    ['$[ 0 : 2 : 1 ]', letters, ['a', 'b']],
    ['$[0, 3]', letters, ['a', 'd']],
    ['$[0:2, 5]', letters, ['a', 'b', 'f']],
    ['$[0, 0]', letters, ['a', 'a']],
    ['$..j', { o: { j: 1, k: 2 }, a: [5, 3, [{ j: 4 }, { k: 6 }]] }, [1, 4]],
    ['$..[0]', { a: [5, 3, [{ j: 4 }, { k: 6 }]] }, [5, { j: 4 }]],
    ['$.a..[0, 1]', { a: [5, 3, [{ j: 4 }, { k: 6 }]] }, [5, 3, { j: 4 }, { k: 6 }]],
    ['$ .a\n[ "b" ]', { a: { b: 1 } }, [1]],
    ['$.constructor', {}, []],
    ['$.__proto__', JSON.parse('{"__proto__":1}') as JsonValue, [1]],
    // Not of the RFC: a hyphen inside a name, as overlays write it.
    ['$.x-own', { 'x-own': 1 }, [1]],
  ])('%s', (path, root, values) => {
    expect(valuesOf(path, root)).toEqual(values);
  });
});

const list: JsonValue[] = [3, 5, 1, 2, 4, 6, { b: 'j' }, { b: 'k' }, { b: {} }, { b: 'kilo' }];
const both: JsonValue = { a: list, o: { p: 1, q: 2, r: 3, s: 5, t: { u: 6 } }, e: 'f' };

describe('filters', () => {
  it.each<[string, JsonValue[]]>([
    ["$.a[?@.b == 'kilo']", [{ b: 'kilo' }]],
    ["$.a[?(@.b == 'kilo')]", [{ b: 'kilo' }]],
    ['$.a[?@>3.5]', [5, 4, 6]],
    ['$.a[?@.b]', [{ b: 'j' }, { b: 'k' }, { b: {} }, { b: 'kilo' }]],
    ['$[?@.*]', [list, (both as { o: JsonValue }).o]],
    ['$[?@[?@.b]]', [list]],
    ['$.o[?@<3, ?@<3]', [1, 2, 1, 2]],
    ["$.a[?@<2 || @.b == 'k']", [1, { b: 'k' }]],
    ["$.a[?match(@.b, '[jk]')]", [{ b: 'j' }, { b: 'k' }]],
    ["$.a[?search(@.b, '[jk]')]", [{ b: 'j' }, { b: 'k' }, { b: 'kilo' }]],
    ['$.o[?@>1 && @<4]', [2, 3]],
    ['$.o[?@.u || @.x]', [{ u: 6 }]],
    ['$.a[?@.b == $.x]', [3, 5, 1, 2, 4, 6]],
    ['$.a[?@ == @]', list],
    ['$.a[?!(@.b) && @ >= 5]', [5, 6]],
    ['$.a[?!@.b && @ <= 1]', [1]],
    ['$.a[?length(@.b) == 4]', [{ b: 'kilo' }]],
    ['$.a[?count(@.*) == 1]', [{ b: 'j' }, { b: 'k' }, { b: {} }, { b: 'kilo' }]],
    ["$.a[?value(@..b) == 'j']", [{ b: 'j' }]],
    ['$.a[?length(value(@.b)) > 1]', [{ b: 'kilo' }]],
    ["$.a[?match(@.b, '(?=k)k')]", []],
    ["$.a[?match(@.b, 'k{1}.l[^p]')]", [{ b: 'kilo' }]],
  ])('%s', (path, values) => {
    expect(valuesOf(path, both)).toEqual(values);
  });

  it.each<[string, boolean]>([
    ['$.absent1 == $.absent2', true],
    ['$.absent1 <= $.absent2', true],
    ["$.absent == 'g'", false],
    ['$.absent1 != $.absent2', false],
    ["$.absent != 'g'", true],
    ['1 <= 2', true],
    ['1 > 2', false],
    ["13 == '13'", false],
    ["'a' <= 'b'", true],
    ["'a' > 'b'", false],
    ['$.obj == $.arr', false],
    ['$.obj != $.arr', true],
    ['$.obj == $.obj', true],
    ['$.arr == $.arr', true],
    ['$.obj == 17', false],
    ['$.obj != 17', true],
    ['$.obj <= $.arr', false],
    ['$.obj < $.arr', false],
    ['$.obj <= $.obj', true],
    ['$.arr <= $.arr', true],
    ['1 <= $.arr', false],
    ['1 >= $.arr', false],
    ['true <= true', true],
    ['true > true', false],
    ['null == null', true],
    ['1e2 == 100', true],
    ['-0 == 0', true],
    ["'\u{10000}' > '\uFFFF'", true],
    ["length('😀') == 1", true],
  ])('%s is %s', (comparison, holds) => {
    const root: JsonValue = { obj: { x: 'y' }, arr: [2, 3], one: [0] };
    expect(valuesOf(`$.one[?${comparison}]`, root)).toHaveLength(holds ? 1 : 0);
  });
});

describe('what is no path', () => {
  it.each([
    '',
    ' $',
    '$ ',
    'a',
    '@.a',
    '$.',
    '$..',
    '$.1',
    '$. a',
    '$.a b',
    '$[',
    '$[]',
    '$["a"',
    '$[a]',
    '$[01]',
    '$[-0]',
    '$[1.0]',
    '$[9007199254740992]',
    '$["\u0001"]',
    String.raw`$["\x"]`,
    String.raw`$["\uD800"]`,
    String.raw`$['\"']`,
    '$[?]',
    '$[?1]',
    "$[?'a']",
    '$[?@.a = 1]',
    '$[?@.* == 1]',
    '$[?@..a == 1]',
    '$[?@[0:1] == 1]',
    '$[?length(@.a)]',
    '$[?count(1) == 1]',
    '$[?match(@.a) == true]',
    "$[?match(@.a, 'b') == true]",
    '$[?length(@.*) == 1]',
    '$[?nothing(@.a)]',
    '$[?length (@.a) == 1]',
    '$[?@.a == 01]',
    '$[?@.a == +1]',
    '$[?@.a == .1]',
    '$[?@.a == 1.]',
    '$[?@.a == TRUE]',
    '$[?(@.a]',
    '$[?!@.a == 1]',
    '$[?true]',
    '$[?@.a && ]',
    '$[1:2:3:4]',
    '$.a[*',
    '$...a',
  ])('%j', (path) => {
    expect(() => compilePath(path)).toThrow(PathFailure);
  });

  it('is too long, too deep, or leads to too much', () => {
    expect(() => compilePath(`$${'.a'.repeat(5000)}`)).toThrow('10,000 characters');
    expect(compilePath(`$[?${'('.repeat(31)}@.a${')'.repeat(31)}]`)([{ a: 1 }])).toHaveLength(1);
    expect(() => compilePath(`$[?${'('.repeat(32)}@.a${')'.repeat(32)}]`)).toThrow('32 levels');
    const many = Array.from({ length: 4000 }, () => 0);
    expect(() => compilePath('$[?count($.*) == 0]')(many)).toThrow('10,000,000');
  });

  it('says where it stops being one', () => {
    expect(() => compilePath('$.paths[')).toThrow('No JSONPath: expected a selector at character 9.');
  });
});

it('places with quotes and control signs have one normalized form', () => {
  expect(placesOf('$.*', { "it's": 1, 'a"b': 2, '\u000b\n\\': 3 })).toEqual([
    String.raw`$['it\'s']`,
    String.raw`$['a"b']`,
    String.raw`$['\u000b\n\\']`,
  ]);
});
