// Believable texts by the property's name, where no format says more.

import type { Draw } from './draw.ts';
import { iban } from './formats.ts';
import type { Persona } from './persona.ts';

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
const crockford = '0123456789abcdefghjkmnpqrstvwxyz';

type Word = (draw: Draw, persona: Persona) => string;

/** Names in lower case without separators → text. The first fitting entry wins. */
const byName: readonly [RegExp, Word][] = [
  [/(first|given)name$/, (_draw, who) => who.given],
  [/(last|family|sur)name$/, (_draw, who) => who.family],
  [
    /^(full|holder|customer|contact|cardholder|display|account|owner)?name$/,
    (_draw, who) => `${who.given} ${who.family}`,
  ],
  [/e?mail(address)?$/, (_draw, who) => who.email],
  [/phone|mobile|msisdn/, (_draw, who) => who.phone],
  [/^city$|town/, (_draw, who) => who.city],
  [/street|addressline|^line1$|address1/, (_draw, who) => who.street],
  [/postal|postcode|zip/, (_draw, who) => who.postal],
  [/countrycode|^country$/, (_draw, who) => who.country],
  [/currency/, (_draw, who) => who.currency],
  [/locale|language/, (_draw, who) => who.locale],
  [/last4|lastfour/, (draw) => String(draw.int(1000, 9999))],
  [/iban/, (draw) => iban(draw)],
  [/^bic$|swift/, () => 'EXMPDEFF'],
  [/(url|uri|href|link|website)$/, (draw) => `https://example.com/${draw.letters(8)}`],
  [/author|assignee|agentname|holder|recipient|beneficiary/, (_draw, who) => `${who.given} ${who.family}`],
  [/carrier|courier/, (draw) => draw.pick(['Northpost', 'Heron Parcels', 'Bluebird Freight'])],
  [
    /merchant|shop|store|company|organi[sz]ation/,
    (draw) => draw.pick(['Harbour Books', 'Mill Bakery', 'Linden Market']),
  ],
  [/subject/, (draw) => draw.pick(['Parcel not arrived', 'Question about my invoice', 'Change of address'])],
  [
    /^thingname$/,
    (draw) =>
      `${draw.pick(['Northern', 'Harbour', 'Garden', 'Bright', 'Linden'])} ${draw.pick(['plan', 'line', 'park', 'select'])}`,
  ],
  [/title|product|label/, (draw) => draw.pick(things)],
  [/description|comment|note|message|text|reason|summary/, (draw) => draw.pick(sentences)],
  [/colou?r/, (draw) => draw.pick(['white', 'green', 'blue'])],
  [/sku/, (draw) => `${draw.letters(4).toUpperCase()}-${draw.int(10, 99)}`],
  [/version$/, (draw) => `1.${draw.int(0, 9)}.0`],
];

/** A text for a property of this name; undefined when the name says nothing. */
export function textOfName(name: string, draw: Draw, persona: Persona): string | undefined {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  if (/(^id|[_-]id|[a-z]I[dD])$/.test(name)) return idLike(plain, draw);
  const known = byName.find(([pattern]) => pattern.test(plain));
  if (known) return known[1](draw, persona);
  if (plain.endsWith('number')) return `${draw.letters(2).toUpperCase()}-${draw.int(10_000, 99_999)}`;
  return /id$|ref$|reference|token|code|key/.test(plain) ? idLike(plain, draw) : undefined;
}

function idLike(plain: string, draw: Draw): string {
  const prefix = plain.replace(/id$/, '').slice(0, 3) || 'id';
  return `${prefix}_${draw.letters(12, crockford)}`;
}

/** Two words that mean nothing in particular. */
export function anyText(draw: Draw): string {
  const first = draw.pick(['calm', 'clear', 'open', 'warm', 'early', 'quiet', 'bright']);
  return `${first} ${draw.pick(['river', 'garden', 'window', 'harbour', 'meadow', 'orchard'])}`;
}
