import { type Db, fromWireId, toWireId, type Tx, type WriteContext } from '@plinth/runtime';
import { sql } from 'kysely';
import type { Reservation } from './generated.ts';
import { book, emitLevels, stockOf } from './stock.ts';
import { inventoryDb, type ReservationRow, type ReservationState } from './tables.ts';

export async function findReservation(db: Db, wireId: string): Promise<ReservationRow | undefined> {
  const id = fromWireId('rsv', wireId);
  if (!id) return undefined;
  return inventoryDb(db).selectFrom('reservations').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Locked until the transaction ends: row first, then the book's accounts, everywhere. */
export async function lockReservation(
  tx: Tx,
  by: { id: string } | { reference: string },
): Promise<ReservationRow | undefined> {
  const query = inventoryDb(tx).selectFrom('reservations').selectAll().forUpdate();
  return 'id' in by
    ? query.where('id', '=', by.id).executeTakeFirst()
    : query.where('reference', '=', by.reference).executeTakeFirst();
}

/** The row is locked, so its state is what was read. */
export async function setState(
  tx: Tx,
  row: ReservationRow,
  state: ReservationState,
  change: Partial<Pick<ReservationRow, 'expiresAt'>> = {},
): Promise<ReservationRow> {
  return inventoryDb(tx)
    .updateTable('reservations')
    .set({ ...change, state, version: sql`version + 1` })
    .where('id', '=', row.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Frees the goods of a locked reservation that is held or confirmed. */
export async function endReservation(
  ctx: WriteContext,
  row: ReservationRow,
  as: 'released' | 'expired',
): Promise<ReservationRow> {
  const ended = await setState(ctx.db, row, as);
  const freed = await book.release(ctx, holdsOf(row), as);
  if (!freed.ok) throw new Error(`hold ${freed.hold} is ${freed.state} while its reservation was ${row.state}`);
  ctx.emit('stock.released', { subject: toWireId('rsv', row.id), data: toReservation(ended) });
  return ended;
}

/** Moves the goods of a locked reservation to the customer; undefined when its time was over. */
export async function shipGoods(ctx: WriteContext, row: ReservationRow): Promise<ReservationRow | undefined> {
  const captured = await book.capture(ctx, {
    kind: 'shipment',
    reference: toWireId('rsv', row.id),
    holds: row.lines.map(({ sku, hold }) => ({ id: hold, to: `customers:${sku}` })),
  });
  if (!captured.ok) return undefined;
  emitLevels(ctx, captured.plan.accounts);
  return setState(ctx.db, row, 'shipped', { expiresAt: null });
}

/**
 * Ends held reservations of these articles whose time is over, so that a sweep that is late turns nobody away.
 * Locks accounts of old and new lines together, in the book's order.
 */
export async function expireFor(ctx: WriteContext, skus: readonly string[]): Promise<void> {
  const { rows } = await sql<ReservationRow>`
    select * from inventory.reservations
    where state = 'held' and expires_at <= ${ctx.clock.now().toString()}::timestamptz
      and exists (select from jsonb_array_elements(lines) line where line->>'sku' = any(${[...skus]}::text[]))
    order by expires_at limit 50 for update skip locked`.execute(ctx.db);
  if (rows.length === 0) return;
  await book.lock(ctx, [...skus, ...rows.flatMap((row) => row.lines.map((line) => line.sku))].map(stockOf));
  for (const row of rows) await endReservation(ctx, row, 'expired');
}

export function holdsOf(row: ReservationRow): string[] {
  return row.lines.map((line) => line.hold);
}

export function toReservation(row: ReservationRow): Reservation {
  return {
    id: toWireId('rsv', row.id),
    reference: row.reference ?? '',
    state: row.state,
    lines: row.lines.map(({ sku, quantity }) => ({ sku, quantity })),
    expiresAt: row.expiresAt?.toString() ?? null,
    version: Number(row.version),
  };
}
