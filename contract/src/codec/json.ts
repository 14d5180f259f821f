// JSON bodies: decoded fatally, looked over once for the bounds that JSON.parse does not have, then parsed.

export interface JsonLimits {
  depth: number;
  members: number;
  numberLength: number;
  stringBytes: number;
}

/** Bounds of a request body. */
export const jsonLimits: JsonLimits = { depth: 64, members: 10_000, numberLength: 64, stringBytes: 256 * 1024 };

export type ParsedJson = { value: unknown } | { rule: 'malformed-json' | 'json-not-acceptable'; reason: string };

/**
 * The value of a JSON body (RFC 8259), or why there is none: `malformed-json` is a matter of syntax, `json-not-acceptable`
 * of our bounds. `text` is for callers who have decoded the bytes already, fatally.
 */
export function parseJson(bytes: Uint8Array, text: string | undefined = decodeUtf8(bytes)): ParsedJson {
  if (text === undefined) return { rule: 'malformed-json', reason: 'it is not UTF-8' };
  const fault = isPlainJson(text) ? undefined : (checkJsonText(bytes) ?? checkEscapes(text));
  if (fault) return { rule: 'json-not-acceptable', reason: fault.reason };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { rule: 'malformed-json', reason: placeOf(error as Error, text) };
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of bytes; undefined when they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Line and column of a syntax error; the engine's own words would repeat what was sent. */
function placeOf(error: Error, text: string): string {
  const at = /position (\d+)/.exec(error.message)?.[1];
  if (at === undefined) return 'it ends too early';
  const before = text.slice(0, Number(at)).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

const quote = 34;
const backslash = 92;

/** Most bytes of a text that cannot hold too many members, items or letters, whatever they are. */
const smallBytes = 10_000;

/**
 * True when a text that was decoded already is within the bounds at a glance: small, without a letter written by its number
 * (`\u`), without the word `__proto__`, with few brackets and no long row of digits. False means only that `checkJsonText` has
 * to look.
 */
export function isPlainJson(text: string): boolean {
  return (
    text.length <= smallBytes &&
    !text.includes('\\u') &&
    !text.includes('__proto__') &&
    hasFewBrackets(text) &&
    !hasLongNumber(text)
  );
}

/** Fewer brackets than levels allowed: it cannot be nested too deep. */
function hasFewBrackets(text: string): boolean {
  let left = jsonLimits.depth;
  for (let at = text.indexOf('{'); at >= 0 && left >= 0; at = text.indexOf('{', at + 1)) left -= 1;
  for (let at = text.indexOf('['); at >= 0 && left >= 0; at = text.indexOf('[', at + 1)) left -= 1;
  return left >= 0;
}

/** A number of more letters than allowed covers one of the places looked at: few of them lie in a number at all. */
function hasLongNumber(text: string): boolean {
  const stride = jsonLimits.numberLength + 1;
  for (let at = stride - 1; at < text.length; at += stride) {
    if (!isNumberByte(text.charCodeAt(at))) continue;
    let start = at;
    while (start > 0 && isNumberByte(text.charCodeAt(start - 1))) start -= 1;
    let end = at + 1;
    while (end < text.length && isNumberByte(text.charCodeAt(end))) end += 1;
    if (end - start >= stride) return true;
  }
  return false;
}

/**
 * Why a text may not be parsed; undefined when it may. Looks at depth, number of members and items, length of numbers
 * and strings, and a member named `__proto__` in any escaping. Syntax is the parser's matter.
 */
export function checkJsonText(bytes: Uint8Array, limits: JsonLimits = jsonLimits): { reason: string } | undefined {
  let depth = 0;
  let members = 0;
  const { length } = bytes;
  for (let index = 0; index < length; index++) {
    switch (kinds[bytes[index] as number]) {
      case other:
        continue;
      case quoteMark: {
        const start = index + 1;
        index = endOfString(bytes, start);
        if (index - start > limits.stringBytes) return { reason: `A text is longer than ${limits.stringBytes} bytes.` };
        if (isProto(bytes, start, index) && isMember(bytes, index + 1))
          return { reason: 'A member is named __proto__.' };
        continue;
      }
      case opening:
        depth += 1;
        members += 1;
        if (depth > limits.depth) return { reason: `Nested deeper than ${limits.depth} levels.` };
        break;
      case closing:
        depth -= 1;
        continue;
      case comma:
        members += 1;
        break;
      default: {
        const start = index;
        while (index < length && isNumberByte(bytes[index] as number)) index += 1;
        if (index - start > limits.numberLength)
          return { reason: `A number has more than ${limits.numberLength} characters.` };
        index -= 1;
      }
    }
    if (members > limits.members) return { reason: `More than ${limits.members} members and items.` };
  }
  return undefined;
}

const escapes = /\\(?:u([0-9a-fA-F]{4})|[^])/g;

/**
 * Characters that are no text and that no database keeps: U+0000, and halves of surrogate pairs (RFC 7493, 2.1). Only
 * escapes can hold them: bare ones are against the syntax of JSON, or of UTF-8.
 */
function checkEscapes(text: string): { reason: string } | undefined {
  if (!text.includes('\\u')) return undefined;
  /** Where the second half of a pair must begin. */
  let pairAt = -1;
  for (const { 1: digits, index } of text.matchAll(escapes)) {
    const code = digits === undefined ? -1 : Number.parseInt(digits, 16);
    const isSecond = code >= 0xdc00 && code <= 0xdfff;
    if (isSecond !== (index === pairAt) || (pairAt >= 0 && index !== pairAt))
      return { reason: 'A text holds half of a surrogate pair.' };
    if (code === 0) return { reason: 'A text holds the character U+0000.' };
    pairAt = code >= 0xd800 && code <= 0xdbff ? index + 6 : -1;
  }
  return pairAt < 0 ? undefined : { reason: 'A text holds half of a surrogate pair.' };
}

const other = 0;
const quoteMark = 1;
const opening = 2;
const closing = 3;
const comma = 4;
const numberStart = 5;

/** What a byte begins: one look-up instead of a row of comparisons for each byte of each body. */
const kinds = new Uint8Array(256);
kinds[quote] = quoteMark;
for (const byte of [123, 91]) kinds[byte] = opening;
for (const byte of [125, 93]) kinds[byte] = closing;
kinds[44] = comma;
for (const byte of [45, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57]) kinds[byte] = numberStart;

function isNumberByte(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || byte === 43 || byte === 45 || byte === 46 || byte === 69 || byte === 101;
}

/** Index of the quote that closes the text which begins at `start`, or the length. */
function endOfString(bytes: Uint8Array, start: number): number {
  const { length } = bytes;
  for (let index = start; index < length; index++) {
    const byte = bytes[index];
    if (byte === quote) return index;
    if (byte === backslash) index += 1;
  }
  return length;
}

/** A text is a member's name when a colon follows it. */
function isMember(bytes: Uint8Array, start: number): boolean {
  let index = start;
  while (index < bytes.length && [32, 9, 10, 13].includes(bytes[index] as number)) index += 1;
  return bytes[index] === 58;
}

/** `__proto__` as written, or with any of its letters as `\u005f`-style escapes. */
function isProto(bytes: Uint8Array, start: number, end: number): boolean {
  const size = end - start;
  if (size < 9 || size > 54) return false;
  const first = bytes[start];
  if (first !== 95 && first !== backslash) return false;
  let text = '';
  for (let index = start; index < end; index++) text += String.fromCharCode(bytes[index] as number);
  return (
    text.replaceAll(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) ===
    '__proto__'
  );
}
