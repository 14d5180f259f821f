// Word stems, so that inflected forms meet.

/** A crude English stem: enough to make `orders`, `ordered` and `ordering` one. */
export function stem(word: string): string {
  if (word.length <= 3) return word;
  const base = word
    .replace(/(ies|ied)$/, 'y')
    .replace(/(ations?|ings?|ments?)$/, '')
    .replace(/(?<=[^aeiou])(ed|es)$/, '')
    .replace(/(?<=[^s])s$/, '')
    .replace(/(?<=[aeiou][^aeiou])e$/, '');
  const squeezed = base.replace(/([^aeiouls])\1$/, '$1').replace(/ll$/, 'l');
  return squeezed.length >= 2 ? squeezed : word;
}
