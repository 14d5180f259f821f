// Made from contract.yaml (Orders 1.0.0). Do not edit: change the contract and run
//   npm run generate

import { bindOperations, type Client, type OperationCall, type PagedCall, type LongCall, type OperationDescriptor } from '../index.ts';

/** Integer minor units of one ISO 4217 currency (1999 EUR is 19.99 euro). */
export type Money = {
  amount: number;
  currency: string;
};

export type OrderState = 'received' | 'placed' | 'fulfilled' | 'rejected' | 'cancelling' | 'cancelled';

export type NewOrder = {
  lines: {
    sku: string;
    quantity: number;
  }[];
  payment: {
    /** A saved payment method or a provider token. */
    method: string;
    /** One point pays one cent. */
    points?: number | undefined;
  };
  expectedTotal?: Money | undefined;
};

export type OrderLine = {
  sku: string;
  name: string;
  quantity: number;
  unitPrice: Money;
  total: Money;
};

export type Order = {
  id: string;
  number: string;
  customerId: string;
  state: OrderState;
  lines: OrderLine[];
  total: Money;
  paidByCard: Money;
  pointsSpent: number;
  paymentId?: string | undefined;
  rejectedBecause?: string | undefined;
  carrier?: string | undefined;
  trackingCode?: string | undefined;
  placedAt: string;
  version: number;
};

export type OrderSummary = {
  number: string;
  state: OrderState;
  articles: number;
  carrier?: string | undefined;
  placedAt: string;
};

export type OrderPage = {
  items: Order[];
  next: string | null;
};

export type Cancellation = {
  id: string;
  orderId: string;
  orderNumber: string;
  state: 'requested' | 'done';
  refund: Money;
  pointsReturned: number;
  requestedAt: string;
};

export interface OrdersClient {
  /** See my orders */
  listOrders: PagedCall<
    {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      /** Staff only. Whose orders. */
      customerId?: string | undefined;
      /** Only orders in this state. */
      state?: OrderState | undefined;
    },
    OrderPage,
    'items'
  >;
  /** Place an order */
  placeOrder: LongCall<
    {
      body: NewOrder;
    },
    Order,
    'orders.price-changed' | 'orders.unknown-offering' | 'orders.out-of-stock' | 'orders.payment-declined' | 'orders.points-insufficient'
  >;
  /** See where my order is */
  getOrder: OperationCall<
    {
      /** Which order. */
      orderId: string;
    },
    Order
  >;
  /** Cancel an order */
  cancelOrder: LongCall<
    {
      /** Which order. */
      orderId: string;
      body?: {
        /** Optional. It helps us do better. */
        reason?: string | undefined;
      } | undefined;
    },
    Cancellation,
    'orders.already-shipped'
  >;
  /** See a cancellation */
  getCancellation: OperationCall<
    {
      /** Which order. */
      orderId: string;
      cancellationId: string;
    },
    Cancellation
  >;
  /** Record that an order was sent */
  recordFulfilment: OperationCall<
    {
      /** Which order. */
      orderId: string;
      body: {
        carrier: string;
        trackingCode?: string | undefined;
      };
    },
    Order,
    'orders.not-placed'
  >;
  /** Look up an order by its number */
  lookUpOrder: OperationCall<
    {
      body: {
        number: string;
        phoneEnding: string;
      };
    },
    OrderSummary,
    'orders.lookup-failed'
  >;
}

/** The operations as data, for `client.call`. */
export const ordersOperations = {
  listOrders: {
    capability: 'orders',
    id: 'listOrders',
    method: 'GET',
    path: '/orders/v1/orders',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
      { name: 'customerId', in: 'query', style: 'form', explode: true },
      { name: 'state', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  placeOrder: {
    capability: 'orders',
    id: 'placeOrder',
    method: 'POST',
    path: '/orders/v1/orders',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  getOrder: {
    capability: 'orders',
    id: 'getOrder',
    method: 'GET',
    path: '/orders/v1/orders/{orderId}',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'orderId', in: 'path', style: 'simple', explode: false },
    ],
  },
  cancelOrder: {
    capability: 'orders',
    id: 'cancelOrder',
    method: 'POST',
    path: '/orders/v1/orders/{orderId}/cancellations',
    hasBody: true,
    effect: 'destructive',
    idempotency: 'required',
    params: [
      { name: 'orderId', in: 'path', style: 'simple', explode: false },
    ],
  },
  getCancellation: {
    capability: 'orders',
    id: 'getCancellation',
    method: 'GET',
    path: '/orders/v1/orders/{orderId}/cancellations/{cancellationId}',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'orderId', in: 'path', style: 'simple', explode: false },
      { name: 'cancellationId', in: 'path', style: 'simple', explode: false },
    ],
  },
  recordFulfilment: {
    capability: 'orders',
    id: 'recordFulfilment',
    method: 'POST',
    path: '/orders/v1/orders/{orderId}/fulfilments',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'orderId', in: 'path', style: 'simple', explode: false },
    ],
  },
  lookUpOrder: {
    capability: 'orders',
    id: 'lookUpOrder',
    method: 'POST',
    path: '/orders/v1/order-lookups',
    hasBody: true,
    effect: 'read',
    idempotency: 'none',
    params: [],
  },
} as const satisfies Record<string, OperationDescriptor>;

/** Orders: one function per operation. */
export function createOrders(client: Client): OrdersClient {
  return bindOperations<OrdersClient>(client, ordersOperations);
}
