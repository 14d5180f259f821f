import type { Matcher } from './ir.ts';

export function matcherOf(pattern: string): Matcher | undefined {
  for (const flags of ['u', '']) {
    try {
      const regex = new RegExp(pattern, flags);
      return { source: pattern, fits: (text) => regex.test(text), regex };
    } catch {
      // The next attempt is more lenient.
    }
  }
  return undefined;
}
