import {
  fromWireId,
  type OpenContext,
  type OpenHandler,
  problem,
  ProblemError,
  reply,
  toWireId,
  type WriteContext,
} from '@plinth/runtime';
import { assert } from '@plinth/runtime/kernel';
import { sql } from 'kysely';
import { accountNumber, mostAccounts } from '../account.ts';
import type { NewAccount } from '../generated.ts';
import { findAccount, findByKey } from '../rows.ts';
import { accountsDb, book, codeOf, houseCode } from '../tables.ts';
import { toAccount } from '../wire.ts';

/** Open, because the holder's name is the customers' to tell; the account itself is one transaction. */
export const openAccount: OpenHandler<'accounts.openAccount'> = async ({ body }, ctx) => {
  const known = await findByKey(ctx.db, ctx.key);
  if (known) return reply(201, toAccount(known));
  const id = body.id === undefined ? ctx.ids.uuid() : fromWireId('acc', body.id);
  assert(id, 'the contract says how ids look');
  const holder = await holderOf(ctx.owner ?? body.customerId, ctx);
  if (!holder) return problem('accounts.no-such-customer');
  return ctx.transaction(async (tx) => {
    // One opening of a customer at a time, so that the limit cannot be raced.
    await sql`select pg_advisory_xact_lock(hashtextextended(${holder.customerId}, 0))`.execute(tx.db);
    const { count } = await accountsDb(tx.db)
      .selectFrom('accounts')
      .select(sql<bigint>`count(*)`.as('count'))
      .where('customerId', '=', holder.customerId)
      .where('state', '<>', 'closed')
      .executeTakeFirstOrThrow();
    if (count >= BigInt(mostAccounts)) return problem('accounts.too-many-accounts', { limit: mostAccounts });
    if (await findAccount(tx.db, toWireId('acc', id))) return problem('accounts.id-taken');
    return reply(201, await open(tx, { ...body, ...holder, id, key: ctx.key }));
  });
};

async function open(
  tx: WriteContext,
  {
    id,
    key,
    customerId,
    holderName,
    product,
    ...wishes
  }: Omit<NewAccount, 'id' | 'customerId'> & Holder & { id: string; key: string },
) {
  const currency = wishes.currency ?? 'EUR';
  await book.ensure(tx, [
    { id, code: codeOf({ id }), unit: currency, floor: 0n },
    { code: houseCode('fees', currency), unit: currency, floor: null, rank: 1 },
  ]);
  const serial = await sql<{ next: bigint }>`select nextval('accounts.account_serial') as next`.execute(tx.db);
  await accountsDb(tx.db)
    .insertInto('accounts')
    .values({
      id,
      number: accountNumber(serial.rows[0]?.next ?? 0n),
      key,
      customerId,
      holderName,
      name: wishes.name ?? (product === 'savings' ? 'Savings' : 'Everyday'),
      product,
      currency,
      overdraftMinor: 0n,
      state: 'active',
      frozenBy: null,
      frozenBecause: null,
      openedAt: tx.clock.now(),
    })
    .execute();
  const row = await findAccount(tx.db, toWireId('acc', id));
  if (!row) throw new Error('An account that was just inserted is there.');
  const account = toAccount(row);
  tx.emit('account.opened', { subject: account.id, customerId, data: account });
  return account;
}

interface Holder {
  customerId: string;
  holderName: string;
}

async function holderOf(customerId: string | undefined, ctx: OpenContext): Promise<Holder | undefined> {
  if (customerId === undefined) return undefined;
  try {
    const { givenName, familyName, state } = await ctx.call('customers.getCustomer', { customerId });
    if (state === 'closed') return undefined;
    return { customerId, holderName: `${givenName} ${familyName}` };
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return undefined;
    throw error;
  }
}
