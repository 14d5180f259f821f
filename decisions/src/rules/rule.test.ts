import { describe, expect, it } from 'vitest';
import { RuleFault } from './lex.ts';
import { compileRule, type Scope } from './rule.ts';

const scope: Scope = { profile: { orders: 3, country: 'SE', tags: ['coffee'], arrears: 0 }, context: { task: 'shop' } };
const test = (text: string) => compileRule(text).test(scope);

describe('a rule', () => {
  it('passes when everything it asks for holds', () => {
    expect(test("profile.orders >= 2 && profile.country in ['SE', 'DE'] && !(profile.arrears > 0)")).toEqual({
      passes: true,
    });
    expect(test("size(profile.tags) == 1 && 'coffee' in profile.tags")).toEqual({ passes: true });
    expect(test('1 + 2 * 3 == 7')).toEqual({ passes: true });
    expect(test('')).toEqual({ passes: true });
  });

  it('names the smallest part that failed, with the values it saw', () => {
    expect(test("profile.country == 'SE' && profile.orders > 5")).toEqual({
      passes: false,
      because: 'needs profile.orders > 5, but profile.orders is 3',
    });
  });

  it('does not pass on what is missing, and names it; what is decided without it is decided', () => {
    expect(test('profile.age > 18')).toEqual({ passes: false, because: 'profile.age is not known' });
    expect(test('profile.age > 18 || profile.orders == 3')).toEqual({ passes: true });
    expect(test('profile.age > 18 && profile.orders == 4')).toEqual({
      passes: false,
      because: 'needs profile.orders == 4, but profile.orders is 3',
    });
    expect(test('has(profile.age)').passes).toBe(false);
    expect(test('profile.orders / 0 == 1').passes).toBe(false);
  });

  it('is printed the same however often it is read', () => {
    for (const text of [
      '(profile.a || profile.b) && !context.c == true',
      'profile.x - (1 - 2) > 3 * (4 + 5)',
      "size(profile.y) in [1, 2] || context.z != 'it\\'s'",
    ]) {
      const once = compileRule(text).text;
      expect(compileRule(once).text).toBe(once);
    }
  });

  it.each([
    ['profile.orders >', 'ends too early'],
    ['profile.orders == 3 4', 'should end'],
    ['order.total > 3', 'not known'],
    ['eval(profile.x)', 'no function'],
    ['profile.x @ 3', 'no meaning'],
    [`${'('.repeat(40)}true${')'.repeat(40)}`, 'deeper'],
  ])('refuses %s with the place', (text, says) => {
    expect(() => compileRule(text)).toThrow(RuleFault);
    expect(() => compileRule(text)).toThrow(says);
  });
});
