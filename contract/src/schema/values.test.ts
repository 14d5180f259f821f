import { describe, expect, it } from 'vitest';
import { canonical, codePoints, isAtLeast, isAtMost, isEqual, isUnique, multipleOf } from './values.ts';

describe('JSON values', () => {
  it('are equal by value: the order of members is free, the order of items is not', () => {
    expect(isEqual({ a: 1, b: [{}] }, { b: [{}], a: 1 })).toBe(true);
    expect(isEqual([1, 2], [2, 1])).toBe(false);
    expect(isEqual({ a: 1 }, { b: 1 })).toBe(false);
    expect(isEqual([], {})).toBe(false);
    expect(isEqual(JSON.parse('{"__proto__":1}'), {})).toBe(false);
  });

  it('are unique or not, in short lists and long ones alike', () => {
    const distinct = [0, '0', false, null, [], {}, [0], { a: 0 }];
    expect(isUnique(distinct)).toBe(true);
    expect(isUnique([...distinct, [1], '']).valueOf()).toBe(true);
    for (const value of distinct) {
      expect(isUnique([value, 'x', structuredClone(value)])).toBe(false);
      expect(isUnique([...distinct, 'x', structuredClone(value)])).toBe(false);
    }
    expect(isUnique([{ a: 1, b: 2 }, ...distinct, { b: 2, a: 1 }])).toBe(false);
    expect(isUnique([0, ...distinct.slice(1), 'x', -0])).toBe(false);
  });

  it('have one canonical text', () => {
    expect(canonical({ b: [1, -0], a: 'x"' })).toBe('{"a":"x\\"","b":[1,0]}');
  });

  it('are multiples as decimal numbers', () => {
    expect(multipleOf(0.1)(0.3)).toBe(true);
    expect(multipleOf(0.01)(19.99)).toBe(true);
    expect(multipleOf(0.01)(19.999)).toBe(false);
    expect(multipleOf(0.0001)(0.0075)).toBe(true);
    expect(multipleOf(0.01)(-4.35)).toBe(true);
    expect(multipleOf(2.5)(7.5)).toBe(true);
    expect(multipleOf(2.5)(7)).toBe(false);
    expect(multipleOf(3)(9e15)).toBe(true);
    expect(multipleOf(0.123456789)(1e308)).toBe(false);
    expect(multipleOf(1e-8)(12391239123)).toBe(true);
    expect(multipleOf(1e-300)(1e300)).toBe(true);
  });

  it('have a length in code points', () => {
    expect(codePoints('a😀\uD83D')).toBe(3);
    expect([isAtMost('😀😀', 2), isAtMost('😀😀', 1), isAtMost('ab', 2), isAtMost('abc', 2)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect([isAtLeast('😀😀', 2), isAtLeast('😀😀', 3), isAtLeast('abc', 3), isAtLeast('', 1)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});
