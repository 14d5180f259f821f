import { fromWireId, money, toWire, toWireId, type Db } from '@plinth/runtime';
import { sql } from 'kysely';
import type { Offering, Quote } from './generated.ts';
import { catalogueDb } from './tables.ts';

interface PricedRow {
  id: string;
  sku: string;
  name: string;
  category: string;
  description: string;
  state: 'launched' | 'retired';
  version: bigint;
  amount: bigint;
  currency: string;
  startsAt: Temporal.Instant;
}

export interface OfferingFilter {
  sku?: readonly string[];
  id?: string;
  q?: string | undefined;
  category?: string | undefined;
  launchedOnly?: boolean;
  after?: readonly (string | number)[];
  limit?: number;
}

/** Offerings with the price in force at `at`, by name. One query. */
export async function findOfferings(db: Db, filter: OfferingFilter, at: Temporal.Instant): Promise<PricedRow[]> {
  let query = catalogueDb(db)
    .selectFrom('offerings as o')
    .innerJoinLateral(
      (join) =>
        join
          .selectFrom('prices as p')
          .select(['p.amount', 'p.currency', 'p.startsAt'])
          .whereRef('p.sku', '=', 'o.sku')
          .where('p.startsAt', '<=', at)
          .orderBy('p.startsAt', 'desc')
          .limit(1)
          .as('price'),
      (join) => join.onTrue(),
    )
    .selectAll('o')
    .select(['price.amount', 'price.currency', 'price.startsAt'])
    .orderBy('o.name')
    .orderBy('o.id');
  if (filter.sku) query = query.where('o.sku', 'in', [...filter.sku]);
  if (filter.id) query = query.where('o.id', '=', filter.id);
  if (filter.category) query = query.where('o.category', '=', filter.category);
  if (filter.launchedOnly) query = query.where('o.state', '=', 'launched');
  if (filter.q) {
    // Words match anywhere in name, category or description; LIKE's own signs in them are data.
    for (const word of filter.q.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 8)) {
      const pattern = `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
      query = query.where(sql<boolean>`lower(o.name || ' ' || o.category || ' ' || o.description) like ${pattern}`);
    }
  }
  if (filter.after) query = query.where(sql<boolean>`(o.name, o.id) > (${filter.after[0]}, ${filter.after[1]}::uuid)`);
  return query.limit(filter.limit ?? 100).execute();
}

export function toOffering(row: PricedRow): Offering {
  return {
    id: toWireId('off', row.id),
    sku: row.sku,
    name: row.name,
    category: row.category as Offering['category'],
    description: row.description,
    price: toWire(money(row.amount, row.currency)),
    state: row.state,
    version: Number(row.version),
  };
}

/** An offering by wire id or by article number. */
export async function findOffering(db: Db, key: string, at: Temporal.Instant): Promise<Offering | undefined> {
  const id = fromWireId('off', key);
  const [row] = await findOfferings(db, id ? { id } : { sku: [key] }, at);
  return row && toOffering(row);
}

/** Totals of goods at the prices in force; or the first article that is not for sale. Currencies are never mixed. */
export function quote(
  lines: readonly { sku: string; quantity: number }[],
  offerings: ReadonlyMap<string, PricedRow>,
): Quote | { unknown: string } {
  const priced: Quote['lines'] = [];
  let total = 0n;
  let currency: string | undefined;
  for (const line of lines) {
    const offering = offerings.get(line.sku);
    if (offering?.state !== 'launched' || (currency && currency !== offering.currency)) return { unknown: line.sku };
    currency = offering.currency;
    const sum = offering.amount * BigInt(line.quantity);
    total += sum;
    priced.push({
      sku: line.sku,
      name: offering.name,
      quantity: line.quantity,
      unitPrice: toWire(money(offering.amount, currency)),
      total: toWire(money(sum, currency)),
      because: `list price in force since ${offering.startsAt.toString().slice(0, 10)}`,
    });
  }
  return { lines: priced, total: toWire(money(total, currency ?? 'EUR')) };
}
