import { describe, expect, it } from 'vitest';
import { Draw } from '../generate/draw.ts';
import { compileSchema } from './compile.ts';
import { matcherOf, patternVerdict } from './pattern.ts';
import { isBounded } from './regex/bounded.ts';
import { linearForm } from './regex/linear.ts';
import { type Piece, parsePattern } from './regex/parse.ts';

describe('the verdict over a pattern', () => {
  it.each([
    '^[a-z0-9-]+$',
    '^[a-z]([a-z0-9-]*[a-z0-9])?$',
    '^\\d{4}-\\d{2}-\\d{2}$',
    '^[\\w.+-]+@[\\w-]+\\.[\\w.-]+$',
    '^.{0,1000}$',
    '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
    '^(?=.*[A-Z])(?=.*\\d).{8,}$',
    '^(?!-)[a-z-]+$',
    '[A-Z]',
    '^https?://',
    'payTo|upi_collect',
    '^\\p{L}[\\p{L}\\p{M} .-]*$',
  ])('is "proved" for %s', (pattern) => {
    expect(patternVerdict(pattern)).toBe('proved');
  });

  it.each([
    '^(a+)+$',
    '^(\\w+\\s?)*$',
    '[a-z]+\\d',
    '\\d+$',
    '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$',
    '^(a?){30}a{30}$',
    '^(?:(a+)+b)?',
    'a{0,40}a{0,40}$',
  ])('is "linear" for %s', (pattern) => {
    expect(patternVerdict(pattern)).toBe('linear');
  });

  it('is "refused" for what no engine bounds, and "invalid" for what is none', () => {
    expect(patternVerdict('^(a+)\\1$')).toBe('refused');
    expect(patternVerdict('(?<=a+b)c+c+')).toBe('refused');
    expect(patternVerdict('(?=(a+)+$)')).toBe('refused');
    expect(patternVerdict('[')).toBe('invalid');
    expect(matcherOf('^(a+)\\1$')).toBeUndefined();
    expect(compileSchema({ pattern: '^(a+)\\1$' }).check('b')).toBe(true);
  });
});

/** Letters, classes, groups and counts over a small alphabet. */
function drawPattern(draw: Draw, depth: number): string {
  const pick = (items: readonly string[]): string => items[draw.int(0, items.length - 1)] as string;
  const atom = (): string => {
    if (depth > 0 && draw.int(0, 3) === 0) return `(?:${drawPattern(draw, depth - 1)})`;
    if (depth > 0 && draw.int(0, 14) === 0) return `(?=${drawPattern(draw, depth - 1)})`;
    return pick(['a', 'b', 'c', '[ab]', '[^a]', '.', '\\w', '\\d', 'é', '😀']);
  };
  const piece = (): string => {
    const one = atom();
    return one.startsWith('(?=') ? one : one + pick(['', '', '', '*', '+', '?', '{2}', '{1,3}', '{2,}', '*?']);
  };
  const sequence = (): string => Array.from({ length: draw.int(1, 4) }, piece).join('');
  const body = draw.int(0, 3) === 0 ? `${sequence()}|${sequence()}` : sequence();
  return depth < 2 ? body : `${pick(['^', '^', ''])}(?:${body})${pick(['$', '', '\\b'])}`;
}

function drawText(draw: Draw, length: number): string {
  return Array.from({ length }, () => ['a', 'a', 'b', 'c', '1', 'é', '😀'][draw.int(0, 6)]).join('');
}

function isWord(code: number | undefined): boolean {
  return code !== undefined && /\w/.test(String.fromCodePoint(code));
}

/** A backtracking matcher as the standard describes it, which counts the letters it tries. */
function stepsOf(pattern: Piece, text: string): { matched: boolean; steps: number } {
  const letters = Array.from(text, (letter) => letter.codePointAt(0) ?? 0);
  let steps = 0;
  type Next = (at: number) => boolean;
  const run = (piece: Piece, at: number, next: Next): boolean => {
    switch (piece.kind) {
      case 'letter': {
        steps += 1;
        const code = letters[at];
        return code !== undefined && piece.ranges.some(([low, high]) => code >= low && code <= high) && next(at + 1);
      }
      case 'sequence': {
        const from = (index: number, place: number): boolean => {
          const inner = piece.pieces[index];
          return inner ? run(inner, place, (after) => from(index + 1, after)) : next(place);
        };
        return from(0, at);
      }
      case 'either':
        return piece.branches.some((branch) => run(branch, at, next));
      case 'repeat': {
        const again = (count: number, place: number): boolean => {
          const more = (): boolean =>
            count < piece.most &&
            run(piece.piece, place, (after) => (after !== place || count < piece.least) && again(count + 1, after));
          return more() || (count >= piece.least && next(place));
        };
        return again(0, at);
      }
      case 'look':
        return run(piece.piece, at, () => true) !== piece.negated && next(at);
      case 'assertion': {
        const atEdge = isWord(letters[at - 1]) !== isWord(letters[at]);
        const holds = { '^': at === 0, $: at === letters.length, b: atEdge, B: !atEdge }[piece.sign];
        return holds && next(at);
      }
      default:
        throw new Error(`not drawn: ${piece.kind}`);
    }
  };
  for (let start = 0; start <= letters.length; start++)
    if (run(pattern, start, () => true)) return { matched: true, steps };
  return { matched: false, steps };
}

describe('generated patterns', () => {
  it('that are proved take steps in proportion to the text, and as many match as in the engine', () => {
    let proved = 0;
    for (let seed = 1; seed <= 1500; seed++) {
      const draw = new Draw(seed);
      const pattern = drawPattern(draw, 2);
      const tree = parsePattern(pattern);
      if (!isBounded(tree)) continue;
      proved += 1;
      for (let turn = 0; turn < 4; turn++) {
        const text = turn === 0 ? 'a'.repeat(200) : drawText(draw, 60);
        const { matched, steps } = stepsOf(tree, text);
        // At most 32 ways, each with as many tries as the pattern has letters.
        const isQuick = steps < 32 * (text.length + 2) * (pattern.length + 1);
        expect({ pattern, text, matched, isQuick }).toEqual({
          pattern,
          text,
          matched: new RegExp(pattern, 'u').test(text),
          isQuick: true,
        });
      }
    }
    expect(proved).toBeGreaterThan(200);
  });

  it('mean the same to RE2', () => {
    let compared = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const draw = new Draw(seed * 31);
      const pattern = drawPattern(draw, 2);
      if (linearForm(parsePattern(pattern)) === undefined || patternVerdict(pattern) !== 'linear') continue;
      const matcher = matcherOf(pattern);
      for (let turn = 0; turn < 5; turn++) {
        const text = drawText(draw, draw.int(0, 12));
        expect([pattern, text, matcher?.fits(text)]).toEqual([pattern, text, new RegExp(pattern, 'u').test(text)]);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(200);
  });
});
