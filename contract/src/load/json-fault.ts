// Where a JSON text breaks. JSON.parse says what is wrong but, for most faults, not where; an author needs the line.

/** Offset of the first character that cannot stand there; the text's length when it ends too early. */
export function jsonFault(text: string): number {
  const scan = new Scan(text);
  scan.space();
  if (!scan.value()) return scan.at;
  scan.space();
  return scan.at;
}

const literals = ['true', 'false', 'null'];
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
// eslint-disable-next-line no-control-regex -- JSON's strings hold no control characters: that is the fault looked for.
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const space = /[ \t\r\n]*/y;

/** Deeper than this the place of the fault no longer matters: the load refuses such a text anyway. */
const maxDepth = 1000;

class Scan {
  at = 0;
  #depth = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
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
    if (++this.#depth > maxDepth) return false;
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
