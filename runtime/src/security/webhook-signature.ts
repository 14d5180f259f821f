// Signatures by Standard Webhooks 1.0 over `id.timestamp.body`: HMAC-SHA256 (`v1`) and Ed25519 (`v1a`). The bytes are signed
// and checked as they travel: a body that was parsed and printed again has another signature. Which of the two a key is
// for is said by its own prefix and never by the message.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { assert } from '../kernel/index.ts';
import { isSignedEd25519, signEd25519 } from './webhook-keys.ts';
import { privateKeyPrefix, publicKeyPrefix, secretPrefix } from './webhook-secrets.ts';

/** Most signatures of one message that are looked at: one per live secret of the sender. */
const mostSignatures = 10;

/** Of them by Ed25519, which cost whoever checks more than whoever makes them up. */
const mostEd25519 = 4;

/** Bytes of a new secret. */
const secretBytes = 32;

/** A new signing secret: `whsec_` and 32 random bytes as base64. */
export function newWebhookSecret(): string {
  return secretPrefix + randomBytes(secretBytes).toString('base64');
}

export interface SignedMessage {
  /** The same on each attempt; without a full stop. */
  id: string;
  /** Seconds since the epoch at this attempt. */
  seconds: number;
  body: string | Uint8Array;
}

/**
 * Headers of one attempt: one signature per live secret (`whsec_`) or private key (`whsk_`), so that receivers change over
 * when they like. Throws for anything else: a public key is no secret to sign with.
 */
export function signatureHeaders(secrets: readonly string[], message: SignedMessage): Record<string, string> {
  const text = signedText(message);
  const signed = secrets.slice(0, mostSignatures).map((secret) => signatureBy(secret, text));
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.seconds),
    'webhook-signature': signed.join(' '),
  };
}

export interface ReceivedMessage {
  id: string | undefined;
  timestamp: string | undefined;
  signature: string | undefined;
  body: Uint8Array;
}

/** Why a message is not believed; said to nobody but the log. */
export type SignatureFault = 'missing' | 'malformed' | 'too-old' | 'too-new' | 'wrong';

/**
 * Checks a message against each of the keys: secrets (`whsec_`) believe `v1` alone, public keys (`whpk_`) `v1a` alone.
 * undefined = one of them signed exactly this id, time and body, at most `toleranceS` ago and no more than that ahead of us.
 */
export function signatureFault(
  { id, timestamp, signature, body }: ReceivedMessage,
  by: { secrets: readonly string[]; nowS: number; toleranceS: number },
): SignatureFault | undefined {
  if (id === undefined || timestamp === undefined || signature === undefined) return 'missing';
  // A full stop would let parts of the signed text move from one field into the next.
  if (!/^[\x21-\x2d\x2f-\x7e]{1,200}$/.test(id) || !/^(0|[1-9]\d{0,11})$/.test(timestamp)) return 'malformed';
  const seconds = Number(timestamp);
  if (by.nowS - seconds > by.toleranceS) return 'too-old';
  if (seconds - by.nowS > by.toleranceS) return 'too-new';
  const text = signedText({ id, seconds, body });
  const given = signature.split(' ', mostSignatures);
  return by.secrets.some((secret) => isSignedBy(secret, text, given)) ? undefined : 'wrong';
}

function isSignedBy(secret: string, text: Buffer, given: readonly string[]): boolean {
  if (secret.startsWith(publicKeyPrefix))
    return ofVersion('v1a,', given)
      .slice(0, mostEd25519)
      .some((each) => isSignedEd25519(secret, text, each));
  if (!secret.startsWith(secretPrefix)) return false;
  const right = hmac(secret, text);
  return ofVersion('v1,', given)
    .map((each) => Buffer.from(each, 'base64'))
    .some((each) => each.length === right.length && timingSafeEqual(each, right));
}

function ofVersion(version: 'v1,' | 'v1a,', given: readonly string[]): string[] {
  return given.flatMap((part) => (part.startsWith(version) ? [part.slice(version.length)] : []));
}

function signatureBy(secret: string, text: Buffer): string {
  if (secret.startsWith(privateKeyPrefix)) return `v1a,${signEd25519(secret, text).toString('base64')}`;
  assert(secret.startsWith(secretPrefix), 'messages are signed with whsec_ or whsk_');
  return `v1,${hmac(secret, text).toString('base64')}`;
}

function hmac(secret: string, text: Buffer): Buffer {
  return createHmac('sha256', Buffer.from(secret.slice(secretPrefix.length), 'base64'))
    .update(text)
    .digest();
}

function signedText({ id, seconds, body }: SignedMessage): Buffer {
  return Buffer.concat([Buffer.from(`${id}.${seconds}.`), typeof body === 'string' ? Buffer.from(body) : body]);
}
