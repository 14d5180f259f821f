import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stylesheet } from './src/tokens/stylesheet.ts';

test('the style sheet is the one printed from the tokens', () => {
  expect(readFileSync(new URL('src/tokens.css', import.meta.url), 'utf8')).toBe(stylesheet());
});
