import { type Db, defineCapability, fromWireId, open, read, toWireId, write } from '@plinth/runtime';
import { cancelOrder } from './handlers/cancel-order.ts';
import { getCancellation } from './handlers/get-cancellation.ts';
import { getOrder } from './handlers/get-order.ts';
import { listOrders } from './handlers/list-orders.ts';
import { lookUpOrder } from './handlers/look-up-order.ts';
import { placeOrder } from './handlers/place-order.ts';
import { recordFulfilment } from './handlers/record-fulfilment.ts';
import { invariants } from './invariants.ts';
import * as orders0001 from './migrations/0001-orders.ts';
import * as orders0002 from './migrations/0002-workflow-operations.ts';
import { seed } from './seed.ts';
import { ordersDb } from './tables.ts';
import { fulfilOrder } from './workflows/fulfil-order.ts';
import { undoOrder } from './workflows/undo-order.ts';

export const orders = defineCapability({
  name: 'orders',
  folder: import.meta.dirname,
  handlers: {
    listOrders: read(listOrders),
    getOrder: read(getOrder),
    getCancellation: read(getCancellation),
    lookUpOrder: read(lookUpOrder),
    placeOrder: open(placeOrder),
    cancelOrder: open(cancelOrder),
    recordFulfilment: write(recordFulfilment),
  },
  workflows: [fulfilOrder, undoOrder],
  calls: [
    'catalogue.quotePrice',
    'customers.getCustomer',
    'inventory.reserveStock',
    'inventory.confirmReservation',
    'inventory.releaseReservation',
    'loyalty.redeemPoints',
    'loyalty.captureRedemption',
    'loyalty.releaseRedemption',
    'payments.createPayment',
    'payments.capturePayment',
    'payments.cancelPayment',
    'payments.refundPayment',
    // Its own: an order that cannot be kept is called off like any other.
    'orders.cancelOrder',
  ],
  owners: { order: ownersOfOrders },
  migrations: { '0001-orders': orders0001, '0002-workflow-operations': orders0002 },
  invariants,
  seed,
});

async function ownersOfOrders(ids: readonly string[], db: Db): Promise<Map<string, readonly string[]>> {
  const uuids = ids.flatMap((id) => fromWireId('ord', id) ?? []);
  if (uuids.length === 0) return new Map();
  const rows = await ordersDb(db).selectFrom('orders').select(['id', 'customerId']).where('id', 'in', uuids).execute();
  return new Map(rows.map((row) => [toWireId('ord', row.id), [row.customerId]]));
}
