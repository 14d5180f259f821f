import { toWire, toWireId } from '@plinth/runtime';
import type { Account, Money, Transaction, Transfer } from './generated.ts';
import type { AccountWithBalance, TransactionRow, TransferRow } from './tables.ts';

/** Minor units and currency as the contract writes them. */
export function toMoney(amount: bigint, currency: string): Money {
  return toWire({ amount, currency });
}

/** What may be spent: what is booked, less what is set aside, plus the overdraft. */
export function availableOf(row: Pick<AccountWithBalance, 'posted' | 'held' | 'overdraftMinor'>): bigint {
  return row.posted - row.held + row.overdraftMinor;
}

export function toAccount(row: AccountWithBalance): Account {
  const { currency } = row;
  return {
    id: toWireId('acc', row.id),
    number: row.number,
    customerId: row.customerId,
    name: row.name,
    product: row.product,
    state: row.state,
    ...(row.frozenBy ? { frozenBy: row.frozenBy } : {}),
    booked: toMoney(row.posted, currency),
    held: toMoney(row.held, currency),
    available: toMoney(availableOf(row), currency),
    overdraft: toMoney(row.overdraftMinor, currency),
    openedAt: row.openedAt.toString(),
    version: Number(row.version),
  };
}

export function toTransaction(row: TransactionRow, currency: string): Transaction {
  return {
    id: toWireId('trx', row.id),
    accountId: toWireId('acc', row.account),
    kind: row.kind,
    amount: toMoney(row.amountMinor, currency),
    balanceAfter: toMoney(row.afterMinor, currency),
    counterparty: row.counterparty,
    text: row.text,
    ...(row.transferId ? { transferId: toWireId('trf', row.transferId) } : {}),
    bookedAt: row.bookedAt.toString(),
    valueDate: row.valueDate.toString(),
  };
}

export function toTransfer(row: TransferRow): Transfer {
  return {
    id: toWireId('trf', row.id),
    reference: row.reference,
    customerId: row.customerId,
    fromAccountId: toWireId('acc', row.fromAccount),
    toNumber: row.toNumber,
    payeeName: row.payeeName,
    amount: toMoney(row.amountMinor, row.currency),
    fee: toMoney(row.feeMinor, row.currency),
    text: row.text,
    state: 'posted',
    postedAt: row.postedAt.toString(),
  };
}
