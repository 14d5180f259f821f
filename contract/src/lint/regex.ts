// Whether a pattern can take exponential time in a backtracking matcher: the position automaton of the pattern is
// searched for a place that can be left and met again in two ways over the same text. A sound "yes" for what is
// parsed; look-around and back-references are not regular and are told apart as `irregular`.

/** `exponential` carries a piece of text that repeats the trap; `invalid` is no ECMAScript pattern at all. */
export type RegexVerdict = 'linear' | 'irregular' | 'invalid' | 'exponential' | 'large';

/** Positions of one pattern; a count above `open` stands for "any number". */
const limits = { positions: 300, open: 10, length: 2000 } as const;

type Ranges = readonly (readonly [low: number, high: number])[];

interface Part {
  nullable: boolean;
  first: readonly number[];
  last: readonly number[];
}

const empty: Part = { nullable: true, first: [], last: [] };
const any: Ranges = [[0, 0x10ffff]];
const sets: Record<string, Ranges> = {
  d: [[48, 57]],
  w: [
    [48, 57],
    [65, 90],
    [95, 95],
    [97, 122],
  ],
  s: [
    [9, 13],
    [32, 32],
    [160, 160],
    [0x2028, 0x2029],
  ],
};
const controls: Record<string, number> = { n: 10, r: 13, t: 9, v: 11, f: 12, '0': 0 };

class Irregular extends Error {}
class Large extends Error {}

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
    const automaton = new Automaton(pattern);
    return automaton.isExponential() ? 'exponential' : 'linear';
  } catch (error) {
    if (error instanceof Irregular) return 'irregular';
    if (error instanceof Large) return 'large';
    throw error;
  }
}

/** True when ECMAScript reads it, with or without `u`. */
export function isPattern(pattern: string): boolean {
  return ['u', ''].some((flags) => {
    try {
      return new RegExp(pattern, flags).source !== '';
    } catch {
      return false;
    }
  });
}

/** The position automaton (Glushkov): one state for each letter of the pattern, edges with how often they arise. */
class Automaton {
  readonly #text: string;
  #at = 0;
  readonly #letters: Ranges[] = [];
  readonly #edges: Map<number, number>[] = [];

  constructor(pattern: string) {
    this.#text = pattern;
    this.#alternatives();
  }

  #alternatives(): Part {
    let whole = this.#sequence();
    while (this.#text[this.#at] === '|') {
      this.#at += 1;
      const branch = this.#sequence();
      whole = {
        nullable: whole.nullable || branch.nullable,
        first: [...whole.first, ...branch.first],
        last: [...whole.last, ...branch.last],
      };
    }
    return whole;
  }

  #sequence(): Part {
    let whole = empty;
    while (this.#at < this.#text.length && !'|)'.includes(this.#text[this.#at] ?? ''))
      whole = this.#join(whole, this.#piece());
    return whole;
  }

  #join(left: Part, right: Part): Part {
    this.#connect(left.last, right.first);
    return {
      nullable: left.nullable && right.nullable,
      first: left.nullable ? [...left.first, ...right.first] : left.first,
      last: right.nullable ? [...left.last, ...right.last] : right.last,
    };
  }

  #connect(from: readonly number[], to: readonly number[]): void {
    for (const source of from)
      for (const target of to) {
        const edges = this.#edges[source] as Map<number, number>;
        edges.set(target, (edges.get(target) ?? 0) + 1);
      }
  }

  #piece(): Part {
    const start = this.#at;
    const atom = this.#atom();
    const end = this.#at;
    const count = this.#count();
    if (count === undefined) return atom;
    const [least, most] = count;
    const again = (): Part => {
      const after = this.#at;
      this.#at = start;
      const copy = this.#atom();
      this.#at = after;
      return copy;
    };
    if (end === start || most === 0) return empty;
    let whole = atom;
    // `{2,5}` is written out; from ten on it behaves like "any number".
    const copies = most > limits.open ? Math.min(least, limits.open) : most;
    for (let number = 1; number < copies; number++) {
      const copy = again();
      whole = this.#join(whole, number >= least ? { ...copy, nullable: true } : copy);
    }
    if (most > limits.open) this.#connect(whole.last, whole.first);
    return least === 0 ? { ...whole, nullable: true } : whole;
  }

  #count(): [least: number, most: number] | undefined {
    const match = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/.exec(this.#text.slice(this.#at, this.#at + 24));
    if (!match) return undefined;
    this.#at += match[0].length;
    if (match[1] !== undefined) return match[1] === '*' ? [0, Infinity] : match[1] === '+' ? [1, Infinity] : [0, 1];
    const least = Number(match[2]);
    return [least, match[3] === undefined ? least : match[4] === '' ? Infinity : Number(match[4])];
  }

  #atom(): Part {
    const letter = this.#text[this.#at] ?? '';
    if (letter === '(') return this.#group();
    if (letter === '[') return this.#letter(this.#class());
    if (letter === '^' || letter === '$') {
      this.#at += 1;
      return empty;
    }
    if (letter === '\\') {
      const escaped = this.#escape();
      return escaped === undefined ? empty : this.#letter(escaped);
    }
    const code = this.#text.codePointAt(this.#at) ?? 0;
    this.#at += String.fromCodePoint(code).length;
    return this.#letter(letter === '.' ? any : [[code, code]]);
  }

  #group(): Part {
    const opening = /^\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?/.exec(this.#text.slice(this.#at))?.[0] ?? '(';
    if (/[=!]$/.test(opening)) throw new Irregular();
    this.#at += opening.length;
    const inside = this.#alternatives();
    this.#at += 1;
    return inside;
  }

  #letter(ranges: Ranges): Part {
    if (this.#letters.length >= limits.positions) throw new Large();
    const position = this.#letters.push(ranges) - 1;
    this.#edges.push(new Map());
    return { nullable: false, first: [position], last: [position] };
  }

  /** Ranges of an escape; undefined for one that takes no letter (`\b`). */
  #escape(): Ranges | undefined {
    const match = /^\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|c[A-Za-z]|[pP]\{[^}]*\}|[^])/.exec(
      this.#text.slice(this.#at, this.#at + 64),
    );
    const written = match?.[0] ?? '\\';
    this.#at += written.length;
    const hex = match?.[1] ?? match?.[2] ?? match?.[3];
    if (hex !== undefined) return [[Number.parseInt(hex, 16), Number.parseInt(hex, 16)]];
    const name = written[1] ?? '\\';
    if (/[1-9k]/.test(name)) throw new Irregular();
    if (name === 'b' || name === 'B') return undefined;
    if (/[pP]/.test(name)) return any;
    if (/[DWS]/.test(name)) return inverse(sets[name.toLowerCase()] ?? any);
    const code = controls[name] ?? name.codePointAt(0) ?? 0;
    return sets[name] ?? [[code, code]];
  }

  #class(): Ranges {
    this.#at += 1;
    const negated = this.#text[this.#at] === '^';
    if (negated) this.#at += 1;
    const ranges: [number, number][] = [];
    while (this.#at < this.#text.length && this.#text[this.#at] !== ']') {
      const low = this.#member();
      const upTo = this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']' && low.length === 1;
      if (!upTo) {
        ranges.push(...low.map(([from, to]): [number, number] => [from, to]));
        continue;
      }
      this.#at += 1;
      ranges.push([low[0]?.[0] ?? 0, this.#member().at(-1)?.[1] ?? 0]);
    }
    this.#at += 1;
    return negated ? inverse(ranges) : ranges;
  }

  #member(): Ranges {
    if (this.#text[this.#at] === '\\') return this.#escape() ?? [[8, 8]];
    const code = this.#text.codePointAt(this.#at) ?? 0;
    this.#at += String.fromCodePoint(code).length;
    return [[code, code]];
  }

  /** Two different ways from a state back to itself over one text: looked for in the automaton's square. */
  isExponential(): boolean {
    const size = this.#letters.length;
    const reaches = (from: number): Set<number> => {
      const seen = new Set<number>();
      const queue = [from];
      for (let next = queue.pop(); next !== undefined; next = queue.pop())
        for (const target of this.#edges[next]?.keys() ?? []) {
          if (seen.has(target)) continue;
          seen.add(target);
          queue.push(target);
        }
      return seen;
    };
    for (let state = 0; state < size; state++) {
      const around = reaches(state);
      if (!around.has(state)) continue;
      const circle = new Set([...around].filter((other) => reaches(other).has(state)));
      if (this.#twice(circle) || this.#splits(state, circle)) return true;
    }
    return false;
  }

  /** An edge that arises twice inside a circle: `(a*)*`. */
  #twice(circle: ReadonlySet<number>): boolean {
    return [...circle].some((from) =>
      [...(this.#edges[from] ?? [])].some(([to, times]) => times > 1 && circle.has(to)),
    );
  }

  #splits(state: number, circle: ReadonlySet<number>): boolean {
    const seen = new Set<number>();
    const queue: [number, number][] = [[state, state]];
    const size = this.#letters.length;
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const [left, right] of this.#steps(next, circle)) {
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
  #steps([one, other]: readonly [number, number], circle: ReadonlySet<number>): [number, number][] {
    const inside = (state: number): number[] => [...(this.#edges[state]?.keys() ?? [])].filter((to) => circle.has(to));
    return inside(one).flatMap((left) =>
      inside(other).flatMap((right): [number, number][] =>
        meet(this.#letters[left] ?? any, this.#letters[right] ?? any) ? [[left, right]] : [],
      ),
    );
  }
}

function meet(a: Ranges, b: Ranges): boolean {
  return a.some(([low, high]) => b.some(([from, to]) => low <= to && from <= high));
}

function inverse(ranges: Ranges): Ranges {
  const found: [number, number][] = [];
  let from = 0;
  for (const [low, high] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (low > from) found.push([from, low - 1]);
    from = Math.max(from, high + 1);
  }
  if (from <= 0x10ffff) found.push([from, 0x10ffff]);
  return found;
}
