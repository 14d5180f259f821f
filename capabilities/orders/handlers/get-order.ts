import { problem, type ReadHandler, reply } from '@plinth/runtime';
import { findOrder, toOrder } from '../order.ts';

export const getOrder: ReadHandler<'orders.getOrder'> = async (input, ctx) => {
  const order = await findOrder(ctx.db, input.orderId);
  return order ? reply(200, toOrder(order)) : problem('not-found');
};
