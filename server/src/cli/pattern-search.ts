// A search for texts that make a pattern slow, by recheck where it is installed. Only lint asks it: what serves runs what is
// proved, or runs in linear time (decision 0021).

import type { SearchedPattern, SearchPattern } from '@plinth/contract/linting';

/** Milliseconds for one pattern, and for all of a run together. */
const limits = { oneMs: 3_000, allMs: 30_000 } as const;
/** Letters of an attack that are shown. */
const shownLetters = 80;

/** The part of recheck that is used: its plain JavaScript build, without the native ones. */
interface Recheck {
  checkSync(
    source: string,
    flags: string,
    options: { timeout: number },
  ): {
    status: 'safe' | 'vulnerable' | 'unknown';
    complexity?: { type: string; summary: string };
    attack?: { pattern: string };
  };
}

/** undefined where recheck is not installed: then nothing is known of what is not proved. */
export async function patternSearch(): Promise<SearchPattern | undefined> {
  let recheck: Recheck;
  try {
    const name = 'recheck/lib/browser.js';
    recheck = ((await import(name)) as { default: Recheck }).default;
  } catch {
    return undefined;
  }
  const started = performance.now();
  return (pattern): SearchedPattern => {
    const left = limits.allMs - (performance.now() - started);
    if (left < limits.oneMs) return { verdict: 'unknown' };
    const { status, complexity, attack } = recheck.checkSync(pattern, 'u', { timeout: limits.oneMs });
    return {
      verdict: status,
      ...(complexity === undefined ? {} : { growth: complexity.summary.replace(/ \(fuzz\)$/, '') }),
      ...(attack === undefined ? {} : { attack: attack.pattern.slice(0, shownLetters) }),
    };
  };
}
