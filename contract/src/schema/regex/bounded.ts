// Proof that a backtracking matcher needs time linear in the text: whatever was read, it can stand in few places, in
// few ways. All combinations of places and ways that some text can lead to are walked; their number must be small.

import { Automaton, Irregular, Large } from './automaton.ts';
import type { Piece, Ranges } from './parse.ts';

/** Ways a matcher may have read one text; the time is at most about so many steps for each letter. */
const mostWays = 32;
/** Bounds of the proof itself. */
const limits = { positions: 1000, open: 64, situations: 3000, steps: 300_000 } as const;

/** True only when the bound holds for every text. Takes a few milliseconds at most; usually microseconds. */
export function isBounded(pattern: Piece): boolean {
  try {
    return new Walk(new Automaton(pattern, { ...limits, lookAhead: true })).isBounded();
  } catch (error) {
    if (error instanceof Irregular || error instanceof Large) return false;
    throw error;
  }
}

/** In how many ways each position may have been reached, and whether an earlier start has matched for certain. */
interface Situation {
  ways: ReadonlyMap<number, number>;
  matched: boolean;
}

class Walk {
  readonly #automaton: Automaton;
  /** One code point for each kind of letter that the pattern tells apart. */
  readonly #samples: readonly number[];
  readonly #known = new Set<string>();
  readonly #waiting: Situation[] = [];
  #steps = 0;

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
    this.#samples = samplesOf(automaton.letters);
  }

  isBounded(): boolean {
    const { first, isNullable, hasAssertions } = this.#automaton;
    // What matches nothing matches at the first start, after all that the matcher tries there before.
    const matched = isNullable && !hasAssertions;
    if (!this.#meet(this.#next(first, { ways: new Map(), matched }))) return false;
    for (let situation = this.#waiting.pop(); situation; situation = this.#waiting.pop())
      if (!this.#meet(this.#after(situation))) return false;
    return true;
  }

  /** Notes situations; false when one of them, or all together, are too much. */
  #meet(situations: Iterable<Situation>): boolean {
    for (const situation of situations) {
      let total = 0;
      for (const count of situation.ways.values()) total += count;
      if (total > mostWays || this.#steps > limits.steps) return false;
      if (total === 0 && situation.matched) continue;
      const key = `${situation.matched ? '!' : ''}${[...situation.ways].toSorted((a, b) => a[0] - b[0]).join(' ')}`;
      if (this.#known.has(key)) continue;
      if (this.#known.size >= limits.situations) return false;
      this.#known.add(key);
      this.#waiting.push(situation);
    }
    return true;
  }

  #after(situation: Situation): Situation[] {
    const { edges, anchored, first } = this.#automaton;
    const ways = new Map<number, number>();
    for (const [from, count] of situation.ways)
      for (const [to, more] of edges[from] ?? []) ways.set(to, (ways.get(to) ?? 0) + count * more);
    // The search starts again at each letter, unless it is bound to the beginning or has found its match.
    if (!anchored && !situation.matched) for (const [to, more] of first) ways.set(to, (ways.get(to) ?? 0) + more);
    return this.#next(ways, situation);
  }

  /** The situations after one more letter, for each kind of letter. */
  #next(ways: ReadonlyMap<number, number>, before: Situation): Situation[] {
    const { letters, last, hasAssertions, hasProperties } = this.#automaton;
    const found: Situation[] = [];
    for (const sample of this.#samples) {
      const reached = new Map<number, number>();
      let matched = before.matched;
      for (const [position, count] of ways) {
        this.#steps += 1;
        if (!holds(letters[position] ?? [], sample)) continue;
        reached.set(position, count);
        matched ||= !hasAssertions && !hasProperties && last.has(position);
      }
      found.push({ ways: reached, matched });
    }
    return found;
  }
}

function holds(ranges: Ranges, code: number): boolean {
  return ranges.some(([low, high]) => code >= low && code <= high);
}

/** Code points that stand for all others: those in the same ranges. */
function samplesOf(letters: readonly Ranges[]): number[] {
  const distinct = [...new Map(letters.map((ranges) => [ranges.join(), ranges])).values()];
  const starts = new Set([0]);
  for (const ranges of distinct)
    for (const [low, high] of ranges) {
      starts.add(low);
      starts.add(high + 1);
    }
  const byMembership = new Map<string, number>();
  for (const start of starts) {
    if (start > 0x10ffff) continue;
    byMembership.set(distinct.map((ranges) => (holds(ranges, start) ? '1' : '0')).join(''), start);
  }
  return [...byMembership.values()];
}
