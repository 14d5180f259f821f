// Formats beside those of JSON Schema and OpenAPI: what business contracts need.

import type { Ajv2020 } from 'ajv/dist/2020.js';

/** Adds `currency country e164 iban decimal`. */
export function addOwnFormats(ajv: Ajv2020): void {
  ajv.addFormat('currency', /^[A-Z]{3}$/);
  ajv.addFormat('country', /^[A-Z]{2}$/);
  ajv.addFormat('e164', /^\+[1-9][0-9]{6,14}$/);
  ajv.addFormat('decimal', /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/);
  ajv.addFormat('iban', { type: 'string', validate: isIban });
}

/** ISO 13616: length, letters, and the mod-97 check. */
export function isIban(text: string): boolean {
  const compact = text.replaceAll(' ', '').toUpperCase();
  if (!/^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$/.test(compact)) return false;
  const digits = (compact.slice(4) + compact.slice(0, 4)).replaceAll(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}
