// A text that matches a pattern, by walking the pattern. Covers what contracts use: classes, groups, alternatives,
// counts, escapes, back-references. What it does not know it leaves out; the caller checks the result.

import type { Draw } from './draw.ts';

const digits = '0123456789';
const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = lower.toUpperCase();
const word = `${lower}${upper}${digits}_`;

/** Repetitions of an open count (`+`, `*`, `{2,}`) beyond its least. */
const openCount = 6;

/** Groups inside groups that are followed. */
const mostDepth = 40;
/** A walk ends after so many pieces: nested counts multiply. */
const mostSteps = 20_000;

/** A text made by walking `pattern`; open counts reach at least `least` letters where one alone can. */
export function matching(pattern: string, draw: Draw, least = 0): string {
  return new Walk(pattern, draw, Math.min(mostSteps, Math.max(openCount, least))).alternatives();
}

class Walk {
  readonly #text: string;
  readonly #draw: Draw;
  readonly #open: number;
  /** Text of each group by the place of its bracket, in order of first meeting: for back-references. */
  readonly #groups = new Map<number, string>();
  #at = 0;
  #depth = 0;
  #steps = 0;

  constructor(text: string, draw: Draw, open: number) {
    this.#text = text;
    this.#draw = draw;
    this.#open = open;
  }

  alternatives(): string {
    const branches = [''];
    while (this.#at < this.#text.length && this.#text[this.#at] !== ')') {
      if (this.#text[this.#at] === '|') {
        this.#at += 1;
        branches.push('');
      } else {
        branches[branches.length - 1] += this.#piece();
      }
    }
    return this.#draw.pick(branches);
  }

  #piece(): string {
    const start = this.#at;
    const first = this.#atom();
    const end = this.#at;
    const [least, most] = this.#count();
    const times = this.#draw.int(least, most);
    if (times === 1 || end === start) return first;
    const after = this.#at;
    let text = '';
    for (let index = 0; index < times && this.#steps < mostSteps; index++) {
      this.#at = start;
      text += this.#atom();
    }
    this.#at = Math.max(after, end);
    return text;
  }

  #count(): [number, number] {
    const sign = this.#text[this.#at];
    let range: [number, number] = [1, 1];
    if (sign === '?') range = [0, 1];
    else if (sign === '*') range = [this.#open > openCount ? this.#open : 0, this.#open];
    else if (sign === '+') range = [this.#open > openCount ? this.#open : 1, this.#open];
    else if (sign === '{') {
      const match = /^\{(\d+)(,(\d*))?\}/.exec(this.#text.slice(this.#at));
      if (!match) return range;
      const least = Number(match[1]);
      range = [
        least,
        match[2] === undefined ? least : match[3] === '' ? least + openCount : Math.max(least, Number(match[3])),
      ];
      this.#at += match[0].length - 1;
    } else return range;
    this.#at += 1;
    if (this.#text[this.#at] === '?') this.#at += 1;
    return [Math.min(range[0], mostSteps), Math.min(range[1], range[0] + 64, mostSteps)];
  }

  #atom(): string {
    this.#steps += 1;
    const sign = this.#text[this.#at++] ?? '';
    switch (sign) {
      case '^':
      case '$':
        return '';
      case '.':
        return this.#draw.letters(1, lower);
      case '(':
        return this.#group();
      case '[':
        return this.#class();
      case '\\':
        return this.#escape();
      default:
        return sign;
    }
  }

  #group(): string {
    const opening = /^\?(:|<?[=!]|<\w+>)/.exec(this.#text.slice(this.#at))?.[0] ?? '';
    this.#at += opening.length;
    const isLook = /[=!]$/.test(opening);
    const isKept = opening === '' || opening.endsWith('>');
    const place = this.#at;
    if (isKept && !this.#groups.has(place)) this.#groups.set(place, '');
    this.#depth += 1;
    if (this.#depth > mostDepth) this.#at = this.#text.length;
    const text = this.alternatives();
    this.#depth -= 1;
    this.#at += 1;
    if (isKept) this.#groups.set(place, text);
    return isLook ? '' : text;
  }

  #class(): string {
    const isNegated = this.#text[this.#at] === '^';
    if (isNegated) this.#at += 1;
    let members = '';
    while (this.#at < this.#text.length && (this.#text[this.#at] !== ']' || members === '')) {
      let sign = this.#text[this.#at++] ?? '';
      if (sign === '\\') {
        members += this.#escapeSet();
        continue;
      }
      if (this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']') {
        this.#at += 1;
        let last = this.#text[this.#at++] ?? sign;
        if (last === '\\') last = this.#text[this.#at++] ?? last;
        for (let code = sign.charCodeAt(0); code <= last.charCodeAt(0) && members.length < 512; code++)
          members += String.fromCharCode(code);
        sign = '';
      }
      members += sign;
    }
    this.#at += 1;
    const pool = isNegated
      ? `${word} -`
          .split('')
          .filter((letter) => !members.includes(letter))
          .join('')
      : members;
    return pool === '' ? '' : this.#draw.letters(1, pool);
  }

  #escape(): string {
    const next = this.#text[this.#at] ?? '';
    if (next === 'b' || next === 'B') {
      this.#at += 1;
      return '';
    }
    if (/[1-9]/.test(next)) {
      this.#at += 1;
      return [...this.#groups.values()][Number(next) - 1] ?? '';
    }
    const set = this.#escapeSet();
    return set === '' ? '' : this.#draw.letters(1, set);
  }

  #escapeSet(): string {
    const sign = this.#text[this.#at++] ?? '';
    const sets: Record<string, string> = {
      d: digits,
      w: word,
      s: ' ',
      D: lower,
      W: '-',
      S: lower,
      n: '\n',
      t: '\t',
      r: '\r',
    };
    if (sign === 'p' || sign === 'P') {
      const name = /^\{([^}]+)\}/.exec(this.#text.slice(this.#at));
      this.#at += name?.[0].length ?? 1;
      return name?.[1]?.startsWith('N') ? digits : name?.[1] === 'Lu' ? upper : lower;
    }
    if (sign === 'u' || sign === 'x') {
      const hex =
        new RegExp(sign === 'u' ? '^[0-9a-fA-F]{4}' : '^[0-9a-fA-F]{2}').exec(this.#text.slice(this.#at))?.[0] ?? '';
      this.#at += hex.length;
      return hex === '' ? sign : String.fromCharCode(Number.parseInt(hex, 16));
    }
    return sets[sign] ?? sign;
  }
}
