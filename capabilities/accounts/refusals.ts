import { problem } from '@plinth/runtime';
import { unreachable } from '@plinth/runtime/kernel';
import type { LedgerFailure } from '../ledger/index.ts';
import type { AccountRow } from './tables.ts';
import type { TransferRefusal } from './transfer.ts';
import { toMoney } from './wire.ts';

/** Why two accounts cannot exchange money at all. */
export function refusedTransfer(
  reason: TransferRefusal,
  { from, to, currency }: { from: AccountRow; to: AccountRow; currency: string },
) {
  switch (reason) {
    case 'same-account':
      return problem('accounts.same-account');
    case 'account-closed':
      return problem('accounts.account-closed');
    case 'currency-mismatch':
      return problem('accounts.currency-mismatch', {
        currency,
        fromCurrency: from.currency,
        toCurrency: to.currency,
      });
    default:
      return unreachable(reason);
  }
}

/** Why the book does not move the money. */
export function refusedPosting(failure: LedgerFailure, currency: string) {
  switch (failure.reason) {
    case 'insufficient-funds':
      return problem('accounts.insufficient-funds', {
        available: toMoney(failure.available, currency),
        shortfall: toMoney(failure.shortfall, currency),
      });
    case 'account-frozen':
      return problem('accounts.account-frozen');
    case 'account-closed':
      return problem('accounts.account-closed');
    case 'unit-mismatch':
    case 'unknown-account':
      throw new Error(`The book does not fit its accounts: ${failure.reason} ${failure.account}`);
    default:
      return unreachable(failure);
  }
}
