// Rule text → tokens. A subset of CEL's syntax.

export interface Token {
  kind: 'name' | 'number' | 'string' | 'sign' | 'end';
  text: string;
  /** Character offset in the rule. */
  at: number;
}

/** A rule that cannot be read; `at` is the offending character. */
export class RuleFault extends Error {
  override readonly name = 'RuleFault';
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

export const ruleLimits = { textLength: 4096, nodes: 200, depth: 32 } as const;

const signs = [
  '&&',
  '||',
  '==',
  '!=',
  '<=',
  '>=',
  '<',
  '>',
  '!',
  '+',
  '-',
  '*',
  '/',
  '(',
  ')',
  '[',
  ']',
  ',',
  '.',
] as const;

/** Throws RuleFault. */
export function lex(text: string): Token[] {
  if (text.length > ruleLimits.textLength) throw new RuleFault('A rule has at most 4,096 characters.', 0);
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const space = /^\s+/.exec(rest);
    if (space) {
      at += space[0].length;
      continue;
    }
    const token = next(rest, at);
    tokens.push(token.token);
    at += token.length;
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;
}

function next(rest: string, at: number): { token: Token; length: number } {
  const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(rest);
  if (name) return { token: { kind: 'name', text: name[0], at }, length: name[0].length };
  const number = /^\d+(\.\d+)?/.exec(rest);
  if (number) return { token: { kind: 'number', text: number[0], at }, length: number[0].length };
  const string = /^'([^'\\]|\\.)*'|^"([^"\\]|\\.)*"/.exec(rest);
  if (string)
    return {
      token: { kind: 'string', text: string[0].slice(1, -1).replaceAll(/\\(.)/g, '$1'), at },
      length: string[0].length,
    };
  const sign = signs.find((entry) => rest.startsWith(entry));
  if (!sign) throw new RuleFault(`"${rest[0]}" has no meaning in a rule.`, at);
  return { token: { kind: 'sign', text: sign, at }, length: sign.length };
}
