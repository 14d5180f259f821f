import { type Db, inSchema } from '@plinth/runtime';
import type { ColumnType, Generated, Kysely } from 'kysely';

export type OrderState = 'received' | 'placed' | 'fulfilled' | 'rejected' | 'cancelling' | 'cancelled';

/** A line with its price as it was when ordered; later price changes do not touch it. Amounts are minor units. */
export interface StoredLine {
  sku: string;
  name: string;
  quantity: number;
  unitMinor: number;
  totalMinor: number;
}

export interface OrderRow {
  id: string;
  number: string;
  /** Idempotency key of the request that placed it: a repeat finds the same order. */
  key: string;
  customerId: string;
  state: OrderState;
  lines: StoredLine[];
  currency: string;
  totalMinor: bigint;
  pointsSpent: bigint;
  /** Ids of what was done for the order elsewhere; chosen by us before asking. */
  reservationId: string | null;
  paymentId: string | null;
  redemptionId: string | null;
  rejectedBecause: string | null;
  carrier: string | null;
  trackingCode: string | null;
  /** Last four digits of the customer's phone: second factor of a look-up at a shared device. */
  phoneEnding: string;
  placedAt: Temporal.Instant;
  version: bigint;
}

export interface CancellationRow {
  id: string;
  /** One cancellation an order. */
  orderId: string;
  state: 'requested' | 'done';
  reason: string | null;
  requestedAt: Temporal.Instant;
}

export interface OrdersTables {
  orders: Omit<OrderRow, 'lines' | 'version'> & {
    /** Written as JSON text, read parsed. */
    lines: ColumnType<StoredLine[], string, string>;
    version: Generated<bigint>;
  };
  cancellations: CancellationRow;
}

/** The handle narrowed to this capability's schema. */
export function ordersDb(db: Db): Kysely<OrdersTables> {
  return inSchema<OrdersTables>(db, 'orders');
}
