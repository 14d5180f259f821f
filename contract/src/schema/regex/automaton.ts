// The position automaton of a pattern (Glushkov): one state for each letter, and on each edge in how many ways a
// backtracking matcher can take it. Both proofs, of bounded and of exponential time, are read off it.

import type { Piece, Ranges } from './parse.ts';

/** Look-behind or a back-reference: not regular, or not bounded by its place. */
export class Irregular extends Error {}
export class Large extends Error {}

export interface AutomatonOptions {
  /** Most letters, copies of repetitions included; beyond, `Large` is thrown. */
  positions: number;
  /** A count above it stands for "any number". */
  open: number;
  /** Whether look-ahead is followed; else it is `Irregular`. */
  lookAhead: boolean;
}

type Ways = ReadonlyMap<number, number>;

interface Part {
  /** Ways to match nothing. */
  empty: number;
  first: Ways;
  last: Ways;
  /** Whether it can begin only where the text begins. */
  anchored: boolean;
}

const none: Ways = new Map();
const nothing: Part = { empty: 1, first: none, last: none, anchored: false };
/** Ways are counted up to here; more is too many anyway. */
const mostWays = 1_000_000;

export class Automaton {
  readonly letters: Ranges[] = [];
  readonly edges: Map<number, number>[] = [];
  readonly first: Ways;
  readonly last: Ways;
  readonly anchored: boolean;
  readonly isNullable: boolean;
  /** Assertions make a reached end uncertain. */
  hasAssertions = false;
  /** Unicode properties make letters wider than they are. */
  hasProperties = false;
  readonly #options: AutomatonOptions;

  constructor(pattern: Piece, options: AutomatonOptions) {
    this.#options = options;
    const { first, last, anchored, empty } = this.#part(pattern);
    this.first = first;
    this.last = last;
    this.anchored = anchored;
    this.isNullable = empty > 0;
  }

  #part(piece: Piece): Part {
    switch (piece.kind) {
      case 'letter': {
        if (this.letters.length >= this.#options.positions) throw new Large();
        const position = this.letters.push(piece.ranges) - 1;
        this.hasProperties ||= piece.properties.length > 0;
        this.edges.push(new Map());
        const here = new Map([[position, 1]]);
        return { empty: 0, first: here, last: here, anchored: false };
      }
      case 'assertion':
        this.hasAssertions = true;
        return { ...nothing, anchored: piece.sign === '^' };
      case 'sequence':
        return piece.pieces.reduce<Part>((whole, next) => this.#join(whole, this.#part(next)), nothing);
      case 'either':
        return piece.branches.map((branch) => this.#part(branch)).reduce(either);
      case 'repeat':
        return this.#repeat(piece);
      case 'look':
        return this.#look(piece);
      default:
        throw new Irregular();
    }
  }

  #join(left: Part, right: Part): Part {
    for (const [from, ways] of left.last) this.#connect(from, right.first, ways);
    return {
      empty: Math.min(left.empty * right.empty, mostWays),
      first: sum(left.first, right.first, left.empty),
      last: sum(right.last, left.last, right.empty),
      anchored: left.anchored || (left.first.size === 0 && right.anchored),
    };
  }

  #connect(from: number, targets: Ways, ways: number): void {
    const edges = this.edges[from];
    for (const [to, more] of targets) edges?.set(to, Math.min((edges.get(to) ?? 0) + ways * more, mostWays));
  }

  /** `x{2,4}` is `xx(x(x)?)?`: after each copy the matcher goes on or stops. */
  #repeat({ piece, least, most }: Extract<Piece, { kind: 'repeat' }>): Part {
    if (most === 0) return nothing;
    const { open } = this.#options;
    const isOpen = most > open;
    const copies = isOpen ? Math.min(least, open) : least;
    let whole = isOpen ? this.#star(piece) : this.#optional(piece, most - least);
    // Written from the end, so that each copy knows only what may follow it.
    for (let copy = 0; copy < copies; copy++) whole = this.#join(this.#part(piece), whole);
    return whole;
  }

  #star(piece: Piece): Part {
    const part = this.#part(piece);
    for (const [from, ways] of part.last) this.#connect(from, part.first, ways);
    return { ...part, empty: part.empty + 1, anchored: false };
  }

  #optional(piece: Piece, times: number): Part {
    let whole = nothing;
    for (let copy = 0; copy < times; copy++) {
      const part = this.#join(this.#part(piece), whole);
      whole = { ...part, empty: part.empty + 1, anchored: false };
    }
    return whole;
  }

  /** A look-ahead reads from where it stands, each time the matcher comes there, and then leads nowhere. */
  #look({ ahead, piece }: Extract<Piece, { kind: 'look' }>): Part {
    this.hasAssertions = true;
    if (!this.#options.lookAhead) throw new Irregular();
    if (!ahead) {
      if (!isShort(piece)) throw new Irregular();
      return nothing;
    }
    const { first, empty } = this.#part(piece);
    return { empty: 1 + empty, first, last: none, anchored: false };
  }
}

/** A look-behind of single letters costs the same everywhere. */
function isShort(piece: Piece): boolean {
  if (piece.kind === 'either') return piece.branches.every(isShort);
  if (piece.kind === 'sequence') return piece.pieces.length <= 8 && piece.pieces.every(isShort);
  return piece.kind === 'letter' || piece.kind === 'assertion';
}

function either(left: Part, right: Part): Part {
  return {
    empty: left.empty + right.empty,
    first: sum(left.first, right.first, 1),
    last: sum(left.last, right.last, 1),
    anchored: left.anchored && right.anchored,
  };
}

function sum(base: Ways, more: Ways, times: number): Ways {
  if (times === 0 || more.size === 0) return base;
  if (base.size === 0 && times === 1) return more;
  const ways = new Map(base);
  for (const [position, count] of more)
    ways.set(position, Math.min((ways.get(position) ?? 0) + count * times, mostWays));
  return ways;
}
