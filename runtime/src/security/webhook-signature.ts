// Signatures by Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`. The bytes are signed and checked as they
// travel: a body that was parsed and printed again has another signature.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Most signatures of one message that are looked at: one per live secret of the sender. */
const mostSignatures = 10;

/** Bytes of a new secret. */
const secretBytes = 32;

/** A new signing secret: `whsec_` and 32 random bytes as base64. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(secretBytes).toString('base64')}`;
}

export interface SignedMessage {
  /** The same on each attempt; without a full stop. */
  id: string;
  /** Seconds since the epoch at this attempt. */
  seconds: number;
  body: string | Uint8Array;
}

/** Headers of one attempt: one signature per live secret, so that receivers change over when they like. */
export function signatureHeaders(secrets: readonly string[], message: SignedMessage): Record<string, string> {
  const signed = secrets.slice(0, mostSignatures).map((secret) => `v1,${sign(secret, message).toString('base64')}`);
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
 * Checks a message against each of the secrets. undefined = one of them signed exactly this id, time and body, at most
 * `toleranceS` ago and no more than that ahead of us.
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
  const given = signature
    .split(' ', mostSignatures)
    .flatMap((part) => (part.startsWith('v1,') ? [Buffer.from(part.slice(3), 'base64')] : []));
  const isTrue = by.secrets.some((secret) => {
    const right = sign(secret, { id, seconds, body });
    return given.some((each) => each.length === right.length && timingSafeEqual(each, right));
  });
  return isTrue ? undefined : 'wrong';
}

const prefix = 'whsec_';

function sign(secret: string, { id, seconds, body }: SignedMessage): Buffer {
  const key = Buffer.from(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret, 'base64');
  return createHmac('sha256', key).update(`${id}.${seconds}.`).update(body).digest();
}
