import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { close } from '../account.ts';
import { changeState, findAccount } from '../rows.ts';
import { type AccountWithBalance, book, codeOf } from '../tables.ts';
import { toAccount, toMoney } from '../wire.ts';

export const closeAccount: WriteHandler<'accounts.closeAccount'> = async (input, ctx) => {
  const account = await findAccount(ctx.db, input.accountId);
  if (!account) return problem('not-found');
  const may = close(account, account);
  if (!may.ok) return may.reason === 'frozen' ? conflict(account) : notEmpty(account);
  if (may.value === 'already') return reply(201, toAccount(account));
  const change = { state: 'closed' as const, frozenBy: null, frozenBecause: null };
  if (!(await changeState(ctx.db, account, change))) return problem('conflicting-state');
  // Judged again under the lock: nothing comes in between an empty account and its end.
  const code = codeOf(account);
  const locked = (await book.lock(ctx, [code])).get(code);
  if (locked && !close(account, locked).ok)
    return notEmpty({ posted: locked.posted, held: locked.held, currency: account.currency });
  await book.setStatus(ctx, code, 'closed');
  const closed = toAccount({ ...account, ...change, version: account.version + 1n });
  ctx.emit('account.closed', { subject: closed.id, customerId: account.customerId, data: closed });
  return reply(201, closed);
};

function conflict({ state }: Pick<AccountWithBalance, 'state'>) {
  return problem('conflicting-state', { currentState: state });
}

function notEmpty({ posted, held, currency }: Pick<AccountWithBalance, 'posted' | 'held' | 'currency'>) {
  return problem('accounts.not-empty', { booked: toMoney(posted, currency), held: toMoney(held, currency) });
}
