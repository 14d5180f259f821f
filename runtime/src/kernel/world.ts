// The believable world of demos and tests: Northfold, a fictional group with a bank, a shop, a mobile carrier and an
// insurer. Capabilities seed their own rows from these shared facts, so a purchase is an order, a card transaction,
// a stock movement and points without any capability importing another. Everything follows from the arguments.

import { sha256, worldId } from './ids.ts';
import { type Random, seededRandom } from './random.ts';

/** Raised when any seeded byte changes on purpose. */
export const worldVersion = 1;

export interface WorldCustomer {
  /** 1..count; personas come first. */
  n: number;
  /** `cus_…` */
  id: string;
  /** Set for the people one can sign in as; password `demo`. */
  username?: string;
  givenName: string;
  familyName: string;
  email: string;
  phone: string;
  city: string;
  country: string;
  locale: string;
  birthDate: string;
  /** Day they became a customer. */
  since: Temporal.PlainDate;
  /** Consent purposes given. */
  consents: readonly string[];
}

export interface WorldStaff {
  username: string;
  /** `stf_…` */
  id: string;
  name: string;
  roles: readonly string[];
}

export interface WorldProduct {
  n: number;
  /** `off_…` */
  id: string;
  sku: string;
  name: string;
  category: 'kitchen' | 'coffee' | 'audio' | 'travel' | 'home' | 'mobile' | 'sports';
  /** Minor units of EUR, tax included. */
  priceMinor: number;
  description: string;
}

export interface WorldPurchase {
  n: number;
  /** `ord_…`, `pay_…` */
  orderId: string;
  paymentId: string;
  customer: WorldCustomer;
  lines: readonly { product: WorldProduct; quantity: number }[];
  totalMinor: number;
  at: Temporal.Instant;
  /** What became of it by the anchor day. */
  state: 'fulfilled' | 'placed' | 'cancelled';
}

const personas: readonly [
  username: string,
  given: string,
  family: string,
  city: string,
  country: string,
  locale: string,
][] = [
  ['ada', 'Ada', 'Lindqvist', 'Göteborg', 'SE', 'en'],
  ['ben', 'Ben', 'Okoro', 'Dublin', 'IE', 'en'],
  ['cleo', 'Cleo', 'Park', 'Amsterdam', 'NL', 'en'],
  ['david', 'David', 'Sørensen', 'Aarhus', 'DK', 'en'],
  ['elif', 'Elif', 'Yılmaz', 'Hamburg', 'DE', 'de'],
  ['farid', 'Farid', 'Haddad', 'Lyon', 'FR', 'en'],
  ['greta', 'Greta', 'Vogel', 'Wien', 'AT', 'de'],
  ['hugo', 'Hugo', 'Almeida', 'Porto', 'PT', 'en'],
];

const givenNames = [
  'Amina',
  'Anton',
  'Beatriz',
  'Chiara',
  'Dario',
  'Edith',
  'Emeka',
  'Fatima',
  'Femke',
  'Gustav',
  'Hanna',
  'Ibrahim',
  'Ines',
  'Jakub',
  'Jonas',
  'Katarzyna',
  'Lars',
  'Leila',
  'Luca',
  'Maja',
  'Mateo',
  'Mei',
  'Nadia',
  'Noah',
  'Olga',
  'Pieter',
  'Priya',
  'Rasmus',
  'Rosa',
  'Samir',
  'Sofia',
  'Tariq',
  'Tomasz',
  'Ulla',
  'Viktor',
  'Wanda',
  'Yusuf',
  'Zoë',
];
const familyNames = [
  'Andersson',
  'Bakker',
  'Bauer',
  'Costa',
  'Diallo',
  'Dubois',
  'Eriksen',
  'Fernández',
  'Fischer',
  'García',
  'Haas',
  'Hansen',
  'Ibrahim',
  'Jansen',
  'Kaya',
  'Kowalski',
  'Laurent',
  'Lehmann',
  'Marino',
  'Mensah',
  'Moreau',
  'Nguyen',
  'Nielsen',
  'Novák',
  'O’Brien',
  'Patel',
  'Pereira',
  'Petrov',
  'Ricci',
  'Rossi',
  'Santos',
  'Schneider',
  'Silva',
  'Sharma',
  'Virtanen',
  'Visser',
  'Weber',
  'Wójcik',
  'Zhang',
  'Zimmermann',
];
const cities: readonly [string, string][] = [
  ['Berlin', 'DE'],
  ['Köln', 'DE'],
  ['Rotterdam', 'NL'],
  ['Utrecht', 'NL'],
  ['Malmö', 'SE'],
  ['Oslo', 'NO'],
  ['København', 'DK'],
  ['Cork', 'IE'],
  ['Lille', 'FR'],
  ['Nantes', 'FR'],
  ['Milano', 'IT'],
  ['Lisboa', 'PT'],
  ['Valencia', 'ES'],
  ['Kraków', 'PL'],
  ['Graz', 'AT'],
  ['Tampere', 'FI'],
];

/** People one can sign in as at the desk and in the studio; password `demo`. */
export const worldStaff: readonly WorldStaff[] = [
  { username: 'mia', id: worldId('stf', 1), name: 'Mia Hansen', roles: ['service-agent'] },
  { username: 'noor', id: worldId('stf', 2), name: 'Noor van Dijk', roles: ['cx-manager', 'service-agent'] },
  { username: 'otto', id: worldId('stf', 3), name: 'Otto Keller', roles: ['operator', 'cx-manager', 'service-agent'] },
];

/** The partner developer one can sign in as on the developer pages; password `demo`. */
export const worldPartner = {
  username: 'petra',
  id: worldId('ptn', 1),
  name: 'Petra Novotná',
  company: 'Parcel & Post',
} as const;

/** The first `count` customers (≥ 8, so that every persona exists). The same n is always the same person. */
export function worldCustomers(count: number, anchor: Temporal.PlainDate): WorldCustomer[] {
  return Array.from({ length: count }, (_, index) => worldCustomer(index + 1, anchor));
}

/** Customer `n`, from 1. */
export function worldCustomer(n: number, anchor: Temporal.PlainDate): WorldCustomer {
  const random = seededRandom(worldVersion).stream(`customer/${n}`);
  const persona = personas[n - 1];
  const [city, country] = persona ? [persona[3], persona[4]] : random.pick(cities);
  const givenName = persona ? persona[1] : random.pick(givenNames);
  const familyName = persona ? persona[2] : random.pick(familyNames);
  const mailbox = `${givenName}.${familyName}${persona ? '' : n}`
    .normalize('NFD')
    .replaceAll(/[^A-Za-z0-9.]/g, '')
    .toLowerCase();
  return {
    n,
    id: worldId('cus', n),
    ...(persona ? { username: persona[0] } : {}),
    givenName,
    familyName,
    email: `${mailbox}@mail.northfold.example`,
    // 555-01xx style: never a number that somebody has.
    phone: `+4670174${String(1000 + n).padStart(4, '0')}`,
    city,
    country,
    locale: persona ? persona[5] : 'en',
    birthDate: anchor.subtract({ years: 20 + random.int(55), days: random.int(365) }).toString(),
    since: anchor.subtract({ months: 3 + random.int(46), days: random.int(28) }),
    consents:
      persona?.[0] === 'ben'
        ? []
        : random.next() < 0.8 || persona
          ? ['personalization', 'marketing']
          : ['personalization'],
  };
}

const catalogue: readonly [
  sku: string,
  name: string,
  category: WorldProduct['category'],
  priceMinor: number,
  description: string,
][] = [
  ['KETTLE-17', 'Kettle, 1.7 l', 'kitchen', 2450, 'Boils a litre in three minutes and keeps quiet about it.'],
  ['TOASTER-2', 'Toaster, two slots', 'kitchen', 3490, 'Seven shades, wide slots, a lift for small slices.'],
  ['KNIFE-20', 'Chef’s knife, 20 cm', 'kitchen', 4990, 'Forged steel, full tang, comes with a guard.'],
  ['PAN-28', 'Frying pan, 28 cm', 'kitchen', 3950, 'Cast aluminium, fits every hob.'],
  ['BOARD-OAK', 'Oak chopping board', 'kitchen', 2900, 'End grain, 40 by 30 cm, oiled.'],
  ['SCALE-5', 'Kitchen scale, 5 kg', 'kitchen', 1990, 'One gram steps, runs on a coin cell.'],
  ['ESPRESSO-1', 'Espresso machine', 'coffee', 18900, 'Fifteen bar pump, steel boiler, warms up in a minute.'],
  ['GRINDER-M', 'Coffee grinder', 'coffee', 8900, 'Steel burrs, forty settings.'],
  ['BEANS-HOUSE', 'House espresso beans, 1 kg', 'coffee', 2190, 'Dark chocolate, hazelnut; roasted this week.'],
  ['BEANS-DECAF', 'Decaf beans, 500 g', 'coffee', 1290, 'Water process, caramel and malt.'],
  ['FILTER-100', 'Paper filters, 100', 'coffee', 450, 'Size 4, unbleached.'],
  ['CUPS-4', 'Espresso cups, set of 4', 'coffee', 2400, 'Stoneware, 70 ml, dishwasher safe.'],
  ['HEADPHONES-A', 'Headphones, noise cancelling', 'audio', 22900, 'Thirty hours a charge, folds flat.'],
  ['EARBUDS-2', 'Earbuds', 'audio', 7900, 'Six hours, and eighteen more in the case.'],
  ['SPEAKER-S', 'Portable speaker', 'audio', 5990, 'Splash proof, twelve hours.'],
  ['RADIO-DAB', 'Kitchen radio', 'audio', 9900, 'DAB+ and FM, one large knob.'],
  ['BACKPACK-24', 'Backpack, 24 l', 'travel', 7490, 'Laptop sleeve, water bottle pockets, rain cover.'],
  ['CASE-55', 'Cabin suitcase, 55 cm', 'travel', 12900, 'Four quiet wheels, 2.6 kg.'],
  ['ADAPTER-W', 'World travel adapter', 'travel', 2990, 'Four regions, two USB-C ports.'],
  ['PILLOW-N', 'Neck pillow', 'travel', 1890, 'Memory foam, washable cover.'],
  ['BOTTLE-07', 'Insulated bottle, 0.7 l', 'travel', 2490, 'Cold for a day, hot for twelve hours.'],
  ['LAMP-WHITE', 'Desk lamp, white', 'home', 3900, 'Dims from candle to daylight.'],
  ['BLANKET-W', 'Wool blanket', 'home', 6900, 'Undyed lambswool, 130 by 200 cm.'],
  ['TOWELS-4', 'Towels, set of 4', 'home', 3990, 'Organic cotton, 500 g/m².'],
  ['CLOCK-W', 'Wall clock', 'home', 2900, 'Silent movement, 30 cm.'],
  ['PLANT-POT', 'Plant pot, terracotta', 'home', 1490, 'With saucer, 22 cm.'],
  ['SIM-PREPAID', 'Northfold Mobile SIM', 'mobile', 999, '5 GB to start with, no contract.'],
  ['CHARGER-65', 'USB-C charger, 65 W', 'mobile', 3490, 'Charges a laptop and a phone at once.'],
  ['CABLE-2M', 'USB-C cable, 2 m', 'mobile', 1290, 'Braided, 100 W.'],
  ['PHONECASE-C', 'Phone case, clear', 'mobile', 1990, 'Survives two metres.'],
  ['POWERBANK', 'Power bank, 10,000 mAh', 'mobile', 2990, 'Two charges in a pocket.'],
  ['YOGAMAT', 'Yoga mat', 'sports', 3490, 'Natural rubber, 5 mm.'],
  ['DUMBBELL-5', 'Dumbbells, 2 × 5 kg', 'sports', 3990, 'Neoprene, do not roll away.'],
  ['BIKELIGHT', 'Bicycle light set', 'sports', 2790, 'USB charged, 120 lux in front.'],
  ['HELMET-M', 'Bicycle helmet', 'sports', 5990, 'Turn knob fit, 260 g.'],
  ['ROPE-SKIP', 'Skipping rope', 'sports', 1290, 'Steel cable, ball bearings.'],
];

/** Goods that are bought together more often than chance: recommendations have something to find. */
const companions: Readonly<Record<string, readonly string[]>> = {
  'ESPRESSO-1': ['GRINDER-M', 'BEANS-HOUSE', 'CUPS-4'],
  'GRINDER-M': ['BEANS-HOUSE', 'BEANS-DECAF'],
  'KETTLE-17': ['FILTER-100', 'TOASTER-2'],
  'CASE-55': ['ADAPTER-W', 'PILLOW-N'],
  'BACKPACK-24': ['BOTTLE-07', 'ADAPTER-W'],
  'HEADPHONES-A': ['CHARGER-65', 'CABLE-2M'],
  'SIM-PREPAID': ['PHONECASE-C', 'POWERBANK'],
  BIKELIGHT: ['HELMET-M', 'BOTTLE-07'],
  YOGAMAT: ['DUMBBELL-5', 'ROPE-SKIP'],
};

/** The shop's goods. */
export function worldProducts(): WorldProduct[] {
  return catalogue.map(([sku, name, category, priceMinor, description], index) => ({
    n: index + 1,
    id: worldId('off', sku),
    sku,
    name,
    category,
    priceMinor,
    description,
  }));
}

/**
 * All purchases of the last twelve months, oldest first: 0–12 a customer, skewed to few goods (Zipf) and their
 * companions, busier before payday and in November. The newest of a persona may still be under way.
 */
export function worldPurchases(count: number, anchor: Temporal.PlainDate): WorldPurchase[] {
  const products = worldProducts();
  const bySku = new Map(products.map((product) => [product.sku, product]));
  const purchases: Omit<WorldPurchase, 'n' | 'orderId' | 'paymentId'>[] = [];
  for (const customer of worldCustomers(count, anchor)) {
    const random = seededRandom(worldVersion).stream(`purchases/${customer.n}`);
    const times = customer.username ? 3 + random.int(4) : Math.floor(12 * random.next() ** 2);
    for (let index = 0; index < times; index++) {
      purchases.push(worldPurchase(customer, { random, products, bySku, anchor, newest: index === 0 }));
    }
  }
  return purchases
    .toSorted((a, b) => Temporal.Instant.compare(a.at, b.at) || a.customer.n - b.customer.n)
    .map((purchase, index) => {
      const key = `${purchase.customer.n}/${purchase.at.epochMilliseconds}`;
      return { n: index + 1, orderId: worldId('ord', key), paymentId: worldId('pay', key), ...purchase };
    });
}

interface PurchaseDraw {
  random: Random;
  products: readonly WorldProduct[];
  bySku: ReadonlyMap<string, WorldProduct>;
  anchor: Temporal.PlainDate;
  newest: boolean;
}

function worldPurchase(
  customer: WorldCustomer,
  draw: PurchaseDraw,
): Omit<WorldPurchase, 'n' | 'orderId' | 'paymentId'> {
  const { random, products, bySku, anchor, newest } = draw;
  const main = products[Math.floor(products.length * random.next() ** 1.7)] as WorldProduct;
  const lines = [{ product: main, quantity: random.next() < 0.12 ? 2 : 1 }];
  for (const sku of companions[main.sku] ?? []) {
    const product = bySku.get(sku);
    if (product && random.next() < 0.45) lines.push({ product, quantity: 1 });
  }
  const daysAgo = newest && customer.username ? 1 + random.int(3) : 4 + random.int(360);
  const day = anchor.subtract({ days: daysAgo });
  const at = day
    .toZonedDateTime({
      timeZone: 'UTC',
      plainTime: { hour: 7 + random.int(15), minute: random.int(60), second: random.int(60) },
    })
    .toInstant();
  const chance = random.next();
  const underWay = newest && customer.username !== undefined;
  return {
    customer,
    lines,
    totalMinor: lines.reduce((sum, line) => sum + line.product.priceMinor * line.quantity, 0),
    at,
    state: underWay ? 'placed' : chance < 0.04 ? 'cancelled' : 'fulfilled',
  };
}

/** SHA-256 over words: stable pseudo-random choices that need no stream. */
export function worldHash(...words: (string | number)[]): number {
  return Number.parseInt(sha256(`${worldVersion}/${words.join('/')}`).slice(0, 8), 16);
}
