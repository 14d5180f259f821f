// Ed25519 of Standard Webhooks 1.0 (`v1a`; RFC 8032): the sender keeps `whsk_`, whoever receives needs `whpk_` alone.

import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { privateKeyPrefix, publicKeyPrefix } from './webhook-secrets.ts';

const kind = 'ed25519';
const seedBytes = 32;
const signatureBytes = 64;

export interface WebhookKeyPair {
  /** `whsk_` and the seed of 32 bytes as base64. */
  privateKey: string;
  /** `whpk_` and 32 bytes as base64; no secret. */
  publicKey: string;
}

/** The key pair of a seed: 32 bytes, at random wherever it is to be kept. */
export function webhookKeyPair(seed: Buffer): WebhookKeyPair {
  const publicKey = createPublicKey(privateKeyOf(seed)).export({ format: 'raw-public' });
  return {
    privateKey: privateKeyPrefix + seed.toString('base64'),
    publicKey: publicKeyPrefix + publicKey.toString('base64'),
  };
}

/** A new key pair of a sender. */
export function newWebhookKeyPair(): WebhookKeyPair {
  return webhookKeyPair(randomBytes(seedBytes));
}

/** Signs with a `whsk_…`; 64 bytes. */
export function signEd25519(privateKey: string, text: Buffer): Buffer {
  return sign(null, text, privateKeyOf(Buffer.from(privateKey.slice(privateKeyPrefix.length), 'base64')));
}

/**
 * Whether the pair of a `whpk_…` signed exactly this. `signature` is base64 as RFC 4648 has it: each signature has one
 * spelling. Keys and points of small order, with which everything would be signed, are refused by OpenSSL.
 */
export function isSignedEd25519(publicKey: string, text: Buffer, signature: string): boolean {
  const bytes = Buffer.from(signature, 'base64');
  if (bytes.length !== signatureBytes || bytes.toString('base64') !== signature) return false;
  const key = Buffer.from(publicKey.slice(publicKeyPrefix.length), 'base64');
  return verify(null, text, createPublicKey({ key, format: 'raw-public', asymmetricKeyType: kind }), bytes);
}

function privateKeyOf(seed: Buffer): KeyObject {
  return createPrivateKey({ key: seed, format: 'raw-private', asymmetricKeyType: kind });
}
