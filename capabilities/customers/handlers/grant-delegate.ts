import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { findCustomer, isClosed, resolveMe } from '../customer.ts';
import { delegate } from '../delegate.ts';

/** Granting twice is the same wish. */
export const grantDelegate: WriteHandler<'customers.grantDelegate'> = async (input, ctx) => {
  const customerId = resolveMe(input.customerId, ctx.principal);
  const grantee = input.delegateId;
  if (await isClosed(ctx.db, customerId)) return problem('conflicting-state', { currentState: 'closed' });
  if (grantee === customerId || (await findCustomer(ctx.db, grantee))?.state !== 'active')
    return problem('customers.no-such-delegate');
  const since = ctx.clock.now();
  await ctx.relations.grant(ctx.db, { customerId, relation: delegate, grantee, since });
  const given = { customerId: grantee, since: since.toString() };
  ctx.emit('delegate.granted', { subject: `${customerId}/${grantee}`, customerId, data: given });
  return reply(200, given);
};
