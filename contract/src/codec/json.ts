// One pass over the bytes of a JSON text before JSON.parse: bounds that the parser does not have.

export interface JsonLimits {
  depth: number;
  members: number;
  numberLength: number;
  stringBytes: number;
}

/** Bounds of a request body. */
export const jsonLimits: JsonLimits = { depth: 64, members: 10_000, numberLength: 64, stringBytes: 256 * 1024 };

const quote = 34;
const backslash = 92;

/**
 * Why a text may not be parsed; undefined when it may. Looks at depth, number of members and items, length of numbers
 * and strings, and a member named `__proto__` in any escaping. Syntax is the parser's matter.
 */
export function checkJsonText(bytes: Uint8Array, limits: JsonLimits = jsonLimits): { reason: string } | undefined {
  let depth = 0;
  let members = 0;
  let index = 0;
  const { length } = bytes;
  while (index < length) {
    const byte = bytes[index] as number;
    if (byte === quote) {
      const end = endOfString(bytes, index + 1);
      if (end - index > limits.stringBytes) return { reason: `A text is longer than ${limits.stringBytes} bytes.` };
      if (isProto(bytes, index + 1, end) && isMember(bytes, end + 1)) return { reason: 'A member is named __proto__.' };
      index = end + 1;
      continue;
    }
    if (byte === 123 || byte === 91) {
      depth += 1;
      members += 1;
      if (depth > limits.depth) return { reason: `Nested deeper than ${limits.depth} levels.` };
    } else if (byte === 125 || byte === 93) {
      depth -= 1;
    } else if (byte === 44) {
      members += 1;
    } else if (byte === 45 || (byte >= 48 && byte <= 57)) {
      const start = index;
      while (index < length && isNumberByte(bytes[index] as number)) index += 1;
      if (index - start > limits.numberLength)
        return { reason: `A number has more than ${limits.numberLength} characters.` };
      continue;
    }
    if (members > limits.members) return { reason: `More than ${limits.members} members and items.` };
    index += 1;
  }
  return undefined;
}

function isNumberByte(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || byte === 43 || byte === 45 || byte === 46 || byte === 69 || byte === 101;
}

function endOfString(bytes: Uint8Array, start: number): number {
  let index = start;
  while (index < bytes.length) {
    const byte = bytes[index];
    if (byte === quote) return index;
    index += byte === backslash ? 2 : 1;
  }
  return bytes.length;
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
