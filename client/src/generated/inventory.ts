// Made from contract.yaml (Inventory 1.0.0). Do not edit: change the contract and run
//   npm run generate

import { bindOperations, type Client, type OperationCall, type PagedCall, type OperationDescriptor } from '../index.ts';

export type StockLevel = {
  sku: string;
  onHand: number;
  held: number;
  available: number;
};

export type Availability = {
  sku: string;
  available: number;
  words: string;
};

export type Reservation = {
  id: string;
  reference: string;
  state: 'held' | 'confirmed' | 'shipped' | 'released' | 'expired';
  lines: {
    sku: string;
    quantity: number;
  }[];
  expiresAt?: string | null | undefined;
  version: number;
};

export interface InventoryClient {
  /** See stock levels */
  listStock: PagedCall<
    {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      sku?: string | undefined;
    },
    {
      items: StockLevel[];
      next: string | null;
    },
    'items'
  >;
  /** Ask whether goods are available */
  checkAvailability: OperationCall<
    {
      body: {
        skus: string[];
      };
    },
    {
      items: Availability[];
    }
  >;
  /** Receive goods */
  receiveStock: OperationCall<
    {
      body: {
        sku: string;
        quantity: number;
      };
    },
    StockLevel
  >;
  /** Reserve goods */
  reserveStock: OperationCall<
    {
      body: {
        /** The caller may choose the new id (rsv_…). */
        id?: string | undefined;
        /** What it is for; unique. */
        reference: string;
        lines: {
          sku: string;
          quantity: number;
        }[];
        ttlS?: number | undefined;
      };
    },
    Reservation,
    'inventory.out-of-stock' | 'inventory.already-released'
  >;
  /** See a reservation */
  getReservation: OperationCall<
    {
      reservationId: string;
    },
    Reservation
  >;
  /** Keep a reservation until it ships */
  confirmReservation: OperationCall<
    {
      reservationId: string;
    },
    Reservation,
    'inventory.reservation-ended'
  >;
  /** Give reserved goods back */
  releaseReservation: OperationCall<
    {
      reservationId: string;
    },
    Reservation,
    'inventory.reservation-ended'
  >;
  /** Ship reserved goods */
  shipReservation: OperationCall<
    {
      reservationId: string;
    },
    Reservation,
    'inventory.reservation-ended'
  >;
}

/** The operations as data, for `client.call`. */
export const inventoryOperations = {
  listStock: {
    capability: 'inventory',
    id: 'listStock',
    method: 'GET',
    path: '/inventory/v1/stock',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
      { name: 'sku', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  checkAvailability: {
    capability: 'inventory',
    id: 'checkAvailability',
    method: 'POST',
    path: '/inventory/v1/availability-checks',
    hasBody: true,
    effect: 'read',
    idempotency: 'none',
    params: [],
  },
  receiveStock: {
    capability: 'inventory',
    id: 'receiveStock',
    method: 'POST',
    path: '/inventory/v1/receipts',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  reserveStock: {
    capability: 'inventory',
    id: 'reserveStock',
    method: 'POST',
    path: '/inventory/v1/reservations',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  getReservation: {
    capability: 'inventory',
    id: 'getReservation',
    method: 'GET',
    path: '/inventory/v1/reservations/{reservationId}',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'reservationId', in: 'path', style: 'simple', explode: false },
    ],
  },
  confirmReservation: {
    capability: 'inventory',
    id: 'confirmReservation',
    method: 'POST',
    path: '/inventory/v1/reservations/{reservationId}/confirmations',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'reservationId', in: 'path', style: 'simple', explode: false },
    ],
  },
  releaseReservation: {
    capability: 'inventory',
    id: 'releaseReservation',
    method: 'POST',
    path: '/inventory/v1/reservations/{reservationId}/releases',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'reservationId', in: 'path', style: 'simple', explode: false },
    ],
  },
  shipReservation: {
    capability: 'inventory',
    id: 'shipReservation',
    method: 'POST',
    path: '/inventory/v1/reservations/{reservationId}/shipments',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'reservationId', in: 'path', style: 'simple', explode: false },
    ],
  },
} as const satisfies Record<string, OperationDescriptor>;

/** Inventory: one function per operation. */
export function createInventory(client: Client): InventoryClient {
  return bindOperations<InventoryClient>(client, inventoryOperations);
}
