// `Accept-Language` against the languages that a text is there in (RFC 9110 12.5.4; RFC 4647 3.4, "lookup"): of two
// languages the one wanted more, and of a region's that is not there its language's (`de-AT` → `de`).

/** Entries of one field that are looked at. */
const mostRanges = 20;
/** Letters of a tag; a longer one names nothing (RFC 5646 4.4.1). */
const mostLetters = 35;
/** What texts are written in; also for who wants nothing that is there. */
const original = 'en';
const weight = /^q=(?:0(?:\.\d{1,3})?|1(?:\.0{1,3})?)$/;

/** Key of the wanted one among `translations` (lower-case tags); undefined = the original. */
export function wantedLanguage(field: string, translations: ReadonlyMap<string, unknown>): string | undefined {
  const ranges = field.toLowerCase().split(',', mostRanges).map(rangeOf);
  const wanted = ranges.filter(({ share }) => share > 0).toSorted((a, b) => b.share - a.share);
  for (const { tag } of wanted) {
    for (let part = tag; part !== ''; part = part.slice(0, Math.max(0, part.lastIndexOf('-')))) {
      if (part === original || part === '*') return undefined;
      if (translations.has(part)) return part;
    }
  }
  return undefined;
}

/** An entry whose weight cannot be read counts for nothing. */
function rangeOf(text: string): { tag: string; share: number } {
  const [tag = '', given = 'q=1'] = text.split(';', 2).map((part) => part.trim());
  return { tag, share: tag.length <= mostLetters && weight.test(given) ? Number(given.slice(2)) : 0 };
}
