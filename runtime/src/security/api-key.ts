// API keys of partners: `pln_<test|live>_<id>_<43 characters of secret><6 characters of checksum>`.
// The checksum (CRC-32, base 62) tells typing errors and random strings from keys before any look-up, and lets secret
// scanners recognise a leaked key. Only the SHA-256 of the secret is stored.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Principal } from '../kernel/index.ts';

/** Issuer of every key's principal; tells key holders from token holders. */
export const keyIssuer = 'plinth:keys';

/** What the partners' table knows about a key. */
export interface StoredKey {
  /** By which it is withdrawn (`key:<id>`); the id in its text when absent. */
  id?: string;
  /** SHA-256 of the secret, lower-case hex. */
  secretHash: string;
  /** Application, partner, scopes. `issuer` is `keyIssuer` and `audience` is `partner`; others are refused. */
  principal: Principal;
  /** Seconds since the epoch; undefined = no end. */
  expiresAt?: number;
  /** Addresses and networks it may be used from; empty or undefined = everywhere. */
  addresses?: readonly string[];
  /** Its application or partner is suspended: the key is right, and nobody is let in by it. */
  isSuspended?: boolean;
}

export type FindKey = (id: string) => Promise<StoredKey | undefined>;

const shape = /^pln_(test|live)_([a-z0-9]{4,40})_([A-Za-z0-9_-]{43})([A-Za-z0-9]{6})$/;
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** True for anything that claims to be an API key. */
export function looksLikeKey(credential: string): boolean {
  return credential.startsWith('pln_');
}

/** Makes a key. `text` is shown once and never stored. `id`: 4–40 lower-case letters and digits. */
export function newApiKey(stage: 'test' | 'live', id: string): { text: string; id: string; secretHash: string } {
  const secret = randomBytes(32).toString('base64url');
  const body = `pln_${stage}_${id}_${secret}`;
  return { text: body + checksum(body), id, secretHash: hashSecret(secret) };
}

/** The parts of a well-formed key with a right checksum; undefined otherwise. Costs no look-up. */
export function parseApiKey(text: string): { stage: 'test' | 'live'; id: string; secret: string } | undefined {
  const match = shape.exec(text);
  if (match === null) return undefined;
  const [, stage, id, secret, sum] = match as unknown as [string, 'test' | 'live', string, string, string];
  return checksum(text.slice(0, -6)) === sum ? { stage, id, secret } : undefined;
}

/** SHA-256 of a secret as stored. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Constant-time comparison of a presented secret with the stored hash. */
export function isSecretOf(key: StoredKey, secret: string): boolean {
  const stored = Buffer.from(key.secretHash, 'hex');
  const shown = createHash('sha256').update(secret).digest();
  return stored.length === shown.length && timingSafeEqual(stored, shown);
}

function checksum(body: string): string {
  let value = crc32(body);
  let text = '';
  for (let index = 0; index < 6; index++) {
    text = digits[value % 62] + text;
    value = Math.floor(value / 62);
  }
  return text;
}
