import { problem, type ReadHandler, reply } from '@plinth/runtime';
import { findAccount } from '../rows.ts';
import { toAccount } from '../wire.ts';

export const getAccount: ReadHandler<'accounts.getAccount'> = async (input, ctx) => {
  const account = await findAccount(ctx.db, input.accountId);
  return account ? reply(200, toAccount(account)) : problem('not-found');
};
