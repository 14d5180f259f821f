import { describe, expect, it } from 'vitest';
import { readSource, sourceFiles } from './source.ts';
import { checkHandlers, checkTidy } from './tidy.ts';

describe('the style rules', () => {
  it('hold for every source file', () => {
    expect(checkTidy(sourceFiles())).toEqual([]);
  });

  it('hold for every handler folder', () => {
    expect(checkHandlers()).toEqual([]);
  });

  const planted: readonly [file: string, text: string, rule: string][] = [
    ['capabilities/orders/order.ts', 'const at = Date.now();', 'no-clock-or-chance'],
    ['decisions/src/decide.ts', 'const p = Math.random();', 'no-clock-or-chance'],
    ['runtime/src/kernel/x.ts', 'const p = process.env.PORT;', 'no-environment'],
    ['contract/src/a.test.ts', "it.skip('a', () => {});", 'no-skipped-tests'],
    ['contract/src/a.test.ts', "vi.mock('./a.ts');", 'no-mocked-modules'],
    ['contract/src/a.ts', 'const a = 1; // TODO later', 'no-leftovers'],
    ['contract/src/utils/a.ts', 'export const a = 1;', 'folder-name'],
  ];
  it.each(planted)('catch a planted violation in %s: %s', (file, text, rule) => {
    const found = checkTidy([readSource(file, text)]);
    expect(found.map((entry) => entry.message).join()).toContain(rule);
  });
});
