import { defineCapability, open, read, write } from '@plinth/runtime';
import { checkTransfer } from './handlers/check-transfer.ts';
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
import { ownersOfAccounts, ownersOfTransfers } from './owners.ts';
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
    checkTransfer: read(checkTransfer),
    createTransfer: write(createTransfer),
    getTransfer: read(getTransfer),
  },
  calls: ['customers.getCustomer'],
  owners: { account: ownersOfAccounts, transfer: ownersOfTransfers },
  migrations: { '0001-accounts': accounts0001 },
  invariants,
  seed,
});
