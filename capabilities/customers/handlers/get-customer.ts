import { problem, type ReadHandler, reply } from '@plinth/runtime';
import { findCustomer, resolveMe, toCustomer } from '../customer.ts';

export const getCustomer: ReadHandler<'customers.getCustomer'> = async (input, ctx) => {
  const row = await findCustomer(ctx.db, resolveMe(input.customerId, ctx.principal));
  return row ? reply(200, toCustomer(row)) : problem('not-found');
};
