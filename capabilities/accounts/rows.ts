import { type Db, fromWireId, type Tx } from '@plinth/runtime';
import { type SelectQueryBuilder, sql } from 'kysely';
import {
  type AccountRow,
  type AccountsTables,
  accountsDb,
  type AccountWithBalance,
  type TransferRow,
} from './tables.ts';

/** Accounts with their balances, as they are now and without a lock: for showing, not for deciding. */
export function selectAccounts(
  db: Db,
): SelectQueryBuilder<AccountsTables, 'accounts' | 'ledgerAccount', AccountWithBalance> {
  return accountsDb(db)
    .selectFrom('accounts')
    .innerJoin('ledgerAccount', 'ledgerAccount.id', 'accounts.id')
    .selectAll('accounts')
    .select(['ledgerAccount.posted', 'ledgerAccount.held']);
}

export async function findAccount(db: Db, wireId: string): Promise<AccountWithBalance | undefined> {
  const id = fromWireId('acc', wireId);
  if (!id) return undefined;
  return selectAccounts(db).where('accounts.id', '=', id).executeTakeFirst();
}

/** @param number as stored: capitals, no spaces. */
export async function findByNumber(db: Db, number: string): Promise<AccountWithBalance | undefined> {
  return selectAccounts(db).where('accounts.number', '=', number).executeTakeFirst();
}

/** The account behind an idempotency key; a repeated request finds what the first one made. */
export async function findByKey(db: Db, key: string): Promise<AccountWithBalance | undefined> {
  return selectAccounts(db).where('accounts.key', '=', key).executeTakeFirst();
}

/** One conditional update; false when the account has changed since it was read. */
export async function changeState(
  tx: Tx,
  account: Pick<AccountRow, 'id' | 'version'>,
  change: Pick<AccountRow, 'state' | 'frozenBy' | 'frozenBecause'>,
): Promise<boolean> {
  const { numUpdatedRows } = await accountsDb(tx)
    .updateTable('accounts')
    .set({ ...change, version: sql`version + 1` })
    .where('id', '=', account.id)
    .where('version', '=', account.version)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function findTransfer(db: Db, wireId: string): Promise<TransferRow | undefined> {
  const id = fromWireId('trf', wireId);
  if (!id) return undefined;
  return accountsDb(db).selectFrom('transfers').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function findByReference(
  db: Db,
  of: Pick<TransferRow, 'customerId' | 'reference'>,
): Promise<TransferRow | undefined> {
  return accountsDb(db)
    .selectFrom('transfers')
    .selectAll()
    .where('customerId', '=', of.customerId)
    .where('reference', '=', of.reference)
    .executeTakeFirst();
}
