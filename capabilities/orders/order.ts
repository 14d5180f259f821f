import { type Db, fail, fromWireId, ok, type Result, toWireId, type Tx } from '@plinth/runtime';
import { sql } from 'kysely';
import type { Cancellation, Order, OrderSummary } from './generated.ts';
import { type CancellationRow, type OrderRow, ordersDb, type OrderState } from './tables.ts';

/** Which states an order may leave towards which; everything else is refused. */
const moves: Readonly<Record<OrderState, readonly OrderState[]>> = {
  received: ['placed', 'rejected'],
  placed: ['fulfilled', 'cancelling'],
  cancelling: ['cancelled'],
  fulfilled: [],
  rejected: [],
  cancelled: [],
};

export function mayMove(from: OrderState, to: OrderState): boolean {
  return moves[from].includes(to);
}

/** Cents and points of one order: points pay one cent each, never more than the total. */
export function splitPayment(totalMinor: number, points: number): { cardMinor: number; points: number } {
  const used = Math.min(points, totalMinor);
  return { cardMinor: totalMinor - used, points: used };
}

/** What may still be called off. Asking twice is the same wish. */
export function cancellable(state: OrderState): Result<'start' | 'already', 'already-shipped' | 'not-placed'> {
  if (state === 'placed') return ok('start');
  if (state === 'cancelling' || state === 'cancelled') return ok('already');
  return fail(state === 'fulfilled' ? 'already-shipped' : 'not-placed');
}

export async function findOrder(db: Db, wireId: string): Promise<OrderRow | undefined> {
  const id = fromWireId('ord', wireId);
  if (!id) return undefined;
  return ordersDb(db).selectFrom('orders').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The order behind an idempotency key; a repeated request finds what the first one made. */
export async function findOrderByKey(db: Db, key: string): Promise<OrderRow | undefined> {
  return ordersDb(db).selectFrom('orders').selectAll().where('key', '=', key).executeTakeFirst();
}

/** One conditional update; undefined when the order was not in a state that allows the move. */
export async function moveOrder(
  tx: Tx,
  order: Pick<OrderRow, 'id' | 'state'>,
  to: OrderState,
  change: Partial<
    Pick<OrderRow, 'carrier' | 'trackingCode' | 'rejectedBecause' | 'reservationId' | 'paymentId' | 'redemptionId'>
  > = {},
): Promise<OrderRow | undefined> {
  const from = (Object.keys(moves) as OrderState[]).filter((state) => mayMove(state, to));
  return ordersDb(tx)
    .updateTable('orders')
    .set({ ...change, state: to, version: sql`version + 1` })
    .where('id', '=', order.id)
    .where('state', 'in', from)
    .returningAll()
    .executeTakeFirst();
}

export async function findCancellation(db: Db, orderId: string): Promise<CancellationRow | undefined> {
  return ordersDb(db).selectFrom('cancellations').selectAll().where('orderId', '=', orderId).executeTakeFirst();
}

export function toOrder(row: OrderRow): Order {
  const { currency } = row;
  const total = Number(row.totalMinor);
  const points = Number(row.pointsSpent);
  return {
    id: toWireId('ord', row.id),
    number: row.number,
    customerId: row.customerId,
    state: row.state,
    lines: row.lines.map((line) => ({
      sku: line.sku,
      name: line.name,
      quantity: line.quantity,
      unitPrice: { amount: line.unitMinor, currency },
      total: { amount: line.totalMinor, currency },
    })),
    total: { amount: total, currency },
    paidByCard: { amount: total - points, currency },
    pointsSpent: points,
    ...(row.paymentId ? { paymentId: row.paymentId } : {}),
    ...(row.rejectedBecause ? { rejectedBecause: row.rejectedBecause } : {}),
    ...(row.carrier ? { carrier: row.carrier } : {}),
    ...(row.trackingCode ? { trackingCode: row.trackingCode } : {}),
    placedAt: row.placedAt.toString(),
    version: Number(row.version),
  };
}

/** What a shared device may show: no name, no money, no ids. */
export function toSummary(row: OrderRow): OrderSummary {
  return {
    number: row.number,
    state: row.state,
    articles: row.lines.reduce((sum, line) => sum + line.quantity, 0),
    ...(row.carrier ? { carrier: row.carrier } : {}),
    placedAt: row.placedAt.toString(),
  };
}

export function toCancellation(row: CancellationRow, order: OrderRow): Cancellation {
  return {
    id: toWireId('can', row.id),
    orderId: toWireId('ord', order.id),
    orderNumber: order.number,
    state: row.state,
    refund: { amount: Number(order.totalMinor - order.pointsSpent), currency: order.currency },
    pointsReturned: Number(order.pointsSpent),
    requestedAt: row.requestedAt.toString(),
  };
}
