// Canonical JSON (RFC 8785): one text per value, so that equal calls have equal hashes whatever their key order.

import { createHash } from 'node:crypto';
import { FileReference } from '@plinth/contract/serving';

const mostDepth = 128;

/** Members in UTF-16 order, numbers and strings as ECMAScript writes them; members that are undefined are left out. */
export function canonicalJson(value: unknown, depth = 0): string {
  if (depth > mostDepth) throw new RangeError('Deeper than 128 levels');
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  // JSON knows no bytes; their own hash stands for them, and for no text.
  if (value instanceof Uint8Array) return `bytes:${createHash('sha256').update(value).digest('hex')}`;
  // A file sent again is kept elsewhere, and is the same file.
  if (value instanceof FileReference) {
    const { name, type, size, sha256 } = value;
    return canonicalJson({ file: { name, type, size, sha256 } }, depth);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join(',')}]`;
  const members = Object.entries(value as Record<string, unknown>)
    .filter(([, member]) => member !== undefined)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member, depth + 1)}`);
  return `{${members.join(',')}}`;
}

/** SHA-256 of the canonical text, lower-case hex. */
export function canonicalHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
