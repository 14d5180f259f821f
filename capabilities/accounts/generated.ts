// Made from contract.yaml, events.yaml and problems.yaml of Accounts. Do not edit: change those and run
//   npm run generate

import type { Reply } from '@plinth/runtime';

/** Integer minor units of one ISO 4217 currency (1999 EUR is 19.99 euro). */
export type Money = {
  amount: number;
  currency: string;
};

/** Integer minor units, at least one; 1999 EUR is 19.99 euro. */
export type PaidMoney = {
  amount: number;
  currency: string;
};

/** Such as XN13 NFLD 7321 9876 31; spaces do not matter. */
export type AccountNumber = string;

export type AccountState = 'active' | 'frozen' | 'closed';

export type AccountProduct = 'everyday' | 'savings';

export type NewAccount = {
  /** Services only. The new id (acc_…). */
  id?: string | undefined;
  /** Staff and services only. For whom. */
  customerId?: string | undefined;
  product: AccountProduct;
  /** Yours to choose. */
  name?: string | undefined;
  currency?: 'EUR' | 'SEK' | 'GBP' | undefined;
};

export type Account = {
  id: string;
  number: string;
  customerId: string;
  name: string;
  product: AccountProduct;
  state: AccountState;
  frozenBy?: 'customer' | 'bank' | undefined;
  booked: Money;
  held: Money;
  available: Money;
  overdraft: Money;
  openedAt: string;
  version: number;
};

export type AccountPage = {
  items: Account[];
  next: string | null;
};

export type TransactionKind = 'transfer' | 'card' | 'salary' | 'fee' | 'deposit';

export type Transaction = {
  id: string;
  accountId: string;
  kind: TransactionKind;
  /** Negative when it went out. */
  amount: Money;
  balanceAfter: Money;
  counterparty: string;
  text: string;
  transferId?: string | undefined;
  bookedAt: string;
  valueDate: string;
};

export type TransactionPage = {
  items: Transaction[];
  next: string | null;
};

export type TransferQuestion = {
  fromAccountId: string;
  toNumber: AccountNumber;
  payeeName?: string | undefined;
  amount: PaidMoney;
};

export type TransferCheck = {
  nameCheck: 'ownAccount' | 'match' | 'closeMatch' | 'noMatch' | 'notGiven';
  /** Only told for own accounts and close matches. */
  payeeName?: string | undefined;
  fee: Money;
  total: Money;
  arrivesAt: string;
  availableAfter: Money;
  isPossible: boolean;
};

export type NewTransfer = {
  fromAccountId: string;
  toNumber: AccountNumber;
  payeeName?: string | undefined;
  amount: PaidMoney;
  /** The payee reads it. */
  text?: string | undefined;
  /** Services only. Unique among the transfers of the customer; made up when left out. */
  reference?: string | undefined;
  /** Services only. Minor units; refused when the fee is another by now. */
  expectedFee?: number | undefined;
};

export type Transfer = {
  id: string;
  reference: string;
  customerId: string;
  fromAccountId: string;
  toNumber: string;
  payeeName: string;
  amount: Money;
  fee: Money;
  text: string;
  state: 'posted';
  postedAt: string;
};

/** Operations of this capability: input and declared answers. */
export interface AccountsOperations {
  /** See my accounts */
  'accounts.listAccounts': {
    input: {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      /** Staff only. Whose accounts. */
      customerId?: string | undefined;
    };
    reply: Reply<200, AccountPage>;
  };
  /** Open an account */
  'accounts.openAccount': {
    input: {
      body: NewAccount;
    };
    reply: Reply<201, Account>;
  };
  /** See an account and its balance */
  'accounts.getAccount': {
    input: {
      /** Which account. */
      accountId: string;
    };
    reply: Reply<200, Account>;
  };
  /** See what came in and went out */
  'accounts.listTransactions': {
    input: {
      /** Which account. */
      accountId: string;
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      /** Only this kind. */
      kind?: TransactionKind | undefined;
      /** Only from this day on (UTC). */
      fromDate?: string | undefined;
      /** Only up to and with this day (UTC). */
      untilDate?: string | undefined;
    };
    reply: Reply<200, TransactionPage>;
  };
  /** Freeze an account */
  'accounts.freezeAccount': {
    input: {
      /** Which account. */
      accountId: string;
      body?: {
        /** Optional. Kept with the account. */
        reason?: string | undefined;
      } | undefined;
    };
    reply: Reply<201, Account>;
  };
  /** Unfreeze an account */
  'accounts.unfreezeAccount': {
    input: {
      /** Which account. */
      accountId: string;
    };
    reply: Reply<200, Account>;
  };
  /** Close an account */
  'accounts.closeAccount': {
    input: {
      /** Which account. */
      accountId: string;
    };
    reply: Reply<201, Account>;
  };
  /** Check a transfer */
  'accounts.checkTransfer': {
    input: {
      body: TransferQuestion;
    };
    reply: Reply<200, TransferCheck>;
  };
  /** Transfer money */
  'accounts.createTransfer': {
    input: {
      body: NewTransfer;
    };
    reply: Reply<201, Transfer>;
  };
  /** See a transfer */
  'accounts.getTransfer': {
    input: {
      /** Which transfer. */
      transferId: string;
    };
    reply: Reply<200, Transfer>;
  };
}

/** Facts this capability tells, with the shape of their data. */
export interface AccountsEvents {
  /** An account was opened. */
  'account.opened': Account;
  /** Nothing leaves the account any more. */
  'account.frozen': Account;
  /** The account can be used again. */
  'account.unfrozen': Account;
  /** The account is empty and ended for good. */
  'account.closed': Account;
  /** Money was moved by a transfer. */
  'transfer.posted': {
    id: string;
    customerId: string;
    fromAccountId: string;
    amount: Money;
    fee: Money;
    /** Between two accounts of one customer; absent where another system holds them and does not say. */
    isOwn?: boolean | undefined;
    postedAt: string;
  };
  /** Something came in or went out on an account; one fact for each account. */
  'transaction.booked': {
    id: string;
    accountId: string;
    kind: TransactionKind;
    amount: Money;
    balanceAfter: Money;
    bookedAt: string;
  };
  /** What can be spent fell below 50 (of the account's currency), having been above before. */
  'balance.low': {
    accountId: string;
    available: Money;
    threshold: Money;
  };
}

/** Problems this capability may answer. */
export interface AccountsProblems {
  /** 409: Not enough money on the account */
  'accounts.insufficient-funds': true;
  /** 409: The account is frozen */
  'accounts.account-frozen': true;
  /** 409: The account is closed */
  'accounts.account-closed': true;
  /** 409: The account is not empty */
  'accounts.not-empty': true;
  /** 422: No account with this number */
  'accounts.unknown-payee': true;
  /** 422: Both are the same account */
  'accounts.same-account': true;
  /** 422: Currencies differ */
  'accounts.currency-mismatch': true;
  /** 409: The reference was used before */
  'accounts.reference-used': true;
  /** 409: The fee is another */
  'accounts.fee-changed': true;
  /** 409: The bank froze this account */
  'accounts.frozen-by-bank': true;
  /** 409: No more accounts */
  'accounts.too-many-accounts': true;
  /** 422: No such customer */
  'accounts.no-such-customer': true;
  /** 409: The id belongs to another account */
  'accounts.id-taken': true;
}

declare module '@plinth/runtime' {
  interface Operations extends AccountsOperations {}
  interface Events extends AccountsEvents {}
  interface Problems extends AccountsProblems {}
}
