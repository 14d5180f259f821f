// Rules of offers and segments: a subset of CEL, compiled to closures. Three-valued: what is missing is unknown, and a
// rule that ends unknown does not pass and names what was missing. No loops, no I/O, no regular expressions.

import { lex, RuleFault, ruleLimits, type Token } from './lex.ts';

export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

/** What a rule may look at: `profile.orders_count_90d`, `context.task`. */
export interface Scope {
  profile: { readonly [name: string]: Value };
  context: { readonly [name: string]: Value };
}

export type Verdict = { readonly passes: true } | { readonly passes: false; readonly because: string };

export interface Rule {
  /** The rule in canonical form. */
  readonly text: string;
  /** Dotted names the rule looks at. */
  readonly uses: readonly string[];
  test(scope: Scope): Verdict;
}

const unknown = Symbol('unknown');
type Result = Value | typeof unknown;

interface Node {
  text: string;
  /** Binding strength, for parentheses in canonical form. */
  power: number;
  run(scope: Scope, missing: string[]): Result;
  parts?: readonly Node[];
}

/** Compiles a rule. Throws RuleFault with the place. Empty text always passes. */
export function compileRule(text: string): Rule {
  if (text.trim() === '') return { text: '', uses: [], test: () => ({ passes: true }) };
  const parser = new Parser(lex(text));
  const root = parser.whole();
  return {
    text: root.text,
    uses: [...parser.uses],
    test(scope) {
      const missing: string[] = [];
      const result = root.run(scope, missing);
      if (result === true) return { passes: true };
      if (result === unknown) return { passes: false, because: `${[...new Set(missing)].join(', ')} is not known` };
      return { passes: false, because: failing(root, scope) };
    },
  };
}

/** The smallest part that is false, with the values it saw. */
function failing(node: Node, scope: Scope): string {
  if (node.parts) {
    const part = node.parts.find((entry) => entry.run(scope, []) === false);
    if (part) return failing(part, scope);
  }
  const seen = [...new Set(node.text.match(/\b(?:profile|context)\.[\w.]+/g) ?? [])].map(
    (name) => `${name} is ${JSON.stringify(look(name.split('.'), scope))}`,
  );
  return seen.length > 0 ? `needs ${node.text}, but ${seen.join(' and ')}` : `needs ${node.text}`;
}

function look(path: readonly string[], scope: Scope): Value | undefined {
  let value: unknown = scope;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value as Value | undefined;
}

const powers: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  in: 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
};

class Parser {
  readonly uses = new Set<string>();
  readonly #tokens: readonly Token[];
  #at = 0;
  #nodes = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Node {
    const node = this.#expression(0, 0);
    const rest = this.#peek();
    if (rest.kind !== 'end') throw new RuleFault(`"${rest.text}" stands where the rule should end.`, rest.at);
    return node;
  }

  #expression(power: number, depth: number): Node {
    if (depth > ruleLimits.depth) throw new RuleFault('The rule is nested deeper than 32 levels.', this.#peek().at);
    let left = this.#operand(depth);
    for (;;) {
      const token = this.#peek();
      const strength = powers[token.text];
      if ((token.kind !== 'sign' && token.text !== 'in') || strength === undefined || strength <= power) return left;
      this.#at += 1;
      left = this.#binary(token, left, this.#expression(strength, depth + 1), strength);
    }
  }

  #operand(depth: number): Node {
    const token = this.#take();
    if (token.kind === 'number') return this.#node(token.text, 9, () => Number(token.text));
    if (token.kind === 'string')
      return this.#node(`'${token.text.replaceAll(/['\\]/g, String.raw`\$&`)}'`, 9, () => token.text);
    if (token.text === 'true' || token.text === 'false') return this.#node(token.text, 9, () => token.text === 'true');
    if (token.kind === 'name') return this.#peek().text === '(' ? this.#call(token, depth) : this.#path(token);
    if (token.text === '(') {
      const inner = this.#expression(0, depth + 1);
      this.#expect(')');
      return inner;
    }
    if (token.text === '[') return this.#list(depth);
    if (token.text === '!' || token.text === '-') {
      const inner = this.#expression(6, depth + 1);
      const isNot = token.text === '!';
      return this.#node(`${token.text}${wrap(inner, 6)}`, 6, (scope, missing) => {
        const value = inner.run(scope, missing);
        if (value === unknown) return unknown;
        return isNot ? value !== true : typeof value === 'number' ? -value : unknown;
      });
    }
    throw new RuleFault(
      token.kind === 'end' ? 'The rule ends too early.' : `"${token.text}" cannot stand here.`,
      token.at,
    );
  }

  #path(first: Token): Node {
    const names = [first.text];
    while (this.#peek().text === '.') {
      this.#at += 1;
      const name = this.#take();
      if (name.kind !== 'name') throw new RuleFault('A name must follow the point.', name.at);
      names.push(name.text);
    }
    if (first.text !== 'profile' && first.text !== 'context') {
      throw new RuleFault(`"${first.text}" is not known. Rules look at profile.… and context.…`, first.at);
    }
    const text = names.join('.');
    this.uses.add(text);
    return this.#node(text, 9, (scope, missing) => {
      const value = look(names, scope);
      if (value !== undefined) return value;
      missing.push(text);
      return unknown;
    });
  }

  #list(depth: number): Node {
    const items: Node[] = [];
    while (this.#peek().text !== ']') {
      items.push(this.#expression(0, depth + 1));
      if (this.#peek().text !== ',') break;
      this.#at += 1;
    }
    this.#expect(']');
    return this.#node(`[${items.map((item) => item.text).join(', ')}]`, 9, (scope, missing) => {
      const values = items.map((item) => item.run(scope, missing));
      return values.includes(unknown) ? unknown : (values as Value[]);
    });
  }

  #call(name: Token, depth: number): Node {
    this.#expect('(');
    const argument = this.#expression(0, depth + 1);
    this.#expect(')');
    const text = `${name.text}(${argument.text})`;
    if (name.text === 'has') {
      return this.#node(text, 9, (scope) => argument.run(scope, []) !== unknown);
    }
    if (name.text === 'size') {
      return this.#node(text, 9, (scope, missing) => {
        const value = argument.run(scope, missing);
        return typeof value === 'string' || Array.isArray(value) ? value.length : unknown;
      });
    }
    throw new RuleFault(`"${name.text}" is no function. There are has(…) and size(…).`, name.at);
  }

  #binary(sign: Token, left: Node, right: Node, power: number): Node {
    const text = `${wrap(left, power)} ${sign.text} ${wrap(right, power + 0.5)}`;
    if (sign.text === '&&' || sign.text === '||') {
      const decides = sign.text === '||';
      const node = this.#node(text, power, (scope, missing) => {
        const [a, b] = [left.run(scope, missing), right.run(scope, missing)];
        if (a === decides || b === decides) return decides;
        return a === unknown || b === unknown ? unknown : !decides;
      });
      return sign.text === '&&' ? { ...node, parts: [left, right] } : node;
    }
    return this.#node(text, power, (scope, missing) => {
      const [a, b] = [left.run(scope, missing), right.run(scope, missing)];
      return a === unknown || b === unknown ? unknown : compute(sign.text, a as Value, b as Value);
    });
  }

  #node(text: string, power: number, run: Node['run']): Node {
    this.#nodes += 1;
    if (this.#nodes > ruleLimits.nodes) throw new RuleFault('The rule has more than 200 parts.', this.#peek().at);
    return { text, power, run };
  }

  #peek(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#at += token.kind === 'end' ? 0 : 1;
    return token;
  }

  #expect(text: string): void {
    const token = this.#take();
    if (token.text !== text) throw new RuleFault(`"${text}" is missing.`, token.at);
  }
}

function wrap(node: Node, power: number): string {
  return node.power < power ? `(${node.text})` : node.text;
}

function compute(sign: string, a: Value, b: Value): Result {
  switch (sign) {
    case '==':
      return same(a, b);
    case '!=':
      return !same(a, b);
    case 'in':
      return Array.isArray(b) ? (b as readonly Value[]).some((item) => same(a, item)) : unknown;
    default:
  }
  if (typeof a === 'string' && typeof b === 'string')
    return ordered(sign, a < b ? -1 : a > b ? 1 : 0) ?? (sign === '+' ? a + b : unknown);
  if (typeof a !== 'number' || typeof b !== 'number') return unknown;
  const compared = ordered(sign, a - b);
  if (compared !== undefined) return compared;
  if (sign === '+') return a + b;
  if (sign === '-') return a - b;
  if (sign === '*') return a * b;
  return b === 0 ? unknown : a / b;
}

function ordered(sign: string, difference: number): boolean | undefined {
  switch (sign) {
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
    default:
      return undefined;
  }
}

function same(a: Value, b: Value): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
