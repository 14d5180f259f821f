// What may hold something secret or personal is kept sealed (AES-256-GCM). An answer that is kept for the repetitions of a
// call opens to who repeats it with its own key: the sealing key is made of the caller's Idempotency-Key, of which only a
// hash is stored, and the deployment's own. What others must open later (jobs, look-ups, late answers) is sealed with the
// deployment's own key, for one row. Either way a copy of the database alone opens nothing.

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

/** Begins what a row keeps sealed as bytes. As JSON it is a text: what is kept in clear is never one. */
const rowMark = Buffer.from('\0plinth\x01');

/** True for bytes that `RowSeal` closed. */
export function isRowSealed(bytes: Uint8Array): boolean {
  return rowMark.equals(bytes.subarray(0, rowMark.length));
}

/**
 * Closes and opens what one row keeps. Without a key of the deployment (`own` '' or undefined) it stays in clear, and what
 * is in clear, because there was no key when it was written, is read as it is.
 */
export class RowSeal {
  readonly #key: Buffer | undefined;

  /** @param row no other row has it: an id of a job, the scoped key of a call. */
  constructor(own: string | undefined, row: string) {
    if (own !== undefined && own !== '') this.#key = Buffer.from(hkdfSync('sha256', own, row, 'plinth row', 32));
  }

  close<T extends Uint8Array | null>(bytes: T): Uint8Array | T {
    return this.#key === undefined || bytes === null ? bytes : Buffer.concat([rowMark, seal(this.#key, bytes)]);
  }

  /** undefined: it was sealed with another key. */
  open(kept: Buffer): Buffer | undefined {
    if (!isRowSealed(kept)) return kept;
    return this.#key && unseal(this.#key, kept.subarray(rowMark.length));
  }

  /** An object as JSON for a column of type jsonb. */
  closeJson(value: object): string {
    const json = JSON.stringify(value);
    return this.#key === undefined ? json : JSON.stringify(seal(this.#key, Buffer.from(json)).toString('base64'));
  }

  /** What such a column holds, as it was; undefined: it was sealed with another key. */
  openJson<T extends object>(kept: T | string): T | undefined {
    if (typeof kept !== 'string') return kept;
    const json = this.#key && unseal(this.#key, Buffer.from(kept, 'base64'));
    return json && (JSON.parse(json.toString('utf8')) as T);
  }
}
