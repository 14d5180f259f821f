import { problem, reply, toWireId, type WriteContext, type WriteHandler } from '@plinth/runtime';
import { readNumber } from '../account.ts';
import type { NewTransfer } from '../generated.ts';
import { refusedPosting, refusedTransfer } from '../refusals.ts';
import { findAccount, findByNumber, findByReference } from '../rows.ts';
import { type AccountRow, accountsDb, book, codeOf, houseCode, type TransferRow } from '../tables.ts';
import { bookTransactions } from '../transactions.ts';
import { planTransfer } from '../transfer.ts';
import { toMoney, toTransfer } from '../wire.ts';

export const createTransfer: WriteHandler<'accounts.createTransfer'> = async ({ body }, ctx) => {
  const from = await findAccount(ctx.db, body.fromAccountId);
  if (!from) return problem('not-found');
  const number = readNumber(body.toNumber);
  const to = number && (await findByNumber(ctx.db, number));
  if (!to) return problem('accounts.unknown-payee', { toNumber: body.toNumber });
  const { amount, currency } = body.amount;
  const plan = planTransfer(from, to, currency);
  if (!plan.ok) return refusedTransfer(plan.reason, { from, to, currency });
  const { fee, isOwn } = plan.value;
  if (body.expectedFee !== undefined && BigInt(body.expectedFee) !== fee) {
    return problem('accounts.fee-changed', { fee: toMoney(fee, currency) });
  }
  const wish = { from, to, body, amountMinor: BigInt(amount), feeMinor: fee };
  const before = await sentBefore(ctx, wish);
  if (before) return before;
  return move(ctx, wish, isOwn);
};

interface Wish {
  from: AccountRow;
  to: AccountRow;
  body: NewTransfer;
  amountMinor: bigint;
  feeMinor: bigint;
}

/** A repetition with a new key, after a lost answer: the reference tells it from a new wish. */
async function sentBefore(ctx: WriteContext, { from, to, body, amountMinor }: Wish) {
  if (body.reference === undefined) return undefined;
  // A twin that is under way ends before we look.
  await book.lock(ctx, [codeOf(from), codeOf(to)]);
  const row = await findByReference(ctx.db, { customerId: from.customerId, reference: body.reference });
  if (!row) return undefined;
  const isSame = row.fromAccount === from.id && row.toAccount === to.id && row.amountMinor === amountMinor;
  if (!isSame) return problem('accounts.reference-used', { reference: body.reference });
  return reply(201, toTransfer(row));
}

async function move(ctx: WriteContext, { from, to, body, amountMinor, feeMinor }: Wish, isOwn: boolean) {
  const { currency } = from;
  const id = ctx.ids.uuid();
  const transferId = toWireId('trf', id);
  const [src, dst] = [codeOf(from), codeOf(to)];
  const fees = { from: src, to: houseCode('fees', currency), amount: feeMinor };
  const moves = [{ from: src, to: dst, amount: amountMinor }, ...(feeMinor > 0n ? [fees] : [])];
  const posted = await book.post(ctx, { kind: 'transfer', reference: transferId, moves });
  if (!posted.ok) return refusedPosting(posted, currency);
  const text = body.text ?? '';
  const row: TransferRow = {
    id,
    customerId: from.customerId,
    reference: body.reference ?? transferId,
    fromAccount: from.id,
    toAccount: to.id,
    toNumber: to.number,
    payeeName: isOwn ? to.name : (body.payeeName ?? to.number),
    amountMinor,
    feeMinor,
    currency,
    text,
    posting: posted.id,
    postedAt: ctx.clock.now(),
  };
  await accountsDb(ctx.db).insertInto('transfers').values(row).execute();
  const common = { kind: 'transfer' as const, line: 0, text, transferId: id };
  const fee = { account: from, kind: 'fee' as const, line: 1, counterparty: 'Northfold Bank', text: 'Transfer fee' };
  await bookTransactions(ctx, posted, [
    { ...common, account: from, counterparty: row.payeeName },
    { ...common, account: to, counterparty: isOwn ? from.name : from.holderName },
    ...(feeMinor > 0n ? [{ ...fee, transferId: id }] : []),
  ]);
  ctx.emit('transfer.posted', {
    subject: transferId,
    customerId: from.customerId,
    data: {
      id: transferId,
      customerId: from.customerId,
      fromAccountId: toWireId('acc', from.id),
      amount: toMoney(amountMinor, currency),
      fee: toMoney(feeMinor, currency),
      isOwn,
      postedAt: row.postedAt.toString(),
    },
  });
  return reply(201, toTransfer(row));
}
