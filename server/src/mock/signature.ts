// What a mock signs with, the same for the same seed, so that tests can write it down.

import { createHash } from 'node:crypto';
import { type WebhookKeyPair, webhookKeyPair } from '@plinth/runtime/pipeline/storeless';

/** For receivers that check `v1`. */
export function secretOf(seed: number): string {
  return `whsec_${bytesOf(`plinth mock ${seed}`).toString('base64')}`;
}

/** For receivers that check `v1a`. */
export function keyPairOf(seed: number): WebhookKeyPair {
  return webhookKeyPair(bytesOf(`plinth mock key ${seed}`));
}

function bytesOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
