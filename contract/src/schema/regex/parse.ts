// ECMAScript patterns as trees. The engine has read the pattern before: what is parsed here is well-formed.

/** Code points, both ends included. */
export type Ranges = readonly (readonly [low: number, high: number])[];

/** One letter of a kind. `ranges` may be wider than the pattern where `\p{…}` stands in it. */
export interface Letter {
  kind: 'letter';
  ranges: Ranges;
  /** Unicode properties beside the ranges of `written`; the whole may be negated. */
  properties: readonly string[];
  written: Ranges;
  negated: boolean;
}

export type Piece =
  | Letter
  | { kind: 'assertion'; sign: '^' | '$' | 'b' | 'B' }
  | { kind: 'sequence'; pieces: readonly Piece[] }
  | { kind: 'either'; branches: readonly Piece[] }
  | { kind: 'repeat'; piece: Piece; least: number; most: number }
  | { kind: 'look'; ahead: boolean; negated: boolean; piece: Piece }
  | { kind: 'back-reference' };

const any: Ranges = [[0, 0x10ffff]];
const lineEnds: Ranges = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
];
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
    [0x1680, 0x1680],
    [0x2000, 0x200a],
    [0x2028, 0x2029],
    [0x202f, 0x202f],
    [0x205f, 0x205f],
    [0x3000, 0x3000],
    [0xfeff, 0xfeff],
  ],
};
const controls: Record<string, number> = { n: 10, r: 13, t: 9, v: 11, f: 12, '0': 0 };

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

/** The tree of a well-formed pattern. */
export function parsePattern(pattern: string): Piece {
  return new Parser(pattern).parse();
}

interface Members {
  ranges: Ranges;
  properties: readonly string[];
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(pattern: string) {
    this.#text = pattern;
  }

  parse(): Piece {
    return this.#alternatives();
  }

  #alternatives(): Piece {
    const branches = [this.#sequence()];
    while (this.#text[this.#at] === '|') {
      this.#at += 1;
      branches.push(this.#sequence());
    }
    return branches.length === 1 ? (branches[0] as Piece) : { kind: 'either', branches };
  }

  #sequence(): Piece {
    const pieces: Piece[] = [];
    while (this.#at < this.#text.length && !'|)'.includes(this.#text[this.#at] ?? '')) pieces.push(this.#piece());
    return pieces.length === 1 ? (pieces[0] as Piece) : { kind: 'sequence', pieces };
  }

  #piece(): Piece {
    const piece = this.#atom();
    const match = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/.exec(this.#text.slice(this.#at, this.#at + 32));
    if (!match) return piece;
    this.#at += match[0].length;
    const [, sign, from, comma, to] = match;
    if (sign !== undefined)
      return { kind: 'repeat', piece, least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Number.POSITIVE_INFINITY };
    const least = Number(from);
    const most = comma === undefined ? least : to === '' ? Number.POSITIVE_INFINITY : Number(to);
    return { kind: 'repeat', piece, least, most };
  }

  #atom(): Piece {
    const sign = this.#text[this.#at] ?? '';
    if (sign === '(') return this.#group();
    if (sign === '[') return this.#class();
    if (sign === '^' || sign === '$') {
      this.#at += 1;
      return { kind: 'assertion', sign };
    }
    if (sign === '\\') return this.#escaped();
    if (sign === '.') {
      this.#at += 1;
      return letter({ ranges: lineEnds, properties: [] }, true);
    }
    return letter({ ranges: this.#literal(), properties: [] }, false);
  }

  #literal(): Ranges {
    const code = this.#text.codePointAt(this.#at) ?? 0;
    this.#at += String.fromCodePoint(code).length;
    return [[code, code]];
  }

  #group(): Piece {
    const opening = /^\((?:\?(?:[:=!]|<[=!]|<[^>=!][^>]*>|[a-z-]+:))?/.exec(this.#text.slice(this.#at))?.[0] ?? '(';
    this.#at += opening.length;
    const piece = this.#alternatives();
    this.#at += 1;
    // Flags inside a pattern change what letters mean.
    if (/^\(\?[a-z-]+:$/.test(opening)) return { kind: 'back-reference' };
    if (!/[=!]$/.test(opening)) return piece;
    return { kind: 'look', ahead: !opening.includes('<'), negated: opening.endsWith('!'), piece };
  }

  #escaped(): Piece {
    const next = this.#text[this.#at + 1] ?? '';
    if (next === 'b' || next === 'B') {
      this.#at += 2;
      return { kind: 'assertion', sign: next };
    }
    if (/[1-9k]/.test(next)) {
      this.#at += 2;
      return { kind: 'back-reference' };
    }
    return letter(this.#escape(), false);
  }

  #escape(): Members {
    const match =
      /^\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|c([A-Za-z])|([pP])\{([^}]*)\}|[^])/u.exec(
        this.#text.slice(this.#at, this.#at + 64),
      );
    const written = match?.[0] ?? '\\';
    this.#at += written.length;
    const hex = match?.[1] ?? match?.[2] ?? match?.[3];
    if (hex !== undefined) return { ranges: this.#pair(Number.parseInt(hex, 16)), properties: [] };
    if (match?.[4] !== undefined) {
      const code = match[4].charCodeAt(0) % 32;
      return { ranges: [[code, code]], properties: [] };
    }
    if (match?.[5] !== undefined) return { ranges: [], properties: [`\\${match[5]}{${match[6]}}`] };
    const name = written.slice(1);
    const set = sets[name.toLowerCase()];
    if (set && /^[dwsDWS]$/.test(name))
      return { ranges: name === name.toLowerCase() ? set : inverse(set), properties: [] };
    const code = controls[name] ?? name.codePointAt(0) ?? 92;
    return { ranges: [[code, code]], properties: [] };
  }

  /** Two escaped halves of a pair are one code point. */
  #pair(high: number): Ranges {
    const low = /^\\u(d[c-f][0-9a-f]{2})/i.exec(this.#text.slice(this.#at, this.#at + 6))?.[1];
    if (high < 0xd800 || high > 0xdbff || low === undefined) return [[high, high]];
    this.#at += 6;
    const code = (high - 0xd800) * 0x400 + (Number.parseInt(low, 16) - 0xdc00) + 0x10000;
    return [[code, code]];
  }

  #class(): Piece {
    this.#at += 1;
    const negated = this.#text[this.#at] === '^';
    if (negated) this.#at += 1;
    const ranges: (readonly [number, number])[] = [];
    const properties: string[] = [];
    while (this.#at < this.#text.length && this.#text[this.#at] !== ']') {
      const low = this.#member();
      properties.push(...low.properties);
      const single = low.ranges.length === 1 && low.ranges[0]?.[0] === low.ranges[0]?.[1];
      if (!single || this.#text[this.#at] !== '-' || this.#text[this.#at + 1] === ']') {
        ranges.push(...low.ranges);
        continue;
      }
      this.#at += 1;
      const high = this.#member();
      properties.push(...high.properties);
      const [from, to] = [low.ranges[0]?.[0] ?? 0, high.ranges.at(-1)?.[1] ?? 0];
      // Without `u`, a set at the end of a range makes the hyphen a letter.
      if (high.ranges.length === 1 && from <= to) ranges.push([from, to]);
      else ranges.push([from, from], [45, 45], ...high.ranges);
    }
    this.#at += 1;
    return letter({ ranges, properties }, negated);
  }

  #member(): Members {
    if (this.#text[this.#at] !== '\\') return { ranges: this.#literal(), properties: [] };
    if (this.#text[this.#at + 1] !== 'b') return this.#escape();
    this.#at += 2;
    return { ranges: [[8, 8]], properties: [] };
  }
}

function letter({ ranges, properties }: Members, negated: boolean): Letter {
  const own = negated ? inverse(ranges) : ranges;
  // What a property holds is left to the engine: here it may be anything.
  return { kind: 'letter', ranges: properties.length > 0 ? any : own, properties, written: ranges, negated };
}

/** Every code point that is not in the ranges. */
export function inverse(ranges: Ranges): Ranges {
  const found: [number, number][] = [];
  let from = 0;
  for (const [low, high] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (low > from) found.push([from, low - 1]);
    from = Math.max(from, high + 1);
  }
  if (from <= 0x10ffff) found.push([from, 0x10ffff]);
  return found;
}
