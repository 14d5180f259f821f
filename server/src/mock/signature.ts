// Signatures by Standard Webhooks 1.0: HMAC-SHA256 over id, time and body.

import { createHash, createHmac } from 'node:crypto';

/** The secret of a mock: the same for the same seed, so that tests can write it down. */
export function secretOf(seed: number): string {
  return `whsec_${createHash('sha256').update(`plinth mock ${seed}`).digest('base64')}`;
}

/** Headers of one attempt. `seconds` of the epoch. */
export function signatureHeaders(
  secret: string,
  { id, seconds, body }: { id: string; seconds: number; body: string },
): Record<string, string> {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` };
}
