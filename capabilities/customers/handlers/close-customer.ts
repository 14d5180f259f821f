import { fromWireId, type OpenContext, type OpenHandler, problem, reply, type WriteContext } from '@plinth/runtime';
import { sql } from 'kysely';
import { answerConsent, purposes } from '../consent.ts';
import { findCustomer, toCustomer, toFact } from '../customer.ts';
import { delegate } from '../delegate.ts';
import type { ClosureReason } from '../generated.ts';
import { customersDb } from '../tables.ts';

/**
 * Open, because what a customer still has is others' to tell. What they begin between that question and the end is kept
 * and goes on like anything else: nothing is lost, and staff see it.
 */
export const closeCustomer: OpenHandler<'customers.closeCustomer'> = async ({ customerId, body }, ctx) => {
  const known = await findCustomer(ctx.db, customerId);
  if (!known) return problem('not-found');
  if (known.state === 'closed') return reply(201, toCustomer(known));
  const open = await whatIsOpen(customerId, ctx);
  if (Object.values(open).some((count) => count > 0)) return problem('customers.still-open', open);
  return ctx.transaction(async (tx) => reply(201, await close(customerId, body.reason, tx)));
};

/** How many of each, at most 100 of a state. */
async function whatIsOpen(customerId: string, { call }: OpenContext): Promise<Record<string, number>> {
  const page = { customerId, limit: 100 };
  const accounts = await call('accounts.listAccounts', page);
  const states = {
    orders: ['received', 'placed', 'cancelling'],
    payments: ['processing', 'unknown', 'authorized'],
    tickets: ['new', 'open', 'waitingCustomer'],
  } as const;
  return {
    accounts: accounts.items.filter(({ state }) => state !== 'closed').length,
    orders: await sum(states.orders.map((state) => call('orders.listOrders', { ...page, state }))),
    payments: await sum(states.payments.map((state) => call('payments.listPayments', { ...page, state }))),
    requests: await sum(states.tickets.map((state) => call('tickets.listTickets', { ...page, state }))),
  };
}

async function sum(pages: readonly Promise<{ items: readonly unknown[] }>[]): Promise<number> {
  return (await Promise.all(pages)).reduce((count, { items }) => count + items.length, 0);
}

async function close(customerId: string, reason: ClosureReason, tx: WriteContext) {
  const row = await customersDb(tx.db)
    .updateTable('customers')
    .set({ state: 'closed', closedAt: tx.clock.now(), closedBecause: reason, version: sql`version + 1` })
    .where('id', '=', fromWireId('cus', customerId) ?? '')
    .where('state', '=', 'active')
    .returningAll()
    .executeTakeFirst();
  const closed = row ?? (await findCustomer(tx.db, customerId));
  if (closed === undefined) throw new Error('A customer is never deleted.');
  const customer = toCustomer(closed);
  // Somebody else was first: the record stays closed for the reason given then.
  if (row === undefined) return customer;
  for (const purpose of purposes)
    if (await tx.consents.has(tx.db, customerId, purpose)) await answerConsent(tx, customerId, purpose, false);
  await endDelegates(customerId, tx);
  tx.emit('customer.closed', { subject: customerId, customerId, data: { ...toFact(customer), reason } });
  return customer;
}

async function endDelegates(customerId: string, tx: WriteContext): Promise<void> {
  for (;;) {
    const delegates = await tx.relations.list(tx.db, customerId, delegate);
    if (delegates.length === 0) return;
    for (const { grantee } of delegates) {
      await tx.relations.withdraw(tx.db, { customerId, relation: delegate, grantee });
      tx.emit('delegate.withdrawn', {
        subject: `${customerId}/${grantee}`,
        customerId,
        data: { customerId: grantee },
      });
    }
  }
}
