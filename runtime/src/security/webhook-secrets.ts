// What a secret of a sender of messages looks like, by scheme. Configuration asks before anything is signed or read. The
// prefix says what a key is for: one that checks `v1a` is public, and must never be taken for a secret that checks `v1`.

/** Of a secret that both sides know (`v1`). */
export const secretPrefix = 'whsec_';
/** Of the key an Ed25519 sender keeps (`v1a`). */
export const privateKeyPrefix = 'whsk_';
/** Of the key its receivers check with; public. */
export const publicKeyPrefix = 'whpk_';

/** True for what messages of Standard Webhooks are checked with: `whsec_` and 24 to 64 bytes, `whpk_` and 32, in base64. */
export function isWebhookSecret(text: string): boolean {
  const secret = bytesAfter(secretPrefix, text);
  return (secret >= 24 && secret <= 64) || bytesAfter(publicKeyPrefix, text) === 32;
}

/** True for a key as Adyen's console shows it: 32 bytes in hexadecimal. */
export function isAdyenKey(text: string): boolean {
  return /^[0-9A-Fa-f]{64}$/.test(text);
}

/** How many bytes stand behind a prefix, in the one way base64 spells them; 0 = it is no such text. */
function bytesAfter(prefix: string, text: string): number {
  const bytes = Buffer.from(text.slice(prefix.length), 'base64');
  return `${prefix}${bytes.toString('base64')}` === text ? bytes.length : 0;
}
