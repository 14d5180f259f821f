// A raw query string → its members. Splits on the raw signs first and decodes after: a delimiter inside a value must be
// told from an encoded one, so values stay raw here.

/** Name → raw values, in the order they came. */
export type Members = Map<string, string[]>;

/** Most members that are looked at; more is refused. */
export const maxQueryMembers = 1000;

/** `malformed` for a broken percent-encoding in a name, or too many members. */
export function readQuery(query: string): Members | 'malformed' {
  const members: Members = new Map();
  let start = 0;
  let count = 0;
  while (start <= query.length) {
    const and = query.indexOf('&', start);
    const end = and < 0 ? query.length : and;
    if (end > start) {
      count += 1;
      const equals = query.indexOf('=', start);
      const cut = equals < 0 || equals > end ? end : equals;
      const name = decode(query.slice(start, cut));
      const value = query.slice(Math.min(cut + 1, end), end);
      if (name === undefined || count > maxQueryMembers) return 'malformed';
      const known = members.get(name);
      if (known) known.push(value);
      else members.set(name, [value]);
    }
    start = end + 1;
  }
  return members;
}

/** Decoded text, `+` being a space; undefined for a broken percent-encoding or a NUL, which no store takes as text. */
export function decode(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    const decoded = decodeURIComponent(spaced);
    return decoded.includes('\u0000') ? undefined : decoded;
  } catch {
    return undefined;
  }
}
