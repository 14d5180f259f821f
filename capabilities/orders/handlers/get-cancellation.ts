import { problem, type ReadHandler, reply, toWireId } from '@plinth/runtime';
import { findCancellation, findOrder, toCancellation } from '../order.ts';

export const getCancellation: ReadHandler<'orders.getCancellation'> = async (input, ctx) => {
  const order = await findOrder(ctx.db, input.orderId);
  const cancellation = order && (await findCancellation(ctx.db, order.id));
  if (!cancellation || toWireId('can', cancellation.id) !== input.cancellationId) return problem('not-found');
  return reply(200, toCancellation(cancellation, order));
};
