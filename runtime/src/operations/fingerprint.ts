// What makes two calls the same call: operation, parameters, media type and the parsed body, in canonical JSON. Bytes would
// not do: a client that serializes its retry anew must get the stored answer, not a refusal.

import { createHash } from 'node:crypto';
import { whoHash } from '../kernel/index.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import { canonicalHash } from '../security/canonical-json.ts';
import { sealingKey } from './seal.ts';

/** Place of a key: only hashes of the caller and the key are stored. */
export interface KeyPlace {
  principalHash: Buffer;
  operation: string;
  keyHash: Buffer;
  fingerprint: Buffer;
  /** With which the answer is kept, when something secret or personal may stand in it (seal.ts). */
  seal?: Buffer;
  /** The deployment's own key, with which what is found out later is sealed; '' = there is none. */
  own?: string;
}

/** @param own the deployment's part of the key that seals what is kept; '' = there is none. */
export function placeOf(x: Exchange, key: string, own = ''): KeyPlace {
  const { principal, input } = x;
  const operation = x.operation.key;
  const principalHash = whoHash(principal);
  return {
    principalHash,
    operation,
    keyHash: sha(key),
    fingerprint: Buffer.from(canonicalHash({ operation, input, media: mediaOf(x) }), 'hex'),
    own,
    ...(x.operation.shapes.seals ? { seal: sealingKey(key, principalHash, own) } : {}),
  };
}

/** One value in two media types may be two wishes. undefined for JSON, as calls from inside are, and without a body. */
function mediaOf(x: Exchange): string | undefined {
  if (x.body === undefined && x.form === undefined) return undefined;
  const media = x.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  return media === 'application/json' ? undefined : media;
}

/** Business key of what this call starts: the same for every repetition, of no use to another caller. */
export function scopedKey(place: KeyPlace): string {
  return sha(Buffer.concat([place.principalHash, Buffer.from(place.operation), place.keyHash])).toString('hex');
}

function sha(text: string | Uint8Array): Buffer {
  return createHash('sha256').update(text).digest();
}
