import { type OpenHandler, problem, reply, toWireId } from '@plinth/runtime';
import { cancellable, findCancellation, findOrder, moveOrder, toCancellation } from '../order.ts';
import { ordersDb } from '../tables.ts';
import { undoOrder } from '../workflows/undo-order.ts';

const waitMs = 2000;

export const cancelOrder: OpenHandler<'orders.cancelOrder'> = async (input, ctx) => {
  const outcome = await ctx.transaction(async (tx) => {
    const order = await findOrder(tx.db, input.orderId);
    if (!order) return 'not-found';
    const may = cancellable(order.state);
    if (!may.ok) return { order, refused: may.reason };
    // Losing the race against another cancellation is the same as coming second.
    const moved = may.value === 'start' ? await moveOrder(tx.db, order, 'cancelling') : undefined;
    if (!moved) return { order };
    const id = tx.ids.uuid();
    await ordersDb(tx.db)
      .insertInto('cancellations')
      .values({
        id,
        orderId: order.id,
        state: 'requested',
        reason: input.body?.reason ?? null,
        requestedAt: tx.clock.now(),
      })
      .execute();
    tx.start(undoOrder, {
      key: `cancel/${toWireId('ord', order.id)}`,
      input: {
        orderId: toWireId('ord', order.id),
        customerId: order.customerId,
        reservationId: order.reservationId,
        redemptionId: order.redemptionId,
        paymentId: order.paymentId,
        refundMinor: Number(order.totalMinor - order.pointsSpent),
        currency: order.currency,
      },
    });
    return { order: moved };
  });
  if (outcome === 'not-found') return problem('not-found');
  const { order, refused } = outcome;
  if (refused === 'already-shipped') return problem('orders.already-shipped', { number: order.number });
  if (refused) return problem('conflicting-state', { currentState: order.state });
  await ctx.settled(undoOrder, `cancel/${toWireId('ord', order.id)}`, waitMs);
  const cancellation = await findCancellation(ctx.db, order.id);
  if (!cancellation) return problem('conflicting-state', { currentState: order.state });
  return reply(cancellation.state === 'done' ? 201 : 202, toCancellation(cancellation, order));
};
