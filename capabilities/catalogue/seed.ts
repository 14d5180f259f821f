import { fromWireId, type Seed, worldProducts } from '@plinth/runtime';
import { catalogueDb } from './tables.ts';

/** Everything the shop sells, at one price since before the first purchase. */
export const seed: Seed = async (tx, world) => {
  const db = catalogueDb(tx);
  const products = worldProducts();
  const startsAt = world.anchor.subtract({ months: 24 }).toZonedDateTime('UTC').toInstant();
  await db
    .insertInto('offerings')
    .values(
      products.map(({ id, sku, name, category, description }) => ({
        id: fromWireId('off', id) ?? '',
        sku,
        name,
        category,
        description,
        state: 'launched' as const,
      })),
    )
    .execute();
  await db
    .insertInto('prices')
    .values(products.map(({ sku, priceMinor }) => ({ sku, amount: BigInt(priceMinor), currency: 'EUR', startsAt })))
    .execute();
};
