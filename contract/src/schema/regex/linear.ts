// Patterns in the words of RE2, whose matcher needs linear time for every text: letters become explicit code points,
// so that both engines mean the same. What RE2 does not have is not expressible.

import type { Letter, Piece, Ranges } from './parse.ts';

/** RE2's own bound on counts. */
const mostCopies = 1000;

/** The pattern for RE2; undefined for look-around, back-references, large counts and unusual Unicode properties. */
export function linearForm(piece: Piece): string | undefined {
  switch (piece.kind) {
    case 'letter':
      return letterForm(piece);
    case 'assertion':
      return { '^': String.raw`\A`, $: String.raw`\z`, b: String.raw`\b`, B: String.raw`\B` }[piece.sign];
    case 'sequence':
      return all(piece.pieces, '');
    case 'either': {
      const branches = all(piece.branches, '|');
      return branches === undefined ? undefined : `(?:${branches})`;
    }
    case 'repeat':
      return repeatForm(piece);
    default:
      return undefined;
  }
}

function all(pieces: readonly Piece[], separator: string): string | undefined {
  const forms = pieces.map(linearForm);
  return forms.includes(undefined) ? undefined : forms.join(separator);
}

function repeatForm({ piece, least, most }: Extract<Piece, { kind: 'repeat' }>): string | undefined {
  const form = linearForm(piece);
  const isOpen = most === Number.POSITIVE_INFINITY;
  if (form === undefined || least > mostCopies || (!isOpen && most > mostCopies)) return undefined;
  const count = isOpen ? (least === 0 ? '*' : least === 1 ? '+' : `{${least},}`) : `{${least},${most}}`;
  return `(?:${form})${count}`;
}

function letterForm({ written, properties, negated }: Letter): string | undefined {
  // General categories only: `\p{L}`, `\p{Lu}`.
  if (!properties.every((property) => /^\\[pP]\{[A-Z][a-z]?\}$/.test(property))) return undefined;
  const members = rangesForm(written) + properties.join('');
  if (members === '') return negated ? String.raw`[\x{0}-\x{10FFFF}]` : String.raw`[^\x{0}-\x{10FFFF}]`;
  return `[${negated ? '^' : ''}${members}]`;
}

function rangesForm(ranges: Ranges): string {
  return ranges.map(([low, high]) => String.raw`\x{${low.toString(16)}}-\x{${high.toString(16)}}`).join('');
}
