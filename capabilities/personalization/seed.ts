import { type Seed, worldPurchases } from '@plinth/runtime';
import { personalizationDb } from './tables.ts';

const batch = 2000;

/** What the customers of the world did, as decisions see it. */
export const seed: Seed = async (tx, world) => {
  const facts = worldPurchases(world.customers, world.anchor).flatMap((purchase) => {
    const fact = (type: string, hours: number) => ({
      id: `seed/${type}/${purchase.orderId}`,
      customerId: purchase.customer.id,
      type,
      at: purchase.at.add({ hours }),
      data: JSON.stringify({
        subject: purchase.orderId,
        skus: purchase.lines.map((line) => line.product.sku),
        totalMinor: purchase.totalMinor,
      }),
    });
    const placed = fact('order.placed', 0);
    if (purchase.state === 'placed') return [placed];
    return [placed, fact(purchase.state === 'cancelled' ? 'order.cancelled' : 'order.fulfilled', 24)];
  });
  for (let from = 0; from < facts.length; from += batch)
    await personalizationDb(tx)
      .insertInto('facts')
      .values(facts.slice(from, from + batch))
      .execute();
};
