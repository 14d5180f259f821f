import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { unfreeze } from '../account.ts';
import { freezerOf } from '../freezer.ts';
import { changeState, findAccount } from '../rows.ts';
import { book, codeOf } from '../tables.ts';
import { toAccount } from '../wire.ts';

export const unfreezeAccount: WriteHandler<'accounts.unfreezeAccount'> = async (input, ctx) => {
  const account = await findAccount(ctx.db, input.accountId);
  if (!account) return problem('not-found');
  const next = unfreeze(account, freezerOf(ctx.principal));
  if (!next.ok && next.reason === 'frozen-by-bank') return problem('accounts.frozen-by-bank');
  if (!next.ok) return problem('conflicting-state', { currentState: account.state });
  if (next.value === 'already') return reply(200, toAccount(account));
  const change = { ...next.value, frozenBecause: null };
  if (!(await changeState(ctx.db, account, change))) return problem('conflicting-state');
  await book.setStatus(ctx, codeOf(account), 'open');
  const active = toAccount({ ...account, ...change, version: account.version + 1n });
  ctx.emit('account.unfrozen', { subject: active.id, customerId: account.customerId, data: active });
  return reply(200, active);
};
