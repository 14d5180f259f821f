import { type Db, fromWireId, type OwnerResolver, toWireId } from '@plinth/runtime';
import { accountsDb } from './tables.ts';

export const ownersOfAccounts: OwnerResolver = async (ids: readonly string[], db: Db) => {
  const uuids = ids.flatMap((id) => fromWireId('acc', id) ?? []);
  if (uuids.length === 0) return new Map();
  const rows = await accountsDb(db)
    .selectFrom('accounts')
    .select(['id', 'customerId'])
    .where('id', 'in', uuids)
    .execute();
  return new Map(rows.map((row) => [toWireId('acc', row.id), [row.customerId]]));
};

/** A transfer is its sender's. The payee sees the transaction on their account. */
export const ownersOfTransfers: OwnerResolver = async (ids: readonly string[], db: Db) => {
  const uuids = ids.flatMap((id) => fromWireId('trf', id) ?? []);
  if (uuids.length === 0) return new Map();
  const rows = await accountsDb(db)
    .selectFrom('transfers')
    .select(['id', 'customerId'])
    .where('id', 'in', uuids)
    .execute();
  return new Map(rows.map((row) => [toWireId('trf', row.id), [row.customerId]]));
};
