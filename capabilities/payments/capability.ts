import { type Capability, type Db, defineCapability, fromWireId, open, read, toWireId } from '@plinth/runtime';
import { cancelPayment } from './handlers/cancel-payment.ts';
import { capturePayment } from './handlers/capture-payment.ts';
import { createPayment } from './handlers/create-payment.ts';
import { getPayment } from './handlers/get-payment.ts';
import { listPayments } from './handlers/list-payments.ts';
import { refundPayment } from './handlers/refund-payment.ts';
import { invariants } from './invariants.ts';
import { resolveUnknown } from './jobs/resolve-unknown.ts';
import * as payments0001 from './migrations/0001-payments.ts';
import * as payments0002 from './migrations/0002-certain-amounts.ts';
import * as payments0003 from './migrations/0003-late-failures.ts';
import type { Provider } from './provider.ts';
import { onProviderNotified } from './reactions/on-provider-notified.ts';
import { seed } from './seed.ts';
import { simulator } from './simulator.ts';
import { paymentsDb } from './tables.ts';

/** @param provider whoever moves the money. */
export const createPayments = (provider: Provider): Capability =>
  defineCapability({
    name: 'payments',
    folder: import.meta.dirname,
    handlers: {
      listPayments: read(listPayments),
      getPayment: read(getPayment),
      createPayment: open(createPayment(provider)),
      capturePayment: open(capturePayment(provider)),
      refundPayment: open(refundPayment(provider)),
      cancelPayment: open(cancelPayment(provider)),
    },
    reactions: provider.notices === undefined ? [] : [onProviderNotified(provider, provider.notices)],
    jobs: [resolveUnknown(provider)],
    calls: provider.calls ?? [],
    owners: { payment: ownersOfPayments },
    migrations: {
      '0001-payments': payments0001,
      '0002-certain-amounts': payments0002,
      '0003-late-failures': payments0003,
    },
    invariants,
    seed,
  });

/** With the simulated provider of the demo. */
export const payments = createPayments(simulator);

async function ownersOfPayments(ids: readonly string[], db: Db): Promise<Map<string, readonly string[]>> {
  const uuids = ids.flatMap((id) => fromWireId('pay', id) ?? []);
  if (uuids.length === 0) return new Map();
  const rows = await paymentsDb(db)
    .selectFrom('payments')
    .select(['id', 'customerId'])
    .where('id', 'in', uuids)
    .execute();
  return new Map(rows.map((row) => [toWireId('pay', row.id), row.customerId === '' ? [] : [row.customerId]]));
}

export { upstreamProvider } from './upstream-provider.ts';
