// The worst match of accepted patterns on texts of 50,000 letters that are made to mislead them.

import { matcherOf } from '../../contract/src/schema/pattern.ts';

const letters = 50_000;
const patterns: readonly [pattern: string, pieces: readonly string[]][] = [
  ['^(a+)+$', ['a']],
  ['^(\\w+\\s?)*$', ['a', 'a ']],
  ['^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$', ['a', '.', '.a', 'a@']],
  ['(x+x+)+y', ['x']],
  ['[a-z]+\\d', ['a']],
  ['^([a-z0-9]+-)*[a-z0-9]+$', ['a', 'a-']],
  ['^[a-z]([a-z0-9-]*[a-z0-9])?$', ['a', 'a-', '-']],
  ['^(?=.*[A-Z])(?=.*\\d).{8,}$', ['a', 'A']],
  ['^(?!.*--)[a-z-]+$', ['a', 'a-']],
  ['^(a|b|ab)*z', ['ab', 'a']],
  ['\\d{3}-\\d{4}', ['1', '12-', '123-']],
  ['^.{0,1000}$', ['a', '😀']],
];

/** Milliseconds of the slowest match, once the engine is warm. */
export function patternFigures(): { patternWorstMs: number } {
  let worst = 0;
  for (const [pattern, pieces] of patterns) {
    const matcher = matcherOf(pattern);
    if (!matcher) continue;
    for (const piece of pieces) {
      const text = piece.repeat(letters / piece.length).padEnd(letters, '!');
      for (const hostile of [text, `${text.slice(0, -1)}!`, `a@${text.slice(2, -1)}@`])
        worst = Math.max(
          worst,
          fastest(() => matcher.fits(hostile)),
        );
    }
  }
  return { patternWorstMs: Number(worst.toFixed(2)) };
}

/** The best of ten: the machine's own noise is not the pattern's. */
function fastest(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 10; turn++) {
    const started = performance.now();
    work();
    best = Math.min(best, performance.now() - started);
  }
  return best;
}
