// Where a JSON text breaks. JSON.parse says what is wrong but, for most faults, not where; an author needs the line.

export interface JsonFault {
  /** Of the first character that cannot stand there; the text's length when it ends too early. */
  offset: number;
  /** The text nests deeper than was allowed; what is wrong behind that place is not looked for. */
  tooDeep: boolean;
}

/** Finds why a text is no JSON. */
export function jsonFault(text: string, maxDepth: number): JsonFault {
  const scan = new Scan(text, maxDepth);
  scan.space();
  if (scan.value()) scan.space();
  return { offset: scan.at, tooDeep: scan.tooDeep };
}

const literals = ['true', 'false', 'null'];
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
// eslint-disable-next-line no-control-regex -- JSON's strings hold no control characters: that is the fault looked for.
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const space = /[ \t\r\n]*/y;

class Scan {
  at = 0;
  tooDeep = false;
  #depth = 0;
  readonly #text: string;
  readonly #maxDepth: number;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  space(): void {
    this.#match(space);
  }

  value(): boolean {
    const letter = this.#text[this.at];
    if (letter === '{') return this.#members('}', () => this.#member());
    if (letter === '[') return this.#members(']', () => this.value());
    if (letter === '"') return this.#match(string);
    for (const word of literals) {
      if (!this.#text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return true;
    }
    return this.#match(number);
  }

  #member(): boolean {
    if (!this.#match(string)) return false;
    this.space();
    if (this.#text[this.at] !== ':') return false;
    this.at += 1;
    this.space();
    return this.value();
  }

  #members(end: string, one: () => boolean): boolean {
    if (++this.#depth > this.#maxDepth) {
      this.tooDeep = true;
      return false;
    }
    this.at += 1;
    this.space();
    for (let first = true; first || this.#text[this.at] !== end; first = false) {
      if (first && this.#text[this.at] === end) break;
      if (!first) {
        if (this.#text[this.at] !== ',') return false;
        this.at += 1;
        this.space();
      }
      if (!one()) return false;
      this.space();
    }
    this.at += 1;
    this.#depth -= 1;
    return true;
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.#text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }
}
