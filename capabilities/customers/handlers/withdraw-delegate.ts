import { reply, type WriteHandler } from '@plinth/runtime';
import { resolveMe } from '../customer.ts';
import { delegate } from '../delegate.ts';

/** Nobody acts after this, whether they could before or not. */
export const withdrawDelegate: WriteHandler<'customers.withdrawDelegate'> = async (input, ctx) => {
  const customerId = resolveMe(input.customerId, ctx.principal);
  const grantee = input.delegateId;
  if (await ctx.relations.withdraw(ctx.db, { customerId, relation: delegate, grantee }))
    ctx.emit('delegate.withdrawn', {
      subject: `${customerId}/${grantee}`,
      customerId,
      data: { customerId: grantee },
    });
  return reply(204, undefined);
};
