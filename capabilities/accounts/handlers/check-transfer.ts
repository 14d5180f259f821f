import { problem, type ReadHandler, reply } from '@plinth/runtime';
import { readNumber } from '../account.ts';
import { refusedTransfer } from '../refusals.ts';
import { findAccount, findByNumber } from '../rows.ts';
import { checkName, planTransfer } from '../transfer.ts';
import { availableOf, toMoney } from '../wire.ts';

export const checkTransfer: ReadHandler<'accounts.checkTransfer'> = async ({ body }, ctx) => {
  const from = await findAccount(ctx.db, body.fromAccountId);
  if (!from) return problem('not-found');
  const number = readNumber(body.toNumber);
  const to = number && (await findByNumber(ctx.db, number));
  if (!to) return problem('accounts.unknown-payee', { toNumber: body.toNumber });
  const plan = planTransfer(from, to, body.amount.currency);
  if (!plan.ok) return refusedTransfer(plan.reason, { from, to, currency: body.amount.currency });
  const { currency } = from;
  const total = BigInt(body.amount.amount) + plan.value.fee;
  const left = availableOf(from) - total;
  const nameCheck = plan.value.isOwn ? 'ownAccount' : checkName(body.payeeName, to.holderName);
  return reply(200, {
    nameCheck,
    // Whoever types a number at random is not told whose it is.
    ...(nameCheck === 'ownAccount' ? { payeeName: to.name } : {}),
    ...(nameCheck === 'closeMatch' ? { payeeName: to.holderName } : {}),
    fee: toMoney(plan.value.fee, currency),
    total: toMoney(total, currency),
    arrivesAt: ctx.clock.now().toString(),
    availableAfter: toMoney(left, currency),
    isPossible: left >= 0n && from.state === 'active',
  });
};
