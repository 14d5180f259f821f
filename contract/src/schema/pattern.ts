// Which engine runs a pattern of a contract. A text of 50,000 letters must not hold up the process, so the engine of
// JavaScript, which backtracks, gets only what is proved to stay linear.

import { RE2JS } from 're2js';
import type { Matcher } from './ir.ts';
import { isBounded } from './regex/bounded.ts';
import { linearForm } from './regex/linear.ts';
import { parsePattern } from './regex/parse.ts';

/**
 * `proved`: run by the JavaScript engine. `linear`: run by RE2. `refused`: neither can be, so it is not enforced.
 * `invalid`: no ECMAScript pattern.
 */
export type PatternVerdict = 'proved' | 'linear' | 'refused' | 'invalid';

interface Judged {
  verdict: PatternVerdict;
  matcher: Matcher | undefined;
}

const judged = new Map<string, Judged>();
/** Patterns that are remembered, and letters of one that is looked at. */
const limits = { remembered: 5000, length: 4000 } as const;

/** What becomes of a pattern. Takes microseconds for usual patterns, milliseconds at most; remembered. */
export function patternVerdict(pattern: string): PatternVerdict {
  return judge(pattern).verdict;
}

/** The matcher of a pattern; undefined when it is not enforced. */
export function matcherOf(pattern: string): Matcher | undefined {
  return judge(pattern).matcher;
}

function judge(pattern: string): Judged {
  let known = judged.get(pattern);
  if (!known) {
    known = newlyJudged(pattern);
    if (judged.size < limits.remembered) judged.set(pattern, known);
  }
  return known;
}

function newlyJudged(pattern: string): Judged {
  const regex = regexOf(pattern);
  if (!regex) return { verdict: 'invalid', matcher: undefined };
  if (pattern.length > limits.length) return { verdict: 'refused', matcher: undefined };
  const tree = parsePattern(pattern);
  if (isBounded(tree)) {
    return { verdict: 'proved', matcher: { source: pattern, fits: (text) => regex.test(text), regex } };
  }
  const form = linearForm(tree);
  if (form === undefined) return { verdict: 'refused', matcher: undefined };
  return { verdict: 'linear', matcher: { source: pattern, fits: linearTest(form), linear: form } };
}

/** Tests texts with RE2, which is made ready at the first. */
export function linearTest(form: string): (text: string) => boolean {
  let regex: RE2JS | undefined;
  return (text) => (regex ??= RE2JS.compile(form)).test(text);
}

/** ECMA-262 with `u`; retried without. */
function regexOf(pattern: string): RegExp | undefined {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(pattern, flags);
    } catch {
      // The next attempt is more lenient.
    }
  }
  return undefined;
}
