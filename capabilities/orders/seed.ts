import { checkedNumber, fromWireId, type Seed, worldId, worldPurchases } from '@plinth/runtime';
import { ordersDb, type StoredLine } from './tables.ts';

/** Rows of one insert; PostgreSQL takes at most 65,535 parameters a statement. */
const batch = 1000;

/** The purchases of the world as orders. */
export const seed: Seed = async (tx, world) => {
  const purchases = worldPurchases(world.customers, world.anchor);
  const rows = purchases.map((purchase) => ({
    id: fromWireId('ord', purchase.orderId) ?? '',
    number: checkedNumber('ORD', purchase.orderId),
    key: `seed/${purchase.orderId}`,
    customerId: purchase.customer.id,
    state: purchase.state,
    lines: JSON.stringify(
      purchase.lines.map(({ product, quantity }): StoredLine => ({
        sku: product.sku,
        name: product.name,
        quantity,
        unitMinor: product.priceMinor,
        totalMinor: product.priceMinor * quantity,
      })),
    ),
    currency: 'EUR',
    totalMinor: BigInt(purchase.totalMinor),
    pointsSpent: 0n,
    reservationId: purchase.state === 'placed' ? worldId('rsv', purchase.orderId) : null,
    paymentId: purchase.paymentId,
    redemptionId: null,
    rejectedBecause: null,
    carrier: purchase.state === 'fulfilled' ? 'Parcel & Post' : null,
    trackingCode: null,
    phoneEnding: purchase.customer.phone.slice(-4),
    placedAt: purchase.at,
  }));
  for (let from = 0; from < rows.length; from += batch) {
    await ordersDb(tx)
      .insertInto('orders')
      .values(rows.slice(from, from + batch))
      .execute();
  }
  const cancelled = purchases.filter((purchase) => purchase.state === 'cancelled');
  if (cancelled.length === 0) return;
  await ordersDb(tx)
    .insertInto('cancellations')
    .values(
      cancelled.map((purchase) => ({
        id: fromWireId('can', worldId('can', purchase.orderId)) ?? '',
        orderId: fromWireId('ord', purchase.orderId) ?? '',
        state: 'done' as const,
        reason: null,
        requestedAt: purchase.at.add({ hours: 2 }),
      })),
    )
    .execute();
};
