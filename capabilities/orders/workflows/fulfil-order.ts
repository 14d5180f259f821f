import { nothing, StepRefused, workflow } from '@plinth/runtime';
import { crashPoint } from '@plinth/runtime/kernel';
import { findOrder, moveOrder, toOrder } from '../order.ts';

/** What was ordered and how it is paid; ids of the order are wire ids. */
export interface Fulfilment {
  orderId: string;
  customerId: string;
  lines: { sku: string; quantity: number }[];
  cardMinor: number;
  currency: string;
  points: number;
  method: string;
}

/**
 * Reserve goods, hold points, authorize the card, then the order stands; only after that goods, points and money are
 * taken for good. Whatever fails before leaves nothing behind; whatever fails later calls the order off.
 */
export const fulfilOrder = workflow('orders.fulfilOrder', 1, async (step, input: Fulfilment) => {
  const reservationId = step.id('reservation', 'rsv');
  const redemptionId = input.points > 0 ? step.id('redemption', 'rdm') : null;
  const paymentId = input.cardMinor > 0 ? step.id('payment', 'pay') : null;
  const { orderId, customerId } = input;
  try {
    await step.call(
      'reserve',
      'inventory.reserveStock',
      { body: { id: reservationId, reference: orderId, lines: input.lines } },
      { undo: ['inventory.releaseReservation', { reservationId }] },
    );
    crashPoint('order.reserved');
    if (redemptionId) {
      await step.call(
        'hold-points',
        'loyalty.redeemPoints',
        { body: { id: redemptionId, customerId, points: input.points, reference: orderId } },
        { undo: ['loyalty.releaseRedemption', { redemptionId }] },
      );
    }
    if (paymentId) {
      const amount = { amount: input.cardMinor, currency: input.currency };
      await step.call(
        'pay',
        'payments.createPayment',
        { body: { id: paymentId, customerId, amount, method: input.method, reference: orderId } },
        { undo: ['payments.cancelPayment', { paymentId }] },
      );
    }
    crashPoint('order.paid');
  } catch (error) {
    if (!(error instanceof StepRefused)) throw error;
    const because = error.code;
    await step.tx('reject', async (ctx) => {
      const order = await findOrder(ctx.db, orderId);
      const rejected = order && (await moveOrder(ctx.db, order, 'rejected', { rejectedBecause: because }));
      if (rejected) ctx.emit('order.rejected', { subject: orderId, customerId, data: toOrder(rejected) });
    });
    // Passed on, so that the engine gives back what was already taken.
    throw error;
  }
  await step.tx(
    'place',
    async (ctx) => {
      const order = await findOrder(ctx.db, orderId);
      const placed = order && (await moveOrder(ctx.db, order, 'placed', { reservationId, redemptionId, paymentId }));
      if (placed) ctx.emit('order.placed', { subject: orderId, customerId, data: toOrder(placed) });
    },
    { undo: ['orders.cancelOrder', { orderId, body: { reason: 'It could not be fulfilled.' } }] },
  );
  crashPoint('order.placed');
  const done = nothing('Giving back the promise gives back what was taken for it.');
  await step.call('confirm-stock', 'inventory.confirmReservation', { reservationId }, { undo: done });
  if (redemptionId) await step.call('take-points', 'loyalty.captureRedemption', { redemptionId }, { undo: done });
  if (paymentId) {
    // The reference of a cancellation, so that both are one refund.
    const refund = { amount: { amount: input.cardMinor, currency: input.currency }, reference: orderId };
    await step.call(
      'take-money',
      'payments.capturePayment',
      { paymentId, body: {} },
      { undo: ['payments.refundPayment', { paymentId, body: refund }] },
    );
  }
});
