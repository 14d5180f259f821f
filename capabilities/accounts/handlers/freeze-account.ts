import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { freeze } from '../account.ts';
import { freezerOf } from '../freezer.ts';
import { changeState, findAccount } from '../rows.ts';
import { book, codeOf } from '../tables.ts';
import { toAccount } from '../wire.ts';

export const freezeAccount: WriteHandler<'accounts.freezeAccount'> = async (input, ctx) => {
  const account = await findAccount(ctx.db, input.accountId);
  if (!account) return problem('not-found');
  const next = freeze(account, freezerOf(ctx.principal));
  if (!next.ok) return problem('conflicting-state', { currentState: account.state });
  if (next.value === 'already') return reply(201, toAccount(account));
  const change = { ...next.value, frozenBecause: input.body?.reason ?? null };
  if (!(await changeState(ctx.db, account, change))) return problem('conflicting-state');
  await book.setStatus(ctx, codeOf(account), 'frozen');
  const frozen = toAccount({ ...account, ...change, version: account.version + 1n });
  ctx.emit('account.frozen', { subject: frozen.id, customerId: account.customerId, data: frozen });
  return reply(201, frozen);
};
