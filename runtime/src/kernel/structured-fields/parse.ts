// Structured Field Values for HTTP, from text (RFC 9651, section 4.2). A field that is not wholly right is not there:
// every function gives undefined for it.

import {
  type BareItem,
  DateItem,
  Decimal,
  type Dictionary,
  DisplayString,
  type InnerList,
  type Item,
  type List,
  type Member,
  mostInteger,
  type Parameters,
  Token,
} from './values.ts';

class Unreadable extends Error {}

/** @param text the field's lines, joined with `, `. */
export function parseItem(text: string): Item | undefined {
  return whole(text, (reader) => reader.item());
}

export function parseList(text: string): List | undefined {
  return whole(text, (reader) => reader.list());
}

export function parseDictionary(text: string): Dictionary | undefined {
  return whole(text, (reader) => reader.dictionary());
}

function whole<T>(text: string, read: (reader: Reader) => T): T | undefined {
  const reader = new Reader(text);
  try {
    reader.skip(' ');
    const value = read(reader);
    reader.skip(' ');
    return reader.isAtEnd ? value : undefined;
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

/** One field. Each method reads its part at the present place, or throws Unreadable. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  skip(characters: string): void {
    while (!this.isAtEnd && characters.includes(this.#peek())) this.#at += 1;
  }

  list(): Member[] {
    const members: Member[] = [];
    while (!this.isAtEnd) {
      members.push(this.#member());
      if (!this.#nextMember()) break;
    }
    return members;
  }

  dictionary(): Map<string, Member> {
    const members = new Map<string, Member>();
    while (!this.isAtEnd) {
      const key = this.#key();
      const member = this.#take('=') ? this.#member() : { value: true, params: this.#parameters() };
      // The last of a name counts, and stands where the first stood.
      members.set(key, member);
      if (!this.#nextMember()) break;
    }
    return members;
  }

  item(): Item {
    return { value: this.#bareItem(), params: this.#parameters() };
  }

  /** True when another member follows the comma; a comma at the end is refused. */
  #nextMember(): boolean {
    this.skip(' \t');
    if (this.isAtEnd) return false;
    this.#expect(',');
    this.skip(' \t');
    if (this.isAtEnd) throw new Unreadable();
    return true;
  }

  #member(): Member {
    return this.#peek() === '(' ? this.#innerList() : this.item();
  }

  #innerList(): InnerList {
    this.#expect('(');
    const items: Item[] = [];
    for (;;) {
      this.skip(' ');
      if (this.#take(')')) return { items, params: this.#parameters() };
      items.push(this.item());
      if (this.#peek() !== ' ' && this.#peek() !== ')') throw new Unreadable();
    }
  }

  #parameters(): Parameters {
    const params = new Map<string, BareItem>();
    while (this.#take(';')) {
      this.skip(' ');
      const key = this.#key();
      params.set(key, this.#take('=') ? this.#bareItem() : true);
    }
    return params;
  }

  #bareItem(): BareItem {
    const first = this.#peek();
    if (first === '"') return this.#string();
    if (first === ':') return this.#bytes();
    if (first === '?') return this.#match(/\?[01]/y) === '?1';
    if (first === '@') return this.#date();
    if (first === '%') return this.#displayString();
    if (first === '-' || (first >= '0' && first <= '9')) return this.#number();
    return new Token(this.#match(/[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*/y));
  }

  #number(): number | Decimal {
    const text = this.#match(/-?\d+(?:\.\d*)?/y);
    const [whole = '', fraction] = text.replace('-', '').split('.');
    if (fraction === undefined) {
      if (whole.length > 15) throw new Unreadable();
      return Number(text) + 0;
    }
    if (whole.length > 12 || fraction.length === 0 || fraction.length > 3) throw new Unreadable();
    return new Decimal(Number(text));
  }

  #string(): string {
    return this.#match(/"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/y)
      .slice(1, -1)
      .replaceAll(/\\(["\\])/g, '$1');
  }

  #bytes(): Uint8Array {
    const text = this.#match(/:[A-Za-z0-9+/]*={0,2}:/y).slice(1, -1);
    if (text.replaceAll('=', '').length % 4 === 1) throw new Unreadable();
    return Buffer.from(text, 'base64');
  }

  #date(): DateItem {
    this.#expect('@');
    const seconds = this.#number();
    if (typeof seconds !== 'number' || Math.abs(seconds) > mostInteger) throw new Unreadable();
    return new DateItem(seconds);
  }

  #displayString(): DisplayString {
    const text = this.#match(/%"(?:[\x20\x21\x23\x24\x26-\x7e]|%[0-9a-f]{2})*"/y).slice(2, -1);
    try {
      return new DisplayString(decodeURIComponent(text));
    } catch {
      // Its bytes are no UTF-8.
      throw new Unreadable();
    }
  }

  #key(): string {
    return this.#match(/[a-z*][a-z0-9_\-.*]*/y);
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw new Unreadable();
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) throw new Unreadable();
    this.#at += found.length;
    return found;
  }
}
