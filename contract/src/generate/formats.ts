// Texts by `format`: those of JSON Schema and OpenAPI, and those of business contracts.

import type { Draw } from './draw.ts';
import type { Persona } from './persona.ts';

export interface FormatWish {
  /** The property's name: what was created lies before what was updated, what expires lies ahead. */
  name: string;
  format: string;
  now: Temporal.Instant;
  persona: Persona;
}

const digits = '0123456789';

/** A text of the format; undefined when the format says nothing about texts. */
export function textOfFormat(wish: FormatWish, draw: Draw): string | undefined {
  const { persona } = wish;
  switch (wish.format) {
    case 'date-time':
      return wish.now.subtract({ minutes: minutesAgo(wish.name, draw) }).toString({ smallestUnit: 'second' });
    case 'date':
      return dateOf(wish, draw);
    case 'time':
      return `${two(draw.int(0, 23))}:${two(draw.int(0, 59))}:00Z`;
    case 'duration':
      return `PT${draw.int(1, 48)}H`;
    case 'email':
    case 'idn-email':
      return persona.email;
    case 'uuid':
      return uuid(draw);
    case 'uri':
    case 'url':
    case 'iri':
      return `https://example.com/${draw.letters(8)}`;
    default:
      return addressFormat(wish.format, draw) ?? businessFormat(wish, draw);
  }
}

function addressFormat(format: string, draw: Draw): string | undefined {
  switch (format) {
    case 'uri-reference':
    case 'iri-reference':
    case 'json-pointer':
      return `/${draw.letters(8)}`;
    case 'uri-template':
      return '/things/{id}';
    case 'relative-json-pointer':
      return `0/${draw.letters(4)}`;
    case 'hostname':
    case 'idn-hostname':
      return `${draw.letters(8)}.example.com`;
    case 'ipv4':
      return `192.0.2.${draw.int(1, 254)}`;
    case 'ipv6':
      return `2001:db8::${draw.int(1, 9999)}`;
    case 'regex':
      return '^[a-z]+$';
    default:
      return undefined;
  }
}

function businessFormat({ format, persona }: FormatWish, draw: Draw): string | undefined {
  switch (format) {
    case 'currency':
      return persona.currency;
    case 'country':
      return persona.country;
    case 'e164':
      return persona.phone;
    case 'iban':
      return iban(draw);
    case 'byte':
      return btoa(draw.letters(9));
    case 'decimal':
      return `${draw.int(1, 900)}.${two(draw.int(0, 99))}`;
    default:
      return undefined;
  }
}

/** Minutes before now; negative lies ahead. */
function minutesAgo(name: string, draw: Draw): number {
  const day = 24 * 60;
  if (/expir|due|until|valid_?to|next|renew|end/i.test(name)) return -draw.int(day, 60 * day);
  if (/updat|modif|chang|last|settl|closed|completed/i.test(name)) return draw.int(5, 3 * day);
  return draw.int(4 * day, 60 * day);
}

function dateOf({ name, now }: FormatWish, draw: Draw): string {
  const today = now.toZonedDateTimeISO('UTC').toPlainDate();
  if (/birth|dob/i.test(name)) return today.subtract({ years: draw.int(20, 70), days: draw.int(0, 300) }).toString();
  return today.subtract({ days: Math.round(minutesAgo(name, draw) / (24 * 60)) }).toString();
}

/** Version 4 with the variant of RFC 9562. */
export function uuid(draw: Draw): string {
  const hex = draw.letters(32, '0123456789abcdef');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** A German IBAN of a bank code nobody has, with right check digits (ISO 13616). */
export function iban(draw: Draw): string {
  const bban = `00000000${draw.letters(10, digits)}`;
  let rest = 0;
  for (const digit of `${bban}131400`) rest = (rest * 10 + Number(digit)) % 97;
  return `DE${two(98 - rest)}${bban}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
