import { fromWireId, problem, reply, toWireId, type WriteContext, type WriteHandler } from '@plinth/runtime';
import { assert } from '@plinth/runtime/kernel';
import { expireFor, lockReservation, toReservation } from '../reservation.ts';
import { availabilityOf, book, skuOf, stockOf } from '../stock.ts';
import { inventoryDb, type ReservationRow, type StoredLine } from '../tables.ts';

export const reserveStock: WriteHandler<'inventory.reserveStock'> = async (input, ctx) => {
  const { reference, ttlS = 900 } = input.body;
  const id = input.body.id === undefined ? ctx.ids.uuid() : fromWireId('rsv', input.body.id);
  assert(id, 'the contract says how ids look');
  const lines = merged(input.body.lines).map((line) => ({ ...line, hold: ctx.ids.uuid() }));
  const expiresAt = ctx.clock.now().add({ seconds: ttlS });
  const row = await inventoryDb(ctx.db)
    .insertInto('reservations')
    .values({ id, reference, state: 'held', lines: JSON.stringify(lines), expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (!row) return repeated(ctx, id, { reference, lines });
  await expireFor(
    ctx,
    lines.map((line) => line.sku),
  );
  const wireId = toWireId('rsv', id);
  const held = await book.hold(ctx, {
    holds: lines.map(({ sku, quantity, hold }) => ({
      id: hold,
      account: stockOf(sku),
      amount: BigInt(quantity),
      reference: `${wireId}/${sku}`,
    })),
    expiresAt,
  });
  if (!held.ok) {
    const sku = skuOf(held.account);
    const [now] = await availabilityOf(ctx.db, [sku]);
    return problem('inventory.out-of-stock', { sku, available: now?.available ?? 0 });
  }
  ctx.emit('stock.reserved', { subject: wireId, data: toReservation(row) });
  return reply(201, toReservation(row));
};

/** Id or reference is there already: the same wish gets the same answer, a given-up one none. */
async function repeated(ctx: WriteContext, id: string, wish: { reference: string; lines: StoredLine[] }) {
  const known = (await lockReservation(ctx.db, { id })) ?? (await lockReservation(ctx.db, wish));
  if (!known) return problem('conflicting-state', { currentState: 'unknown' });
  if (known.state === 'released') return problem('inventory.already-released');
  return known.id === id && isSame(known, wish)
    ? reply(201, toReservation(known))
    : problem('conflicting-state', { currentState: known.state });
}

function isSame(row: ReservationRow, wish: { reference: string; lines: StoredLine[] }): boolean {
  return row.reference === wish.reference && textOf(row.lines) === textOf(wish.lines);
}

function textOf(lines: readonly StoredLine[]): string {
  return JSON.stringify(lines.map(({ sku, quantity }) => [sku, quantity]));
}

/** One line an article, in the order of article numbers. */
function merged(lines: readonly { sku: string; quantity: number }[]): { sku: string; quantity: number }[] {
  const bySku = new Map<string, number>();
  for (const { sku, quantity } of lines) bySku.set(sku, (bySku.get(sku) ?? 0) + quantity);
  return [...bySku].map(([sku, quantity]) => ({ sku, quantity })).toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
}
