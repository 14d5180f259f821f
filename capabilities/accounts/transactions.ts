import { toWireId, type WriteContext } from '@plinth/runtime';
import { assert } from '@plinth/runtime/kernel';
import type { Posted } from '../ledger/index.ts';
import { lowBalanceMinor, ranLow } from './account.ts';
import { type AccountRow, accountsDb, type TransactionRow } from './tables.ts';
import { toMoney } from './wire.ts';

/** One side of one line of a posting, in its owner's words. */
export interface Entry {
  account: Pick<AccountRow, 'id' | 'customerId' | 'currency'>;
  /** Index of the line in the posting, from 0. */
  line: number;
  kind: TransactionRow['kind'];
  counterparty: string;
  text: string;
  transferId: string | null;
}

/** Writes a new posting as transactions of the accounts it touched, and tells their owners. */
export async function bookTransactions(
  ctx: WriteContext,
  posted: Posted,
  entries: readonly Entry[],
): Promise<TransactionRow[]> {
  const db = accountsDb(ctx.db);
  const { bookedAt, valueDate } = await ctx.db
    .withSchema('accounts')
    .selectFrom('ledgerPosting')
    .select(['bookedAt', 'valueDate'])
    .where('id', '=', posted.id)
    .$castTo<Pick<TransactionRow, 'bookedAt' | 'valueDate'>>()
    .executeTakeFirstOrThrow();
  const rows = entries.map((entry) => ({
    ...sideOf(posted, entry),
    id: ctx.ids.uuid(),
    posting: posted.id,
    kind: entry.kind,
    counterparty: entry.counterparty,
    text: entry.text,
    transferId: entry.transferId,
    bookedAt,
    valueDate,
  }));
  await db.insertInto('transactions').values(rows).execute();
  for (const [index, row] of rows.entries()) tell(ctx, entries[index] as Entry, row);
  warn(ctx, posted, { entries, rows });
  return rows;
}

function sideOf(
  posted: Posted,
  { account, line }: Entry,
): Pick<TransactionRow, 'account' | 'seq' | 'amountMinor' | 'afterMinor'> {
  const move = posted.plan.lines[line];
  assert(move && (move.src === account.id || move.dst === account.id), 'an entry names a line of its account');
  return move.src === account.id
    ? { account: account.id, seq: move.srcSeq, amountMinor: -move.amount, afterMinor: move.srcAfter }
    : { account: account.id, seq: move.dstSeq, amountMinor: move.amount, afterMinor: move.dstAfter };
}

/** Counterparty and text are somebody's name and words: they stay out of facts. */
function tell(ctx: WriteContext, { account }: Entry, row: TransactionRow): void {
  const { currency, customerId } = account;
  const id = toWireId('trx', row.id);
  ctx.emit('transaction.booked', {
    subject: id,
    customerId,
    data: {
      id,
      accountId: toWireId('acc', row.account),
      kind: row.kind,
      amount: toMoney(row.amountMinor, currency),
      balanceAfter: toMoney(row.afterMinor, currency),
      bookedAt: row.bookedAt.toString(),
    },
  });
}

function warn(
  ctx: WriteContext,
  posted: Posted,
  { entries, rows }: { entries: readonly Entry[]; rows: readonly TransactionRow[] },
): void {
  const accounts = new Map(entries.map(({ account }) => [account.id, account]));
  for (const { id, customerId, currency } of accounts.values()) {
    const after = posted.plan.accounts.find((account) => account.id === id);
    assert(after?.floor !== undefined && after.floor !== null, 'an account of a customer has a floor');
    const available = after.posted - after.held - after.floor;
    const change = rows.reduce((sum, row) => (row.account === id ? sum + row.amountMinor : sum), 0n);
    if (!ranLow(available - change, available)) continue;
    const subject = toWireId('acc', id);
    ctx.emit('balance.low', {
      subject,
      customerId,
      data: {
        accountId: subject,
        available: toMoney(available, currency),
        threshold: toMoney(lowBalanceMinor, currency),
      },
    });
  }
}
