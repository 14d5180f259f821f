// Whether a pattern can take exponential time in a backtracking matcher: its position automaton is searched for a
// place that can be left and met again in two ways over the same text. A sound "yes" for what is parsed; look-around
// and back-references are told apart as `irregular`.

import { Automaton, Irregular, Large } from './automaton.ts';
import { isPattern, parsePattern, type Ranges } from './parse.ts';

/** `invalid` is no ECMAScript pattern at all. */
export type RegexVerdict = 'linear' | 'irregular' | 'invalid' | 'exponential' | 'large';

/** Positions of one pattern; a count above `open` stands for "any number". */
const limits = { positions: 300, open: 10, length: 2000 } as const;

const verdicts = new Map<string, RegexVerdict>();
const mostVerdicts = 5000;

/** The verdict over a pattern (ECMA-262, `u` or not). At most 2,000 characters and 300 positions; beyond: `large`. */
export function judgePattern(pattern: string): RegexVerdict {
  const known = verdicts.get(pattern);
  if (known !== undefined) return known;
  const verdict = judge(pattern);
  if (verdicts.size < mostVerdicts) verdicts.set(pattern, verdict);
  return verdict;
}

function judge(pattern: string): RegexVerdict {
  if (!isPattern(pattern)) return 'invalid';
  // Nothing repeats without end, so nothing repeats in two ways.
  if (!/[*+]|\{\d+,|\{\d\d/.test(pattern)) return /\(\?<?[=!]|\\[1-9k]/.test(pattern) ? 'irregular' : 'linear';
  if (pattern.length > limits.length) return 'large';
  try {
    const automaton = new Automaton(parsePattern(pattern), { ...limits, lookAhead: false });
    return isExponential(automaton) ? 'exponential' : 'linear';
  } catch (error) {
    if (error instanceof Irregular) return 'irregular';
    if (error instanceof Large) return 'large';
    throw error;
  }
}

/** Two different ways from a state back to itself over one text: looked for in the automaton's square. */
function isExponential(automaton: Automaton): boolean {
  const reached = automaton.edges.map((_, state) => reaches(automaton, state));
  return automaton.edges.some((_, state) => {
    const around = reached[state];
    if (!around?.has(state)) return false;
    const circle = new Set([...around].filter((other) => reached[other]?.has(state)));
    return isTwice(automaton, circle) || splits(automaton, state, circle);
  });
}

function reaches({ edges }: Automaton, from: number): Set<number> {
  const seen = new Set<number>();
  const queue = [from];
  for (let next = queue.pop(); next !== undefined; next = queue.pop())
    for (const target of edges[next]?.keys() ?? []) {
      if (seen.has(target)) continue;
      seen.add(target);
      queue.push(target);
    }
  return seen;
}

/** An edge that arises twice inside a circle: `(a*)*`. */
function isTwice({ edges }: Automaton, circle: ReadonlySet<number>): boolean {
  return [...circle].some((from) => [...(edges[from] ?? [])].some(([to, times]) => times > 1 && circle.has(to)));
}

function splits(automaton: Automaton, state: number, circle: ReadonlySet<number>): boolean {
  const seen = new Set<number>();
  const queue: [number, number][] = [[state, state]];
  const size = automaton.letters.length;
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const [left, right] of steps(automaton, next, circle)) {
      // Off the diagonal and back on it.
      if (next[0] !== next[1] && left === state && right === state) return true;
      const pair = left * size + right;
      if (left === right || seen.has(pair)) continue;
      seen.add(pair);
      queue.push([left, right]);
    }
  }
  return false;
}

/** Where two readers of one text can go next, inside the circle. */
function steps(
  { edges, letters }: Automaton,
  [one, other]: readonly [number, number],
  circle: ReadonlySet<number>,
): [number, number][] {
  const inside = (state: number): number[] => [...(edges[state]?.keys() ?? [])].filter((to) => circle.has(to));
  return inside(one).flatMap((left) =>
    inside(other).flatMap((right): [number, number][] =>
      meet(letters[left] ?? [], letters[right] ?? []) ? [[left, right]] : [],
    ),
  );
}

function meet(a: Ranges, b: Ranges): boolean {
  return a.some(([low, high]) => b.some(([from, to]) => low <= to && from <= high));
}
