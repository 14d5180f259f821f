// Ids: a UUIDv7 in the database, `<prefix>_<26 Crockford base32>` on the wire (`ord_01k9…`).
// Handlers see and store the wire form's uuid through these functions; a wrong prefix is simply not found.

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Makes new ids. `uuid()` is version 7: it sorts by the clock's time. */
export interface Ids {
  uuid(): string;
  /** A new id in wire form. */
  of(prefix: string): string;
}

/** Ids whose time part comes from `clock` and whose other bits are random. */
export function newIds(clock: Clock): Ids {
  const uuid = (): string => uuidv7(clock.now().epochMilliseconds, randomBytes(10));
  return { uuid, of: (prefix) => toWireId(prefix, uuid()) };
}

/** A secret or token id: 128 random bits, no time inside. */
export function randomId(): string {
  return randomUUID();
}

/** UUID version 7 (RFC 9562, 5.7) from milliseconds and 10 bytes. */
export function uuidv7(epochMs: number, entropy: Uint8Array): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(epochMs) << 16n);
  bytes.set(entropy.subarray(0, 10), 6);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** `ord` + uuid → `ord_01k9…` (26 characters, lower case). */
export function toWireId(prefix: string, uuid: string): string {
  let value = BigInt(`0x${uuid.replaceAll('-', '')}`);
  let text = '';
  for (let index = 0; index < 26; index++) {
    text = alphabet[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return `${prefix}_${text}`;
}

/** The uuid of a wire id; undefined when the prefix or a character is wrong. */
export function fromWireId(prefix: string, id: string): string | undefined {
  if (!id.startsWith(`${prefix}_`) || id.length !== prefix.length + 27) return undefined;
  let value = 0n;
  for (const letter of id.slice(prefix.length + 1)) {
    const digit = alphabet.indexOf(letter);
    if (digit < 0) return undefined;
    value = (value << 5n) | BigInt(digit);
  }
  const hex = value.toString(16).padStart(32, '0');
  if (hex.length > 32) return undefined;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The same id for the same words: seeds of different capabilities agree without importing each other. */
export function worldId(prefix: string, ...words: (string | number)[]): string {
  const digest = createHash('sha256')
    .update(`northfold/${prefix}/${words.join('/')}`)
    .digest();
  // The time part is fixed, so that seeded rows sort before anything made later.
  return toWireId(prefix, uuidv7(1_767_225_600_000, digest.subarray(0, 10)));
}

/** SHA-256 as lower-case hex. */
export function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * The number people see and read aloud: `ORD-7F3K-2QXM`. Seven characters (base 31) drawn from the id, and a check
 * character (weighted sum mod 31) that catches any one wrong or two swapped ones. Unique by index, not by construction.
 */
export function checkedNumber(prefix: string, id: string): string {
  let value = BigInt(`0x${sha256(id).slice(0, 12)}`);
  const digits: number[] = [];
  for (let index = 0; index < 7; index++) {
    digits.push(Number(value % 31n));
    value /= 31n;
  }
  const text = [...digits, checkDigit(digits)]
    .map((digit) => alphabet[digit])
    .join('')
    .toUpperCase();
  return `${prefix}-${text.slice(0, 4)}-${text.slice(4)}`;
}

/** True when the check character fits; case and spaces do not matter. */
export function isCheckedNumber(prefix: string, number: string): boolean {
  const text = number.trim().toLowerCase().replaceAll(/[\s-]/g, '');
  if (!text.startsWith(prefix.toLowerCase()) || text.length !== prefix.length + 8) return false;
  const digits = Array.from(text.slice(prefix.length), (letter) => alphabet.indexOf(letter));
  return digits.every((digit) => digit >= 0 && digit < 31) && checkDigit(digits.slice(0, 7)) === digits[7];
}

function checkDigit(digits: readonly number[]): number {
  return digits.reduce((sum, digit, index) => sum + digit * (index + 1), 0) % 31;
}
