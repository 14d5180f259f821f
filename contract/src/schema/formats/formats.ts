// Every format that is asserted: those of JSON Schema 2020-12 and OpenAPI, and what business contracts need. A name
// that is not here is an annotation.

import { isIri, isIriReference, isUri, isUriReference, isUriTemplate } from './address.ts';
import { isIdnHostname } from './international.ts';
import { isEmail, isHostname, isIdnEmail, isIpv4, isIpv6 } from './network.ts';
import { isDate, isDateTime, isDuration, isTime } from './time.ts';

export interface Format {
  /** The kind of value that the format speaks about; it accepts all others. */
  kind: 'string' | 'number';
  fits: (value: never) => boolean;
}

const texts: Record<string, (text: string) => boolean> = {
  'date-time': isDateTime,
  date: isDate,
  time: isTime,
  duration: isDuration,
  email: isEmail,
  'idn-email': isIdnEmail,
  hostname: isHostname,
  'idn-hostname': isIdnHostname,
  ipv4: isIpv4,
  ipv6: isIpv6,
  uri: isUri,
  'uri-reference': isUriReference,
  iri: isIri,
  'iri-reference': isIriReference,
  'uri-template': isUriTemplate,
  uuid: isUuid,
  'json-pointer': isJsonPointer,
  'relative-json-pointer': isRelativeJsonPointer,
  regex: isRegex,
  byte: isBase64,
  decimal: (text) => /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/.test(text),
  currency: (text) => /^[A-Z]{3}$/.test(text),
  country: (text) => /^[A-Z]{2}$/.test(text),
  e164: (text) => /^\+[1-9][0-9]{6,14}$/.test(text),
  iban: isIban,
};
const numbers: Record<string, (value: number) => boolean> = {
  int32: (value) => Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31,
  int64: (value) => Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63,
  float: Number.isFinite,
  double: Number.isFinite,
};

const formats = new Map<string, Format>();
for (const [name, fits] of Object.entries(texts)) formats.set(name, { kind: 'string', fits });
for (const [name, fits] of Object.entries(numbers)) formats.set(name, { kind: 'number', fits });
// Nothing can be wrong with these.
const unlimited = ['binary', 'password'];

/** The format of a name; undefined when it asserts nothing. */
export function formatOf(name: string): Format | undefined {
  return formats.get(name);
}

/** Every name that means something here, also those that nothing can break. */
export function formatNames(): string[] {
  return [...formats.keys(), ...unlimited];
}

function isUuid(text: string): boolean {
  if (text.length !== 36) return false;
  for (let at = 0; at < 36; at++) {
    const code = text.charCodeAt(at);
    if (at === 8 || at === 13 || at === 18 || at === 23) {
      if (code !== 45) return false;
      continue;
    }
    const lower = code | 32;
    if (!((code >= 48 && code <= 57) || (lower >= 97 && lower <= 102 && code < 128))) return false;
  }
  return true;
}

function isJsonPointer(text: string): boolean {
  if (text === '') return true;
  if (text.charCodeAt(0) !== 47) return false;
  for (let tilde = text.indexOf('~'); tilde >= 0; tilde = text.indexOf('~', tilde + 1)) {
    const next = text.charCodeAt(tilde + 1);
    if (next !== 48 && next !== 49) return false;
  }
  return true;
}

function isRelativeJsonPointer(text: string): boolean {
  const up = /^(?:0|[1-9][0-9]*)/.exec(text)?.[0];
  if (up === undefined) return false;
  const rest = text.slice(up.length);
  return rest === '#' || isJsonPointer(rest);
}

function isRegex(text: string): boolean {
  try {
    return new RegExp(text, 'u').source !== '';
  } catch {
    return false;
  }
}

/** RFC 4648 with padding; nothing else may stand in it. */
function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  const end = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length;
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    const lower = code | 32;
    const isLetter = lower >= 97 && lower <= 122 && code < 128;
    if (!isLetter && !(code >= 47 && code <= 57) && code !== 43) return false;
  }
  return true;
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
