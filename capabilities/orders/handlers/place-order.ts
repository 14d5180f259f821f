import {
  checkedNumber,
  type OpenContext,
  type OpenHandler,
  problem,
  ProblemError,
  reply,
  toWireId,
} from '@plinth/runtime';
import type { NewOrder } from '../generated.ts';
import { findOrderByKey, splitPayment, toOrder } from '../order.ts';
import { type OrderRow, ordersDb } from '../tables.ts';
import { type Fulfilment, fulfilOrder } from '../workflows/fulfil-order.ts';

/** How long the answer waits for the order to be placed; longer ends as 202. */
const waitMs = 2000;

export const placeOrder: OpenHandler<'orders.placeOrder'> = async (input, ctx) => {
  const { customerId } = ctx.principal;
  if (!customerId) return problem('not-yours');
  const known = await findOrderByKey(ctx.db, ctx.key);
  const row = known ?? (await receive(input.body, customerId, ctx));
  if ('kind' in row) return row;
  await ctx.settled(fulfilOrder, toWireId('ord', row.id), waitMs);
  const order = await findOrderByKey(ctx.db, ctx.key);
  if (!order) return problem('not-found');
  if (order.state === 'rejected') return refusal(order);
  return reply(order.state === 'received' ? 202 : 201, toOrder(order));
};

/** Prices the goods, and writes the order and the start of its workflow in one transaction. */
async function receive(body: NewOrder, customerId: string, ctx: OpenContext) {
  const quoted = await price(body, ctx);
  if ('kind' in quoted) return quoted;
  const total = quoted.total.amount;
  const expected = body.expectedTotal;
  if (expected && (expected.amount !== total || expected.currency !== quoted.total.currency)) {
    return problem('orders.price-changed', { total: quoted.total });
  }
  const customer = await ctx.call('customers.getCustomer', { customerId });
  const { cardMinor, points } = splitPayment(total, body.payment.points ?? 0);
  const id = ctx.ids.uuid();
  const orderId = toWireId('ord', id);
  const values = {
    id,
    number: checkedNumber('ORD', orderId),
    key: ctx.key,
    customerId,
    state: 'received' as const,
    currency: quoted.total.currency,
    totalMinor: BigInt(total),
    pointsSpent: BigInt(points),
    phoneEnding: (customer.phone ?? '').slice(-4).padStart(4, '0'),
    placedAt: ctx.clock.now(),
    lines: JSON.stringify(
      quoted.lines.map((line) => ({
        sku: line.sku,
        name: line.name,
        quantity: line.quantity,
        unitMinor: line.unitPrice.amount,
        totalMinor: line.total.amount,
      })),
    ),
    reservationId: null,
    paymentId: null,
    redemptionId: null,
    rejectedBecause: null,
    carrier: null,
    trackingCode: null,
  };
  const work: Fulfilment = {
    orderId,
    customerId,
    lines: body.lines,
    cardMinor,
    currency: values.currency,
    points,
    method: body.payment.method,
  };
  return ctx.transaction(async (tx) => {
    const row = await ordersDb(tx.db).insertInto('orders').values(values).returningAll().executeTakeFirstOrThrow();
    tx.emit('order.received', { subject: orderId, customerId, data: toOrder(row) });
    tx.start(fulfilOrder, { key: orderId, input: work });
    return row;
  });
}

async function price(body: NewOrder, ctx: OpenContext) {
  try {
    return await ctx.call('catalogue.quotePrice', { body: { lines: body.lines } });
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'catalogue.unknown-offering') {
      return problem('orders.unknown-offering', { sku: error.document['sku'] ?? body.lines[0]?.sku });
    }
    throw error;
  }
}

/** Why a sibling refused, in words of this contract. */
function refusal(order: OrderRow) {
  switch (order.rejectedBecause) {
    case 'inventory.out-of-stock':
      return problem('orders.out-of-stock', { sku: order.lines[0]?.name ?? '' });
    case 'loyalty.points-insufficient':
      return problem('orders.points-insufficient');
    default:
      return problem('orders.payment-declined');
  }
}
