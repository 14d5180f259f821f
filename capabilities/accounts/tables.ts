import { type Db, inSchema } from '@plinth/runtime';
import type { Generated, Kysely } from 'kysely';
import { createBook } from '../ledger/index.ts';
import type { TransactionKind } from './generated.ts';

/** Balances, holds and floors of all accounts. The ledger account of an account has the same id. */
export const book = createBook('accounts');

export interface AccountRow {
  id: string;
  number: string;
  /** Idempotency key of the request that opened it: a repeat finds the same account. */
  key: string;
  customerId: string;
  /** As known when the account was opened; payees' names are checked against it. */
  holderName: string;
  name: string;
  product: 'everyday' | 'savings';
  currency: string;
  /** How far below zero it may go. */
  overdraftMinor: bigint;
  state: 'active' | 'frozen' | 'closed';
  frozenBy: 'customer' | 'bank' | null;
  frozenBecause: string | null;
  openedAt: Temporal.Instant;
  version: bigint;
}

/** An account with its balance. */
export type AccountWithBalance = AccountRow & { posted: bigint; held: bigint };

export interface TransferRow {
  id: string;
  customerId: string;
  /** Unique for the customer: the same reference is the same transfer. */
  reference: string;
  fromAccount: string;
  toAccount: string;
  toNumber: string;
  payeeName: string;
  amountMinor: bigint;
  feeMinor: bigint;
  currency: string;
  text: string;
  posting: string;
  postedAt: Temporal.Instant;
}

/** A line of the book as its account's owner reads it. */
export interface TransactionRow {
  account: string;
  /** Of the ledger's line: without gaps for each account. */
  seq: bigint;
  id: string;
  posting: string;
  kind: TransactionKind;
  /** Negative when it went out. */
  amountMinor: bigint;
  afterMinor: bigint;
  counterparty: string;
  text: string;
  transferId: string | null;
  bookedAt: Temporal.Instant;
  valueDate: Temporal.PlainDate;
}

/** What moved on an account for one capture or refund of a card payment. */
export interface CardBookingRow {
  /** Of the capture or refund, as its capability tells it. */
  movedId: string;
  paymentId: string;
  account: string;
  posting: string;
  /** Negative when it went out. */
  amountMinor: bigint;
}

export interface AccountsTables {
  accounts: Omit<AccountRow, 'version'> & { version: Generated<bigint> };
  transfers: TransferRow;
  transactions: TransactionRow;
  cardBookings: CardBookingRow;
  ledgerAccount: { id: string; posted: bigint; held: bigint };
}

/** The handle narrowed to this capability's schema. */
export function accountsDb(db: Db): Kysely<AccountsTables> {
  return inSchema<AccountsTables>(db, 'accounts');
}

/** Code of an account in the book. */
export function codeOf(account: Pick<AccountRow, 'id'>): string {
  return `cust:${account.id}`;
}

/** Accounts of the house, one for each currency: what they stand for is the bank's matter, so they have no floor. */
export function houseCode(what: 'cash' | 'fees' | 'cards', currency: string): string {
  return `house:${what}:${currency}`;
}
