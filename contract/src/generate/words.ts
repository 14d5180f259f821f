// Believable texts by format and by the property's name.

import type { Draw } from './draw.ts';
import { matching } from './pattern.ts';

const given = ['Ada', 'Ben', 'Chiara', 'David', 'Elif', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Leila', 'Mei'];
const family = [
  'Lindqvist',
  'Okoro',
  'Rossi',
  'Sørensen',
  'Kaya',
  'Haddad',
  'Vogel',
  'Almeida',
  'Costa',
  'Weber',
  'Novák',
  'Zhang',
];
const cities = ['Berlin', 'Porto', 'Oslo', 'Lyon', 'Kraków', 'Cork', 'Utrecht', 'Graz'];
const things = [
  'Desk lamp',
  'Kettle',
  'Backpack',
  'Headphones',
  'Wool blanket',
  'Travel adapter',
  'Coffee grinder',
  'Notebook',
];
const sentences = [
  'Arrives within three days.',
  'As agreed on the phone.',
  'Please ring twice.',
  'Everything in one parcel.',
  'Works as described.',
];

/** Names in lower case without separators → text. First fitting entry wins. */
const byName: readonly [RegExp, (draw: Draw) => string][] = [
  [/(first|given)name$/, (draw) => draw.pick(given)],
  [/(last|family|sur)name$/, (draw) => draw.pick(family)],
  [/^(full|holder|customer|contact|cardholder)name$|^name$/, (draw) => `${draw.pick(given)} ${draw.pick(family)}`],
  [/e?mail(address)?$/, (draw) => `${draw.pick(given).toLowerCase()}.${draw.letters(4)}@example.com`],
  [/phone|mobile/, (draw) => `+4915550${draw.int(10_000, 99_999)}`],
  [/^city$|town/, (draw) => draw.pick(cities)],
  [
    /street|addressline|^line1$|address1/,
    (draw) => `${draw.pick(['Linden', 'Mill', 'Station', 'Harbour'])} Street ${draw.int(1, 90)}`,
  ],
  [/postal|postcode|zip/, (draw) => String(draw.int(10_000, 99_999))],
  [/countrycode|^country$/, (draw) => draw.pick(['DE', 'SE', 'PT', 'IE'])],
  [/currency/, (draw) => draw.pick(['EUR', 'USD', 'GBP'])],
  [/locale|language/, (draw) => draw.pick(['en', 'de'])],
  [/last4|lastfour/, (draw) => String(draw.int(1000, 9999))],
  [/iban/, (draw) => iban(draw)],
  [/(url|uri|href|link|website)$/, (draw) => `https://example.com/${draw.letters(8)}`],
  [/title|product|label/, (draw) => draw.pick(things)],
  [/description|comment|note|message|text|reason/, (draw) => draw.pick(sentences)],
  [/color|colour/, (draw) => draw.pick(['white', 'green', 'blue'])],
  [/sku/, (draw) => `${draw.letters(4).toUpperCase()}-${draw.int(10, 99)}`],
];

export interface TextWish {
  name: string;
  format?: string | undefined;
  pattern?: string | undefined;
  minLength: number;
  maxLength: number;
  now: Temporal.Instant;
}

/** A text within its bounds where that is possible. */
export function textFor(wish: TextWish, draw: Draw): string {
  const raw = wish.pattern === undefined ? plainText(wish, draw) : matching(wish.pattern, draw);
  if (wish.pattern !== undefined || wish.format !== undefined) return raw;
  const padded =
    raw.length < wish.minLength ? raw.padEnd(wish.minLength, draw.letters(Math.min(64, wish.minLength))) : raw;
  return padded.length > wish.maxLength ? padded.slice(0, wish.maxLength) : padded;
}

function plainText(wish: TextWish, draw: Draw): string {
  const formatted = wish.format === undefined ? undefined : byFormat(wish, draw);
  if (formatted !== undefined) return formatted;
  const name = wish.name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const known = byName.find(([pattern]) => pattern.test(name));
  if (known) return known[1](draw);
  if (/(^|[a-z])id$|reference|token|code|key/.test(name))
    return `${name.replace(/id$/, '').slice(0, 3) || 'id'}_${draw.letters(12, '0123456789abcdefghjkmnpqrstvwxyz')}`;
  return `${draw.pick(['calm', 'clear', 'open', 'warm', 'early'])} ${draw.pick(['river', 'garden', 'window', 'harbour', 'meadow'])}`;
}

function byFormat({ format, now }: TextWish, draw: Draw): string | undefined {
  switch (format) {
    case 'date-time':
      return now.subtract({ minutes: draw.int(0, 60 * 24 * 60) }).toString({ smallestUnit: 'second' });
    case 'date':
      return now
        .toZonedDateTimeISO('UTC')
        .toPlainDate()
        .subtract({ days: draw.int(0, 300) })
        .toString();
    case 'time':
      return `${String(draw.int(0, 23)).padStart(2, '0')}:${String(draw.int(0, 59)).padStart(2, '0')}:00Z`;
    case 'duration':
      return `PT${draw.int(1, 48)}H`;
    case 'email':
    case 'idn-email':
      return `${draw.letters(6)}@example.com`;
    case 'uuid':
      return uuid(draw);
    case 'uri':
    case 'url':
    case 'iri':
      return `https://example.com/${draw.letters(8)}`;
    case 'uri-reference':
      return `/${draw.letters(8)}`;
    case 'hostname':
      return `${draw.letters(8)}.example.com`;
    case 'ipv4':
      return `192.0.2.${draw.int(1, 254)}`;
    case 'ipv6':
      return `2001:db8::${draw.int(1, 9999)}`;
    case 'currency':
      return draw.pick(['EUR', 'USD', 'GBP']);
    case 'country':
      return draw.pick(['DE', 'SE', 'PT']);
    case 'e164':
      return `+4915550${draw.int(10_000, 99_999)}`;
    case 'iban':
      return iban(draw);
    case 'byte':
      return btoa(draw.letters(9));
    case 'decimal':
      return `${draw.int(1, 900)}.${draw.int(10, 99)}`;
    case 'json-pointer':
      return `/${draw.letters(5)}`;
    case 'regex':
      return '^[a-z]+$';
    default:
      return undefined;
  }
}

function uuid(draw: Draw): string {
  const hex = draw.letters(32, '0123456789abcdef');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** A German IBAN of a bank code nobody has, with right check digits (ISO 13616). */
function iban(draw: Draw): string {
  const bban = `00000000${draw.letters(10, '0123456789')}`;
  let rest = 0;
  for (const digit of `${bban}131400`) rest = (rest * 10 + Number(digit)) % 97;
  return `DE${String(98 - rest).padStart(2, '0')}${bban}`;
}
