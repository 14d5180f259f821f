import { describe, expect, it } from 'vitest';
import { compileMapping, type IdLink, type MappingParts, Unmapped } from './mapping.ts';

const parts: MappingParts = {
  direction: 'in',
  states: { s: { ours: '', theirs: '', in: { A: 'a' }, out: { a: 'A' } } },
  ids: { thing: { prefix: 'thg' } },
  shapes: { node: { /* A shape may hold itself. */ '/name': '/n', '/children': { from: '/c', each: 'node' } } },
};
const map = (mapping: Parameters<typeof compileMapping>[0], source: unknown, links: IdLink[] = []): unknown =>
  compileMapping(mapping, parts)(source, links);

describe('a mapping', () => {
  it('fills pointers and names from pointers, constants and defaults, and leaves out what is not there', () => {
    const source = { a: { b: [1, 2] }, 'x/y': 3, nothing: null };
    expect(
      map(
        { '/p/q': '/a/b/1', name: '/x~1y', '/k': { constant: { z: 1 } }, '/d': { from: '/no', default: null } },
        source,
      ),
    ).toEqual({
      p: { q: 2 },
      name: 3,
      k: { z: 1 },
      d: null,
    });
    expect(map({ '/a': '/no', '/b': { from: '/no', or: '/x~1y' }, '/n': '/nothing' }, source)).toEqual({
      b: 3,
      n: null,
    });
  });

  it('takes a default for null, too, a pointer as RFC 6901 has it, and for a list nothing else', () => {
    expect(map({ '/a': { from: '/n', default: 0 }, '/b': '/x~01', '/~01': '/n' }, { n: null, 'x~1': 5 })).toEqual({
      a: 0,
      b: 5,
      '~1': null,
    });
    for (const c of [{}, 'text', null])
      expect(() => map({ '/c': { from: '/c', each: 'node' } }, { c })).toThrow(new Unmapped('/c is no list'));
  });

  it('makes each constant anew: what becomes of one answer is nothing to the next', () => {
    const constant = compileMapping({ '/k': { constant: { z: [1] } } }, parts);
    const [one, other] = [constant({}, []), constant({}, [])] as { k: { z: number[] } }[];
    one?.k.z.push(2);
    expect([other, constant({}, [])]).toEqual([{ k: { z: [1] } }, { k: { z: [1] } }]);
  });

  it('turns texts into whole numbers and back, exactly or not at all', () => {
    expect(map({ a: { from: '/t', as: 'integer' }, b: { from: '/n', as: 'text' } }, { t: '-1200', n: 99 })).toEqual({
      a: -1200,
      b: '99',
    });
    for (const t of ['1.5', '', '1e3', '9007199254740993', ' 1', {}])
      expect(() => map({ a: { from: '/t', as: 'integer' } }, { t })).toThrow(Unmapped);
  });

  it('knows the states of its map and no other', () => {
    expect(map({ s: { from: '/s', state: 's' } }, { s: 'A' })).toEqual({ s: 'a' });
    for (const s of ['B', 'constructor', 1, null])
      expect(() => map({ s: { from: '/s', state: 's' } }, { s })).toThrow(Unmapped);
  });

  it('reaches no inherited member, and follows shapes that hold themselves', () => {
    expect(map({ a: '/constructor/name', b: '/__proto__' }, {})).toEqual({});
    expect(map({ '/t': { from: '', shape: 'node' } }, { n: 1, c: [{ n: 2, c: [] }] })).toEqual({
      t: { name: 1, children: [{ name: 2, children: [] }] },
    });
  });

  it('collects ids with the thing they stand in', () => {
    const links: IdLink[] = [];
    const source = { nr: 7, owner: 'me' };
    const made = map({ '/x/id': { from: '/nr', id: 'thing' } }, source, links);
    expect(links).toMatchObject([{ object: 'thing', value: '7', source }]);
    links[0]?.put('thg_1');
    expect(made).toEqual({ x: { id: 'thg_1' } });
    expect(() => map({ '/id': { from: '/o', id: 'thing' } }, { o: {} })).toThrow(Unmapped);
  });
});
