// The audit chain: rows of `runtime.audit` are sealed after they committed, each seal covering the row and the seal before
// it. So no business transaction waits for a hot row, and no row can be changed, taken out or moved afterwards without a
// break at its place. Checkpoints are signed, so that a chain that was made anew as a whole does not pass either.

import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';

/** Bytes before the first seal. */
export const chainStart: Buffer = Buffer.alloc(32);

/**
 * The sealed record as one text: the audit row `a`, with what the facts of its transaction say of their object. Written by
 * the database for sealer and verifier alike; a change of this text is a new version in its first element.
 */
export const recordText: RawBuilder<string> = sql<string>`json_build_array('1', a.id,
  to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), a.operation, a.issuer, a.subject, a.audience, a.actor,
  a.channel, a.customer_id, a.trace_id, a.decision_id, a.event_ids, s.object, encode(s.before_digest, 'hex'),
  encode(s.after_digest, 'hex'))::text`;

/** `SHA-256(previous ‖ record)`. */
export function sealOf(previous: Uint8Array, record: string): Buffer {
  return Buffer.from(sealOfBytes(Buffer.concat([previous, Buffer.from(record)])), 'latin1');
}

/** The same of `previous ‖ record`, one character a byte: for many in a row, short texts cost less to forget than buffers. */
export function sealOfBytes(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'latin1');
}

/** What a checkpoint signs. */
export function checkpointText(seq: string, seal: Uint8Array): Buffer {
  return Buffer.from(`plinth audit checkpoint\n${seq}\n${Buffer.from(seal).toString('hex')}\n`);
}

export interface AuditKey {
  /** First 16 hex digits of the SHA-256 of the public key (SPKI). */
  id: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** A new Ed25519 key as PEM (PKCS #8). */
export function newAuditKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
}

/** Reads a private key. Throws when the text is not an Ed25519 key in PEM. */
export function readAuditKey(pem: string): AuditKey {
  const privateKey = createPrivateKey(pem);
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('the key is not an Ed25519 key');
  const publicKey = createPublicKey(privateKey);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return { id: createHash('sha256').update(spki).digest('hex').slice(0, 16), privateKey, publicKey };
}
