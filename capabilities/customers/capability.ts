import { type Db, defineCapability, open, read, write } from '@plinth/runtime';
import { findCustomer } from './customer.ts';
import { addNote } from './handlers/add-note.ts';
import { closeCustomer } from './handlers/close-customer.ts';
import { createCustomer } from './handlers/create-customer.ts';
import { getCustomer } from './handlers/get-customer.ts';
import { giveConsent } from './handlers/give-consent.ts';
import { grantDelegate } from './handlers/grant-delegate.ts';
import { listConsents } from './handlers/list-consents.ts';
import { listCustomers } from './handlers/list-customers.ts';
import { listDelegates } from './handlers/list-delegates.ts';
import { listTimeline } from './handlers/list-timeline.ts';
import { updateCustomer } from './handlers/update-customer.ts';
import { withdrawConsent } from './handlers/withdraw-consent.ts';
import { withdrawDelegate } from './handlers/withdraw-delegate.ts';
import { invariants } from './invariants.ts';
import * as customers0001 from './migrations/0001-customers.ts';
import * as customers0002 from './migrations/0002-closures.ts';
import { projectTimeline } from './reactions/project-timeline.ts';
import { seed } from './seed.ts';

export const customers = defineCapability({
  name: 'customers',
  folder: import.meta.dirname,
  handlers: {
    listCustomers: read(listCustomers),
    createCustomer: write(createCustomer),
    getCustomer: read(getCustomer),
    updateCustomer: write(updateCustomer),
    closeCustomer: open(closeCustomer),
    listConsents: read(listConsents),
    giveConsent: write(giveConsent),
    withdrawConsent: write(withdrawConsent),
    listDelegates: read(listDelegates),
    grantDelegate: write(grantDelegate),
    withdrawDelegate: write(withdrawDelegate),
    listTimeline: read(listTimeline, { follows: 'customers.project-timeline' }),
    addNote: write(addNote),
  },
  reactions: [
    {
      name: 'customers.project-timeline',
      on: '*',
      run: projectTimeline,
      projection: { table: 'customers.timeline', key: 'id' },
    },
  ],
  calls: ['accounts.listAccounts', 'orders.listOrders', 'payments.listPayments', 'tickets.listTickets'],
  owners: { customer: ownersOfCustomers },
  migrations: { '0001-customers': customers0001, '0002-closures': customers0002 },
  invariants,
  seed,
});

/** A customer owns their own record. */
async function ownersOfCustomers(ids: readonly string[], db: Db): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const id of ids) if (await findCustomer(db, id)) found.set(id, [id]);
  return found;
}
