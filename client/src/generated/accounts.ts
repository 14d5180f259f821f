// Made from contract.yaml (Accounts 1.0.0). Do not edit: change the contract and run
//   npm run generate

import { bindOperations, type Client, type OperationCall, type PagedCall, type OperationDescriptor } from '../index.ts';

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

export interface AccountsClient {
  /** See my accounts */
  listAccounts: PagedCall<
    {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      /** Staff only. Whose accounts. */
      customerId?: string | undefined;
    },
    AccountPage,
    'items'
  >;
  /** Open an account */
  openAccount: OperationCall<
    {
      body: NewAccount;
    },
    Account,
    'accounts.too-many-accounts' | 'accounts.no-such-customer' | 'accounts.id-taken'
  >;
  /** See an account and its balance */
  getAccount: OperationCall<
    {
      /** Which account. */
      accountId: string;
    },
    Account
  >;
  /** See what came in and went out */
  listTransactions: PagedCall<
    {
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
    },
    TransactionPage,
    'items'
  >;
  /** Freeze an account */
  freezeAccount: OperationCall<
    {
      /** Which account. */
      accountId: string;
      body?: {
        /** Optional. Kept with the account. */
        reason?: string | undefined;
      } | undefined;
    },
    Account
  >;
  /** Unfreeze an account */
  unfreezeAccount: OperationCall<
    {
      /** Which account. */
      accountId: string;
    },
    Account,
    'accounts.frozen-by-bank'
  >;
  /** Close an account */
  closeAccount: OperationCall<
    {
      /** Which account. */
      accountId: string;
    },
    Account,
    'accounts.not-empty'
  >;
  /** Check a transfer */
  checkTransfer: OperationCall<
    {
      body: TransferQuestion;
    },
    TransferCheck,
    'accounts.unknown-payee' | 'accounts.same-account' | 'accounts.currency-mismatch'
  >;
  /** Transfer money */
  createTransfer: OperationCall<
    {
      body: NewTransfer;
    },
    Transfer,
    'accounts.insufficient-funds' | 'accounts.account-frozen' | 'accounts.account-closed' | 'accounts.unknown-payee' | 'accounts.same-account' | 'accounts.currency-mismatch' | 'accounts.reference-used' | 'accounts.fee-changed'
  >;
  /** See a transfer */
  getTransfer: OperationCall<
    {
      /** Which transfer. */
      transferId: string;
    },
    Transfer
  >;
}

/** The operations as data, for `client.call`. */
export const accountsOperations = {
  listAccounts: {
    capability: 'accounts',
    id: 'listAccounts',
    method: 'GET',
    path: '/accounts/v1/accounts',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
      { name: 'customerId', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  openAccount: {
    capability: 'accounts',
    id: 'openAccount',
    method: 'POST',
    path: '/accounts/v1/accounts',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  getAccount: {
    capability: 'accounts',
    id: 'getAccount',
    method: 'GET',
    path: '/accounts/v1/accounts/{accountId}',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'accountId', in: 'path', style: 'simple', explode: false },
    ],
  },
  listTransactions: {
    capability: 'accounts',
    id: 'listTransactions',
    method: 'GET',
    path: '/accounts/v1/accounts/{accountId}/transactions',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'accountId', in: 'path', style: 'simple', explode: false },
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
      { name: 'kind', in: 'query', style: 'form', explode: true },
      { name: 'fromDate', in: 'query', style: 'form', explode: true },
      { name: 'untilDate', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  freezeAccount: {
    capability: 'accounts',
    id: 'freezeAccount',
    method: 'POST',
    path: '/accounts/v1/accounts/{accountId}/freezes',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'accountId', in: 'path', style: 'simple', explode: false },
    ],
  },
  unfreezeAccount: {
    capability: 'accounts',
    id: 'unfreezeAccount',
    method: 'DELETE',
    path: '/accounts/v1/accounts/{accountId}/freezes',
    hasBody: false,
    effect: 'write',
    idempotency: 'optional',
    params: [
      { name: 'accountId', in: 'path', style: 'simple', explode: false },
    ],
  },
  closeAccount: {
    capability: 'accounts',
    id: 'closeAccount',
    method: 'POST',
    path: '/accounts/v1/accounts/{accountId}/closures',
    hasBody: false,
    effect: 'destructive',
    idempotency: 'required',
    params: [
      { name: 'accountId', in: 'path', style: 'simple', explode: false },
    ],
  },
  checkTransfer: {
    capability: 'accounts',
    id: 'checkTransfer',
    method: 'POST',
    path: '/accounts/v1/transfer-checks',
    hasBody: true,
    effect: 'read',
    idempotency: 'none',
    params: [],
  },
  createTransfer: {
    capability: 'accounts',
    id: 'createTransfer',
    method: 'POST',
    path: '/accounts/v1/transfers',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  getTransfer: {
    capability: 'accounts',
    id: 'getTransfer',
    method: 'GET',
    path: '/accounts/v1/transfers/{transferId}',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'transferId', in: 'path', style: 'simple', explode: false },
    ],
  },
} as const satisfies Record<string, OperationDescriptor>;

/** Accounts: one function per operation. */
export function createAccounts(client: Client): AccountsClient {
  return bindOperations<AccountsClient>(client, accountsOperations);
}
