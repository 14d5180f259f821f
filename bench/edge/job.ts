// The one job all servers do: read an order by id, take a new order of about 1.2 KiB and answer with the order made.

export interface NewOrder {
  lines: { sku: string; quantity: number }[];
  payment: { method: string; points: number };
  expectedTotal?: { amount: number; currency: string };
}

/** An order as JSON. */
export type Order = Record<string, unknown>;

/** What stands behind the compared servers: without a store at once, with one as a promise. */
export interface Job {
  getOrder(id: string): Order | Promise<Order>;
  /** `key`: the request's idempotency key. */
  placeOrder(order: NewOrder, key: string): Order | Promise<Order>;
}

export const customerId = 'cus_bench';
export const orderId = 'ord_06f4tsg0003c5a8j1kq2h9xw7d';

/** About 1.2 KiB as JSON. */
export const newOrder: NewOrder = {
  lines: Array.from({ length: 28 }, (_, index) => ({ sku: `KETTLE-${1700 + index}-BLUE`, quantity: (index % 5) + 1 })),
  payment: { method: 'card_ok', points: 250 },
  expectedTotal: { amount: 82_450, currency: 'EUR' },
};

/** What a handler does without a store: prices the lines and makes the order. */
export function placeOrder(order: NewOrder): Order {
  let amount = 0;
  const lines = order.lines.map(({ sku, quantity }) => {
    const unit = 990 + sku.length;
    amount += unit * quantity;
    return { sku, name: 'Kettle', quantity, unitPrice: money(unit), total: money(unit * quantity) };
  });
  return {
    ...getOrder(orderId),
    lines,
    total: { amount, currency: 'EUR' },
    paidByCard: { amount: amount - order.payment.points, currency: 'EUR' },
    pointsSpent: order.payment.points,
  };
}

export function getOrder(id: string): Order {
  return {
    id,
    number: 'ORD-3416-N7TT',
    customerId,
    state: 'placed',
    lines: [
      {
        sku: 'KETTLE-17',
        name: 'Kettle',
        quantity: 1,
        unitPrice: { amount: 2450, currency: 'EUR' },
        total: { amount: 2450, currency: 'EUR' },
      },
    ],
    total: { amount: 2450, currency: 'EUR' },
    paidByCard: { amount: 2450, currency: 'EUR' },
    pointsSpent: 0,
    placedAt: '2026-01-01T00:00:00Z',
    version: 1,
  };
}

function money(cents: number): { amount: number; currency: string } {
  return { amount: cents, currency: 'EUR' };
}
