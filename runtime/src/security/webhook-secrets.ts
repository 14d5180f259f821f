// What a secret of a sender of messages looks like, by scheme. Configuration asks before anything is signed or read.

const prefix = 'whsec_';

/** True for a secret of Standard Webhooks: `whsec_` and base64 of 24 to 64 bytes. */
export function isWebhookSecret(text: string): boolean {
  const bytes = Buffer.from(text.slice(prefix.length), 'base64');
  const isCanonical = `${prefix}${bytes.toString('base64')}` === text;
  return isCanonical && bytes.length >= 24 && bytes.length <= 64;
}

/** True for a key as Adyen's console shows it: 32 bytes in hexadecimal. */
export function isAdyenKey(text: string): boolean {
  return /^[0-9A-Fa-f]{64}$/.test(text);
}
