import { fromWireId, type Seed, worldHash, worldId, worldProducts, worldPurchases } from '@plinth/runtime';
import { createLoad, load } from '../ledger/index.ts';
import { accountsOf, stockOf } from './stock.ts';
import type { StoredLine } from './tables.ts';

/** Articles that are nearly gone, so that scarcity can be seen. */
const nearlyOut: Readonly<Record<string, number>> = { 'RADIO-DAB': 2, 'CLOCK-W': 3 };

/** What is available today: 20..200. */
function availableToday(sku: string): number {
  return nearlyOut[sku] ?? 20 + (worldHash('stock', sku) % 181);
}

/** One receipt an article, a shipment a purchase, and reservations for what is still to be sent. */
export const seed: Seed = async (tx, world) => {
  const purchases = worldPurchases(world.customers, world.anchor);
  const needed = new Map<string, number>();
  for (const { state, lines } of purchases) {
    if (state === 'cancelled') continue;
    for (const { product, quantity } of lines) needed.set(product.sku, (needed.get(product.sku) ?? 0) + quantity);
  }
  const book = createLoad('inventory');
  const start = world.anchor.subtract({ months: 13 }).toZonedDateTime('UTC').toInstant();
  for (const { sku } of worldProducts()) {
    for (const account of accountsOf(sku)) book.account(account);
    book.post({
      kind: 'receipt',
      reference: `world/${sku}`,
      bookedAt: start,
      moves: [
        { from: `supplier:${sku}`, to: stockOf(sku), amount: BigInt(availableToday(sku) + (needed.get(sku) ?? 0)) },
      ],
    });
  }
  const reservations: { id: string; reference: string; lines: StoredLine[] }[] = [];
  for (const { orderId, lines, state, at } of purchases) {
    if (state === 'fulfilled') {
      const moves = lines.map(({ product: { sku }, quantity }) => ({
        from: stockOf(sku),
        to: `customers:${sku}`,
        amount: BigInt(quantity),
      }));
      book.post({ kind: 'shipment', reference: orderId, bookedAt: at, moves });
    }
    if (state !== 'placed') continue;
    const wireId = worldId('rsv', orderId);
    const stored = lines.map(({ product: { sku }, quantity }) => ({
      sku,
      quantity,
      hold: fromWireId('hld', worldId('hld', orderId, sku)) ?? '',
    }));
    for (const { sku, quantity, hold } of stored)
      book.hold({ id: hold, account: stockOf(sku), amount: BigInt(quantity), reference: `${wireId}/${sku}` });
    reservations.push({ id: fromWireId('rsv', wireId) ?? '', reference: orderId, lines: stored });
  }
  await book.flush(tx);
  await load(tx, 'inventory.reservations', reservations, {
    id: ['uuid', (row) => row.id],
    reference: ['text', (row) => row.reference],
    state: ['text', () => 'confirmed'],
    lines: ['jsonb', (row) => JSON.stringify(row.lines)],
  });
};
