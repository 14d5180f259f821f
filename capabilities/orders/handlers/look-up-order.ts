import { isCheckedNumber, problem, type ReadHandler, reply } from '@plinth/runtime';
import { toSummary } from '../order.ts';
import { ordersDb } from '../tables.ts';

/** A wrong number and wrong digits give the same answer, so neither can be guessed alone. */
export const lookUpOrder: ReadHandler<'orders.lookUpOrder'> = async (input, ctx) => {
  const number = input.body.number.trim().toUpperCase();
  if (!isCheckedNumber('ORD', number)) return problem('orders.lookup-failed');
  const order = await ordersDb(ctx.db)
    .selectFrom('orders')
    .selectAll()
    .where('number', '=', number)
    .where('phoneEnding', '=', input.body.phoneEnding)
    .executeTakeFirst();
  return order ? reply(200, toSummary(order)) : problem('orders.lookup-failed');
};
