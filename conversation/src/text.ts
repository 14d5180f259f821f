// Text as the ranker and the extractors see it: normalized words, stems and hashed features. Nothing here knows skills.

import { stem } from './stem.ts';
import { groupsOf } from './synonyms.ts';

export { stem };

/** Longest text that is read; the rest is ignored. */
export const longestText = 2000;

/** Words that carry no wish by themselves; they count little. */
const stopWords = new Set(
  `a an the my your our me i you we us it its is are was were be been am do does did have has had can could will would shall
  should may might please to of for in on at by with from and or but so that this these those there here what which who
  how when where why not no yes just now hi hello hey want need like get give let if as about any some ve ll re s t d m yet still already again also too really currently more longer all ever much very got been`
    .split(/\s+/)
    .filter(Boolean),
);

/** NFKC, lower case, without marks that cannot be seen; runs of one letter are squeezed to two. */
export function normalize(text: string): string {
  return text
    .slice(0, longestText)
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\p{Cf}\p{Cc}]/gu, ' ')
    .replaceAll(/[’‘`´]/g, "'")
    .replaceAll(/(\p{L})\1{2,}/gu, '$1$1')
    .replaceAll(/\be-mail/g, 'email')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** Words of a normalized text; digits are kept. */
export function words(normalized: string): string[] {
  return normalized.replaceAll("'", ' ').match(/[\p{L}\p{N}]+/gu) ?? [];
}

export function isStopWord(word: string): boolean {
  return stopWords.has(word);
}

/** Stems that carry meaning. */
export function contentStems(normalized: string): string[] {
  return words(normalized)
    .filter((word) => !stopWords.has(word) && !/^\d+$/.test(word))
    .map(stem);
}

/** FNV-1a, 32 bit. Source: Fowler, Noll, Vo. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value ^= text.charCodeAt(index);
    value = Math.imul(value, 0x01000193);
  }
  return value >>> 0;
}

/** Hashed features with their counts: stems, pairs of words, and pieces of 3 to 5 characters of each word. */
export function features(text: string): Map<number, number> {
  const counts = new Map<number, number>();
  const add = (name: string, weight: number): void => {
    const key = hash(name);
    counts.set(key, (counts.get(key) ?? 0) + weight);
  };
  const all = words(normalize(text)).map((word) => (/^\d+$/.test(word) ? '0' : word));
  for (const [index, word] of all.entries()) {
    const weak = stopWords.has(word);
    add(`w ${stem(word)}`, weak ? 0.35 : 1.5);
    for (const group of groupsOf(stem(word))) add(`g ${group}`, 0.8);
    const next = all[index + 1];
    if (next !== undefined) add(`b ${stem(word)} ${stem(next)}`, weak && stopWords.has(next) ? 0.4 : 1);
    if (weak) continue;
    const framed = `<${word}>`;
    for (let size = 3; size <= 5; size++)
      for (let start = 0; start + size <= framed.length; start++) add(`c ${framed.slice(start, start + size)}`, 0.35);
  }
  return counts;
}

/** `placeOrder` → `place order`, `points_to_spend` → `points to spend`. */
export function humanize(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_.]+/g, ' ')
    .toLowerCase()
    .trim();
}

/** First letter in upper case. */
export function sentence(text: string): string {
  return text === '' ? '' : `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;
}
