// What makes two calls the same call: operation, parameters and the parsed body, in canonical JSON. Bytes would not do:
// a client that serializes its retry anew must get the stored answer, not a refusal.

import { createHash } from 'node:crypto';
import type { Principal } from '../kernel/index.ts';
import { canonicalHash } from '../security/canonical-json.ts';

/** Place of a key: only hashes of the caller and the key are stored. */
export interface KeyPlace {
  principalHash: Buffer;
  operation: string;
  keyHash: Buffer;
  fingerprint: Buffer;
  /** With which the answer is kept, when it shows a secret (seal.ts). */
  seal?: Buffer;
}

export function placeOf(
  principal: Principal,
  operation: string,
  key: string,
  input: Readonly<Record<string, unknown>>,
): KeyPlace {
  return {
    principalHash: whoHash(principal),
    operation,
    keyHash: sha(key),
    fingerprint: Buffer.from(canonicalHash({ operation, input }), 'hex'),
  };
}

/** Business key of what this call starts: the same for every repetition, of no use to another caller. */
export function scopedKey(place: KeyPlace): string {
  return sha(Buffer.concat([place.principalHash, Buffer.from(place.operation), place.keyHash])).toString('hex');
}

/** One line per caller that stays the same when the token is renewed. */
export function whoIs(principal: Principal): string {
  const { issuer, subject, customerId = '', applicationId = '', actor } = principal;
  return [issuer, subject, customerId, applicationId, ...actor].map(encodeURIComponent).join(' ');
}

/** Hash of `whoIs`: what is stored of a caller. */
export function whoHash(principal: Principal): Buffer {
  return sha(whoIs(principal));
}

function sha(text: string | Uint8Array): Buffer {
  return createHash('sha256').update(text).digest();
}
