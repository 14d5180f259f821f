import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { answerConsent } from '../consent.ts';
import { isClosed, resolveMe } from '../customer.ts';

export const giveConsent: WriteHandler<'customers.giveConsent'> = async (input, ctx) => {
  const customerId = resolveMe(input.customerId, ctx.principal);
  if (await isClosed(ctx.db, customerId)) return problem('conflicting-state', { currentState: 'closed' });
  return reply(200, await answerConsent(ctx, customerId, input.purpose, true));
};
