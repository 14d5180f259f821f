// Another identifier in the shape of a shown one.

import type { Draw } from './draw.ts';

const crockford = '0123456789abcdefghjkmnpqrstvwxyz';

/** What stands before the last separator stays; of the rest each letter becomes another of its class. */
export function alike(example: string, draw: Draw): string {
  const cut = Math.max(example.lastIndexOf('_'), example.indexOf('-')) + 1;
  const tail = example.slice(cut).length > 3 ? cut : 0;
  // Ids of ours: 26 letters hold 130 bits, so that the first may only be 0 to 7.
  const isOwn = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(example.slice(tail));
  if (isOwn) return `${example.slice(0, tail)}0${draw.letters(25, crockford)}`;
  let text = example.slice(0, tail);
  for (const letter of example.slice(tail).split('')) text += draw.letters(1, poolOf(letter));
  return text;
}

function poolOf(letter: string): string {
  if (letter >= '0' && letter <= '9') return '0123456789';
  if (letter >= 'a' && letter <= 'z') return 'abcdefghjkmnpqrstvwxyz';
  return letter >= 'A' && letter <= 'Z' ? 'ABCDEFGHJKMNPQRSTVWXYZ' : letter;
}
