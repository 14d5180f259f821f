// Made from contract.yaml, events.yaml and problems.yaml of Orders. Do not edit: change those and run
//   npm run generate

import type { Reply } from '@plinth/runtime';

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

/** Operations of this capability: input and declared answers. */
export interface OrdersOperations {
  /** See my orders */
  'orders.listOrders': {
    input: {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      /** Staff only. Whose orders. */
      customerId?: string | undefined;
      /** Only orders in this state. */
      state?: OrderState | undefined;
    };
    reply: Reply<200, OrderPage>;
  };
  /** Place an order */
  'orders.placeOrder': {
    input: {
      body: NewOrder;
    };
    reply: Reply<201, Order> | Reply<202, Order>;
  };
  /** See where my order is */
  'orders.getOrder': {
    input: {
      /** Which order. */
      orderId: string;
    };
    reply: Reply<200, Order>;
  };
  /** Cancel an order */
  'orders.cancelOrder': {
    input: {
      /** Which order. */
      orderId: string;
      body?: {
        /** Optional. It helps us do better. */
        reason?: string | undefined;
      } | undefined;
    };
    reply: Reply<201, Cancellation> | Reply<202, Cancellation>;
  };
  /** See a cancellation */
  'orders.getCancellation': {
    input: {
      /** Which order. */
      orderId: string;
      cancellationId: string;
    };
    reply: Reply<200, Cancellation>;
  };
  /** Record that an order was sent */
  'orders.recordFulfilment': {
    input: {
      /** Which order. */
      orderId: string;
      body: {
        carrier: string;
        trackingCode?: string | undefined;
      };
    };
    reply: Reply<201, Order>;
  };
  /** Look up an order by its number */
  'orders.lookUpOrder': {
    input: {
      body: {
        number: string;
        phoneEnding: string;
      };
    };
    reply: Reply<200, OrderSummary>;
  };
}

/** Facts this capability tells, with the shape of their data. */
export interface OrdersEvents {
  /** An order was accepted for placing; goods and money are not yet sure. */
  'order.received': Order;
  /** Goods are reserved and the payment is authorized. */
  'order.placed': Order;
  /** An order could not be placed; whatever had been done for it is undone. */
  'order.rejected': Order;
  /** The goods were sent. */
  'order.fulfilled': Order;
  /** An order was called off and what was paid is on its way back. */
  'order.cancelled': Order;
}

/** Problems this capability may answer. */
export interface OrdersProblems {
  /** 409: The price has changed */
  'orders.price-changed': true;
  /** 422: We do not sell that */
  'orders.unknown-offering': true;
  /** 409: Not enough in stock */
  'orders.out-of-stock': true;
  /** 409: The payment was declined */
  'orders.payment-declined': true;
  /** 409: Not enough points */
  'orders.points-insufficient': true;
  /** 409: The order has already been sent */
  'orders.already-shipped': true;
  /** 409: The order is not waiting to be sent */
  'orders.not-placed': true;
  /** 404: No such order */
  'orders.lookup-failed': true;
}

declare module '@plinth/runtime' {
  interface Operations extends OrdersOperations {}
  interface Events extends OrdersEvents {}
  interface Problems extends OrdersProblems {}
}
