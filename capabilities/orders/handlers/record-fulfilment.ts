import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { findOrder, moveOrder, toOrder } from '../order.ts';

export const recordFulfilment: WriteHandler<'orders.recordFulfilment'> = async (input, ctx) => {
  const order = await findOrder(ctx.db, input.orderId);
  if (!order) return problem('not-found');
  const { carrier, trackingCode = null } = input.body;
  const sent = await moveOrder(ctx.db, order, 'fulfilled', { carrier, trackingCode });
  if (!sent) return problem('orders.not-placed', { number: order.number, state: order.state });
  ctx.emit('order.fulfilled', { subject: input.orderId, customerId: order.customerId, data: toOrder(sent) });
  return reply(201, toOrder(sent));
};
