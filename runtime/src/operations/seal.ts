// Answers in which something secret or personal may stand are kept sealed (AES-256-GCM): only who repeats the call with its
// own key opens them. The key is made of the caller's Idempotency-Key, of which only a hash is stored, and the deployment's
// own, so a copy of the database alone opens nothing.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const ivBytes = 12;
const tagBytes = 16;

/** @param own the deployment's part; '' = there is none, and the caller's key must do. */
export function sealingKey(callersKey: string, principalHash: Uint8Array, own: string): Buffer {
  return Buffer.from(hkdfSync('sha256', callersKey, principalHash, `plinth answer ${own}`, 32));
}

/** Nonce, mark, then what cannot be read. */
export function seal(key: Uint8Array, bytes: Uint8Array): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const closed = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), closed]);
}

/** undefined when it was sealed with another key, or is not what was sealed. */
export function unseal(key: Uint8Array, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < ivBytes + tagBytes) return undefined;
  const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes));
  cipher.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
  try {
    return Buffer.concat([cipher.update(sealed.subarray(ivBytes + tagBytes)), cipher.final()]);
  } catch {
    // The mark does not fit; why is nobody's business.
    return undefined;
  }
}
