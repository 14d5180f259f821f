import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { patternSearch } from './pattern-search.ts';

const isInstalled = ((): boolean => {
  try {
    createRequire(import.meta.url).resolve('recheck/lib/browser.js');
    return true;
  } catch {
    return false;
  }
})();

it.skipIf(!isInstalled)(
  'finds a text that makes a pattern slow, and none where there is none',
  async () => {
    const search = await patternSearch();
    expect(search?.(String.raw`^(a+)+\1$`)).toMatchObject({
      verdict: 'vulnerable',
      attack: expect.stringContaining('repeat') as string,
    });
    expect(search?.(String.raw`^(["'])[a-z]{1,9}\1$`)).toMatchObject({ verdict: 'safe' });
  },
  20_000,
);
