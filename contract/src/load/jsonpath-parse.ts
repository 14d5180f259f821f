// JSONPath (RFC 9535) → a small tree. The grammar is followed to the letter, with one tolerance: a hyphen may stand inside
// a name after a dot (`$.info.x-owner`), as overlays have been written since before the RFC.

import type { JsonValue } from '../model/contract.ts';

export type Selector =
  | { is: 'name'; name: string }
  | { is: 'wildcard' }
  | { is: 'index'; index: number }
  | { is: 'slice'; start?: number; end?: number; step: number }
  | { is: 'filter'; test: Test };

export interface Segment {
  descendants: boolean;
  selectors: Selector[];
}

export interface Query {
  is: 'query';
  /** `@` instead of `$`. */
  relative: boolean;
  segments: Segment[];
}

export type Operator = '==' | '!=' | '<=' | '>=' | '<' | '>';

export type Test =
  | { is: 'or' | 'and'; parts: Test[] }
  | { is: 'not'; of: Test }
  | { is: 'compare'; operator: Operator; left: Operand; right: Operand }
  | Query
  | Call;

export interface Call {
  is: 'call';
  name: FunctionName;
  args: Operand[];
}

export type Operand = { is: 'literal'; value: JsonValue } | Query | Call;

export type FunctionName = 'length' | 'count' | 'match' | 'search' | 'value';

/** What each function takes (a value or nodes) and gives (a value or a verdict); RFC 9535 2.4.4 to 2.4.8. */
const functions: Readonly<Record<FunctionName, { takes: readonly ('value' | 'nodes')[]; gives: 'value' | 'verdict' }>> =
  {
    length: { takes: ['value'], gives: 'value' },
    count: { takes: ['nodes'], gives: 'value' },
    match: { takes: ['value', 'value'], gives: 'verdict' },
    search: { takes: ['value', 'value'], gives: 'verdict' },
    value: { takes: ['nodes'], gives: 'value' },
  };

/** A text that is no JSONPath; `offset` says where it stops being one. */
export class PathFailure extends Error {
  override readonly name = 'PathFailure';
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Longest path, in characters, and deepest nesting of its filters. */
const maxLength = 10_000;
const maxDepth = 32;

/** Throws PathFailure. */
export function parsePath(text: string): Query {
  if (text.length > maxLength) throw new PathFailure('The path is longer than 10,000 characters.', maxLength);
  const parser = new Parser(text);
  const query = parser.query();
  if (query.relative) throw new PathFailure('A path begins with `$`.', 0);
  parser.end();
  return query;
}

/** Exactly one place or none: only names and indexes. */
function isSingular({ segments }: Query): boolean {
  return segments.every(
    ({ descendants, selectors: [first, ...more] }) =>
      !descendants && more.length === 0 && (first?.is === 'name' || first?.is === 'index'),
  );
}

const blank = /[ \t\n\r]*/y;
const shorthand = /[A-Za-z_\u0080-\u{10FFFF}][A-Za-z0-9_\u0080-\u{10FFFF}-]*/uy;
const integer = /(?:0|-?[1-9]\d*)(?!\d)/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const word = /(?:true|false|null)(?![A-Za-z0-9_])/y;
const functionName = /[a-z][a-z0-9_]*(?=\()/y;
const operator = /==|!=|<=|>=|<|>/y;
const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', '/': '/', '\\': '\\' };

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  end(): void {
    if (this.#at < this.#text.length) this.#fail('expected the end, `.` or `[`');
  }

  query(): Query {
    const first = this.#text[this.#at];
    if (first !== '$' && first !== '@') return this.#fail('expected `$`');
    this.#at += 1;
    const segments: Segment[] = [];
    for (;;) {
      const before = this.#at;
      this.#skip();
      const segment = this.#segment();
      if (segment) segments.push(segment);
      else {
        this.#at = before;
        return { is: 'query', relative: first === '@', segments };
      }
    }
  }

  #segment(): Segment | undefined {
    if (this.#text[this.#at] === '[') return { descendants: false, selectors: this.#bracket() };
    if (!this.#take('.')) return undefined;
    const descendants = this.#take('.');
    if (descendants && this.#text[this.#at] === '[') return { descendants, selectors: this.#bracket() };
    if (this.#take('*')) return { descendants, selectors: [{ is: 'wildcard' }] };
    const name = this.#match(shorthand);
    if (name === undefined || !name.isWellFormed()) return this.#fail('expected a name or `*`');
    return { descendants, selectors: [{ is: 'name', name }] };
  }

  #bracket(): Selector[] {
    this.#at += 1;
    const selectors: Selector[] = [];
    do {
      this.#skip();
      selectors.push(this.#selector());
      this.#skip();
    } while (this.#take(','));
    if (!this.#take(']')) this.#fail('expected `,` or `]`');
    return selectors;
  }

  #selector(): Selector {
    const letter = this.#text[this.#at];
    if (letter === '"' || letter === "'") return { is: 'name', name: this.#string() };
    if (this.#take('*')) return { is: 'wildcard' };
    if (!this.#take('?')) return this.#indexOrSlice();
    this.#skip();
    return { is: 'filter', test: this.#or() };
  }

  #indexOrSlice(): Selector {
    const start = this.#integer();
    const before = this.#at;
    this.#skip();
    if (!this.#take(':')) {
      this.#at = before;
      return start === undefined ? this.#fail('expected a selector') : { is: 'index', index: start };
    }
    this.#skip();
    const end = this.#integer();
    this.#skip();
    let step: number | undefined;
    if (this.#take(':')) {
      this.#skip();
      step = this.#integer();
    }
    return {
      is: 'slice',
      ...(start === undefined ? {} : { start }),
      ...(end === undefined ? {} : { end }),
      step: step ?? 1,
    };
  }

  #integer(): number | undefined {
    const text = this.#match(integer);
    if (text === undefined) return undefined;
    const value = Number(text);
    return Number.isSafeInteger(value) ? value : this.#fail('the number is too large');
  }

  #or(): Test {
    return this.#list('||', 'or', () => this.#list('&&', 'and', () => this.#basic()));
  }

  #list(sign: string, is: 'or' | 'and', part: () => Test): Test {
    const first = part();
    const parts = [first];
    for (;;) {
      const before = this.#at;
      this.#skip();
      if (!this.#take(sign)) {
        this.#at = before;
        return parts.length === 1 ? first : { is, parts };
      }
      this.#skip();
      parts.push(part());
    }
  }

  #basic(): Test {
    if (++this.#depth > maxDepth) this.#fail('filters are nested deeper than 32 levels');
    const test = this.#negatable();
    this.#depth -= 1;
    return test;
  }

  #negatable(): Test {
    const negated = this.#take('!');
    if (negated) this.#skip();
    if (this.#take('(')) {
      this.#skip();
      const inner = this.#or();
      this.#skip();
      if (!this.#take(')')) this.#fail('expected `)`');
      return negated ? { is: 'not', of: inner } : inner;
    }
    const left = this.#operand();
    const before = this.#at;
    this.#skip();
    const sign = negated ? undefined : this.#match(operator);
    if (sign === undefined) {
      this.#at = before;
      const test = this.#asTest(left);
      return negated ? { is: 'not', of: test } : test;
    }
    this.#skip();
    const right = this.#operand();
    for (const side of [left, right]) this.#needValue(side);
    return { is: 'compare', operator: sign as Operator, left, right };
  }

  #asTest(operand: Operand): Test {
    if (operand.is === 'literal') return this.#fail('a literal alone tests nothing');
    if (operand.is === 'call' && functions[operand.name].gives === 'value')
      return this.#fail(`${operand.name}() gives a value, which must be compared`);
    return operand;
  }

  #needValue(side: Operand): void {
    if (side.is === 'query' && !isSingular(side)) this.#fail('a path that is compared may lead to one place only');
    if (side.is === 'call' && functions[side.name].gives === 'verdict')
      this.#fail(`${side.name}() gives a verdict, which cannot be compared`);
  }

  #operand(): Operand {
    const letter = this.#text[this.#at];
    if (letter === '$' || letter === '@') return this.query();
    if (letter === '"' || letter === "'") return { is: 'literal', value: this.#string() };
    const name = this.#match(functionName);
    if (name !== undefined) return this.#call(name);
    const known = this.#match(word);
    if (known !== undefined) return { is: 'literal', value: JSON.parse(known) as JsonValue };
    const digits = this.#match(number);
    return digits === undefined ? this.#fail('expected a path, a value or a function') : literal(Number(digits));
  }

  #call(name: string): Call {
    if (!Object.hasOwn(functions, name)) return this.#fail(`there is no function ${name}()`);
    const { takes } = functions[name as FunctionName];
    const args: Operand[] = [];
    if (++this.#depth > maxDepth) this.#fail('filters are nested deeper than 32 levels');
    this.#at += 1;
    this.#skip();
    while (!this.#take(')')) {
      if (args.length > 0 && !this.#take(',')) this.#fail('expected `,` or `)`');
      this.#skip();
      args.push(this.#operand());
      this.#skip();
    }
    this.#depth -= 1;
    if (args.length !== takes.length)
      this.#fail(`${name}() takes ${takes.length} argument${takes.length > 1 ? 's' : ''}`);
    for (const [index, arg] of args.entries()) {
      if (takes[index] === 'value') this.#needValue(arg);
      else if (arg.is !== 'query') this.#fail(`${name}() takes a path`);
    }
    return { is: 'call', name: name as FunctionName, args };
  }

  #string(): string {
    const quote = this.#text[this.#at] as string;
    this.#at += 1;
    let value = '';
    for (;;) {
      const letter = this.#text[this.#at];
      if (letter === undefined || letter < ' ') return this.#fail('the text is not closed, or holds a control sign');
      this.#at += 1;
      if (letter === quote) break;
      value += letter === '\\' ? this.#escape(quote) : letter;
    }
    return value.isWellFormed() ? value : this.#fail('the text holds half of a character');
  }

  #escape(quote: string): string {
    const letter = this.#text[this.#at] ?? '';
    this.#at += 1;
    if (letter === quote) return quote;
    if (Object.hasOwn(escapes, letter)) return escapes[letter] as string;
    const digits = this.#text.slice(this.#at, this.#at + 4);
    if (letter !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) return this.#fail(`\\${letter} is no escape`);
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #skip(): void {
    this.#match(blank);
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #fail(what: string): never {
    throw new PathFailure(`No JSONPath: ${what} at character ${this.#at + 1}.`, this.#at);
  }
}

function literal(value: JsonValue): Operand {
  return { is: 'literal', value };
}
