import { type ReadHandler, reply } from '@plinth/runtime';
import { resolveMe } from '../customer.ts';
import { delegate } from '../delegate.ts';

export const listDelegates: ReadHandler<'customers.listDelegates'> = async (input, ctx) => {
  const given = await ctx.relations.list(ctx.db, resolveMe(input.customerId, ctx.principal), delegate);
  return reply(200, { items: given.map(({ grantee, since }) => ({ customerId: grantee, since })), next: null });
};
