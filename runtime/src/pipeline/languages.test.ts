import { expect, it } from 'vitest';
import { wantedLanguage } from './languages.ts';

const there = new Map(['de', 'fr', 'pt-br', 'zh-hant'].map((tag) => [tag, true]));

it.each([
  ['de', 'de'],
  ['DE', 'de'],
  ['de-AT', 'de'],
  ['de-CH-1996', 'de'],
  ['zh-Hant-TW', 'zh-hant'],
  ['pt-BR', 'pt-br'],
  ['pt', undefined],
  ['zh-Hans', undefined],
  // The one wanted most, not the first one.
  ['fr;q=0.5, de;q=0.9', 'de'],
  ['fr;q=0.5, de ; q=0.501', 'de'],
  // As browsers send it; of equal weights the first.
  ['de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7', 'de'],
  ['en-US,en;q=0.9,de;q=0.8', undefined],
  ['fr, de', 'fr'],
  // What is not there is passed over.
  ['nl, it;q=0.9, fr;q=0.1', 'fr'],
  ['nl', undefined],
  // Anything: the original.
  ['*', undefined],
  ['nl, *;q=0.5, de;q=0.1', undefined],
  // Refused, or not to be read.
  ['de;q=0', undefined],
  ['de;q=0.000, fr;q=0.001', 'fr'],
  ['de;q=2, fr;q=0.1', 'fr'],
  ['de;level=1', undefined],
  [`de-${'a'.repeat(32)}`, 'de'],
  [`de-${'a'.repeat(33)}`, undefined],
  ['', undefined],
  [',;,-,--,de', 'de'],
])('%s → %s', (field, language) => {
  expect(wantedLanguage(field, there)).toBe(language);
});

const others = (count: number): string => Array.from({ length: count }, (_, n) => `x${n}`).join(',');

it('looks at twenty entries and no more', () => {
  expect(wantedLanguage(`${others(19)},de`, there)).toBe('de');
  expect(wantedLanguage(`${others(20)},de`, there)).toBeUndefined();
});
