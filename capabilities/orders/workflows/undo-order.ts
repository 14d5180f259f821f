import { nothing, workflow } from '@plinth/runtime';
import { findCancellation, findOrder, moveOrder, toOrder } from '../order.ts';
import { ordersDb } from '../tables.ts';

export interface Undoing {
  orderId: string;
  customerId: string;
  reservationId: string | null;
  redemptionId: string | null;
  paymentId: string | null;
  refundMinor: number;
  currency: string;
}

/** Goods, points and money go back; then the order is cancelled. Each step may be repeated without harm. */
export const undoOrder = workflow('orders.undoOrder', 1, async (step, input: Undoing) => {
  const undo = nothing('A cancellation is finished, never taken back.');
  const { orderId, customerId, reservationId, redemptionId, paymentId } = input;
  if (reservationId) await step.call('release', 'inventory.releaseReservation', { reservationId }, { undo });
  if (redemptionId) await step.call('return-points', 'loyalty.releaseRedemption', { redemptionId }, { undo });
  if (paymentId) {
    const amount = { amount: input.refundMinor, currency: input.currency };
    await step.call('refund', 'payments.refundPayment', { paymentId, body: { amount, reference: orderId } }, { undo });
  }
  await step.tx('cancel', async (ctx) => {
    const order = await findOrder(ctx.db, orderId);
    const cancelled = order && (await moveOrder(ctx.db, order, 'cancelled'));
    if (!cancelled) return;
    const cancellation = await findCancellation(ctx.db, cancelled.id);
    if (cancellation) {
      await ordersDb(ctx.db)
        .updateTable('cancellations')
        .set({ state: 'done' })
        .where('id', '=', cancellation.id)
        .execute();
    }
    ctx.emit('order.cancelled', { subject: orderId, customerId, data: toOrder(cancelled) });
  });
});
