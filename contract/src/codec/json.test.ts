// Bounds of JSON bodies, each at its limit and one beyond, and the quick look that must never let more pass.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJsonText, isPlainJson, parseJson } from './json.ts';

// The numbers that callers are promised, not those of the code.
const [depth, members, numberLength, stringBytes] = [64, 10_000, 64, 262_144];
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const ruleOf = (text: string): string => {
  const parsed = parseJson(bytesOf(text));
  return 'rule' in parsed ? parsed.rule : 'fine';
};
const list = (count: number): string => `[${'0,'.repeat(count - 1)}0]`;

describe.each<[string, fits: string, tooMuch: string]>([
  ['levels of arrays', '['.repeat(depth) + ']'.repeat(depth), '['.repeat(depth + 1) + ']'.repeat(depth + 1)],
  [
    'levels of objects',
    `${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}`,
    `${'{"a":'.repeat(depth + 1)}0${'}'.repeat(depth + 1)}`,
  ],
  ['items', list(members), list(members + 1)],
  [
    'members',
    `{${Array.from({ length: members }, (_, n) => `"${n}":0`).join()}}`,
    `{${Array.from({ length: members + 1 }, (_, n) => `"${n}":0`).join()}}`,
  ],
  ['letters of a number', '1'.repeat(numberLength), '1'.repeat(numberLength + 1)],
  ['letters of a number in a list', `[${'1'.repeat(numberLength)}]`, `[${'1'.repeat(numberLength + 1)}]`],
  ['letters of an exponent', `1e${'1'.repeat(numberLength - 2)}`, `1e${'1'.repeat(numberLength - 1)}`],
  ['bytes of a text', `"${'a'.repeat(stringBytes)}"`, `"${'a'.repeat(stringBytes + 1)}"`],
  ['bytes of letters of two bytes', `"${'ä'.repeat(stringBytes / 2)}"`, `"${'ä'.repeat(stringBytes / 2)}a"`],
  ['bytes of a name', `{"${'a'.repeat(stringBytes)}":0}`, `{"${'a'.repeat(stringBytes + 1)}":0}`],
])('%s', (_, fits, tooMuch) => {
  it('may be as many as the bound says, and no more', () => {
    expect([ruleOf(fits), ruleOf(tooMuch)]).toEqual(['fine', 'json-not-acceptable']);
  });
});

it.each([
  ['U+0000', '"a\\u0000"', 'json-not-acceptable'],
  ['U+0000 in a name', '{"\\u0000":1}', 'json-not-acceptable'],
  ['a backslash before u0000', '"\\\\u0000"', 'fine'],
  ['U+0001', '"\\u0001"', 'fine'],
  ['a pair', '"\\ud83d\\ude00\\uD83D\\uDE00"', 'fine'],
  ['the first half at the end', '"\\ud83d"', 'json-not-acceptable'],
  ['the first half before another character', '"\\ud83d\\n"', 'json-not-acceptable'],
  ['the halves apart', '"\\ud83d \\ude00"', 'json-not-acceptable'],
  ['the halves in two texts', '["\\ud83d","\\ude00"]', 'json-not-acceptable'],
  ['the halves the wrong way round', '"\\ude00\\ud83d"', 'json-not-acceptable'],
  ['the first half twice', '"\\ud83d\\ud83d\\ude00"', 'json-not-acceptable'],
  ['the second half alone', '"\\ude00"', 'json-not-acceptable'],
])('a text with %s', (_, text, rule) => {
  expect(ruleOf(text)).toBe(rule);
});

it.each([
  '__proto__',
  String.raw`\u005f_proto__`,
  String.raw`__pr\u006Fto__`,
  String.raw`\u005f\u005fproto\u005f\u005f`,
])('a member named %s is refused, a text is not, nor what only begins alike', (name) => {
  expect(ruleOf(`{"a":[{"${name}" : 1}]}`)).toBe('json-not-acceptable');
  expect(ruleOf(`{"a":"${name}"}`)).toBe('fine');
  expect(ruleOf(`{"${name}_":1,"_${name}":1,"constructor":1,"prototype":1}`)).toBe('fine');
});

it('the quick look lets nothing pass that the whole one refuses', () => {
  const piece = fc.oneof(
    fc.constantFrom('[', ']', '{', '}', ',', ':', '"', '\\', '__proto__', '"__proto__":', '-', 'e', '.', '0', ' '),
    fc.integer({ min: 1, max: 80 }).map((count) => '7'.repeat(count)),
    fc.integer({ min: 1, max: 70 }).map((count) => '['.repeat(count)),
  );
  const isAgreed = fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
    const text = pieces.join('');
    return !isPlainJson(text) || checkJsonText(bytesOf(text)) === undefined;
  });
  expect(fc.check(isAgreed, { seed: 1, numRuns: 5_000 }).counterexample).toBeNull();
});
