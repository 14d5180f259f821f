import { defineCapability, open, reaction, read, write } from '@plinth/runtime';
import { checkTransfer } from './handlers/check-transfer.ts';
import { closeAccount } from './handlers/close-account.ts';
import { createTransfer } from './handlers/create-transfer.ts';
import { freezeAccount } from './handlers/freeze-account.ts';
import { getAccount } from './handlers/get-account.ts';
import { getTransfer } from './handlers/get-transfer.ts';
import { listAccounts } from './handlers/list-accounts.ts';
import { listTransactions } from './handlers/list-transactions.ts';
import { openAccount } from './handlers/open-account.ts';
import { unfreezeAccount } from './handlers/unfreeze-account.ts';
import { invariants } from './invariants.ts';
import * as accounts0001 from './migrations/0001-accounts.ts';
import * as accounts0002 from './migrations/0002-card-payments.ts';
import { ownersOfAccounts, ownersOfTransfers } from './owners.ts';
import { onPaymentCaptured, onPaymentRefunded } from './reactions/on-card-payment.ts';
import { seed } from './seed.ts';

export const accounts = defineCapability({
  name: 'accounts',
  folder: import.meta.dirname,
  handlers: {
    listAccounts: read(listAccounts),
    openAccount: open(openAccount),
    getAccount: read(getAccount),
    listTransactions: read(listTransactions),
    freezeAccount: write(freezeAccount),
    unfreezeAccount: write(unfreezeAccount),
    closeAccount: write(closeAccount),
    checkTransfer: read(checkTransfer),
    createTransfer: write(createTransfer),
    getTransfer: read(getTransfer),
  },
  reactions: [
    reaction('accounts.on-payment-captured', 'payment.captured', onPaymentCaptured),
    reaction('accounts.on-payment-refunded', 'payment.refunded', onPaymentRefunded),
    // What did not happen after all is booked as its opposite.
    reaction('accounts.on-payment-capture-failed', 'payment.captureFailed', onPaymentRefunded),
    reaction('accounts.on-payment-refund-failed', 'payment.refundFailed', onPaymentCaptured),
  ],
  calls: ['customers.getCustomer'],
  owners: { account: ownersOfAccounts, transfer: ownersOfTransfers },
  migrations: { '0001-accounts': accounts0001, '0002-card-payments': accounts0002 },
  invariants,
  seed,
});
