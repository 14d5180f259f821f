// Who and where an item is about: its name, e-mail, town and currency are drawn once, so that they agree.

import type { Draw } from './draw.ts';

export interface Persona {
  given: string;
  family: string;
  /** In an example domain (RFC 2606). */
  email: string;
  phone: string;
  street: string;
  city: string;
  postal: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** ISO 4217. */
  currency: string;
  locale: string;
}

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
const places = [
  { city: 'Berlin', country: 'DE', currency: 'EUR', locale: 'de', postal: '10###', streets: ['Lindenweg', 'Seegasse'] },
  { city: 'Graz', country: 'AT', currency: 'EUR', locale: 'de', postal: '80##', streets: ['Murweg', 'Schlossgasse'] },
  { city: 'Porto', country: 'PT', currency: 'EUR', locale: 'pt', postal: '4###', streets: ['Rua do Sol', 'Rua Nova'] },
  { city: 'Lyon', country: 'FR', currency: 'EUR', locale: 'fr', postal: '690##', streets: ['Rue du Lac', 'Quai Bleu'] },
  { city: 'Cork', country: 'IE', currency: 'EUR', locale: 'en', postal: 'T12 ##', streets: ['Mill Road', 'Quay Lane'] },
  {
    city: 'Leeds',
    country: 'GB',
    currency: 'GBP',
    locale: 'en',
    postal: 'LS# #',
    streets: ['Station Road', 'Hill Lane'],
  },
] as const;

/** Draws a persona; equal streams give equal personas. */
export function personaOf(draw: Draw): Persona {
  const first = draw.pick(given);
  const last = draw.pick(family);
  const place = draw.pick(places);
  const plainLast = last
    .replaceAll('ø', 'o')
    .normalize('NFD')
    .replaceAll(/[^A-Za-z]/g, '');
  return {
    given: first,
    family: last,
    email: `${first}.${plainLast}@example.com`.toLowerCase(),
    phone: `+4915550${draw.int(10_000, 99_999)}`,
    street: `${draw.pick(place.streets)} ${draw.int(1, 90)}`,
    city: place.city,
    postal: place.postal.replaceAll('#', () => String(draw.int(0, 9))),
    country: place.country,
    currency: place.currency,
    locale: place.locale,
  };
}
