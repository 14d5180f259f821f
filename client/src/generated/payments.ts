// Made from contract.yaml (Payments 1.0.0). Do not edit: change the contract and run
//   npm run generate

import { bindOperations, type Client, type OperationCall, type PagedCall, type OperationDescriptor } from '../index.ts';

/** Integer minor units of one ISO 4217 currency (1999 EUR is 19.99 euro). */
export type Money = {
  amount: number;
  currency: string;
};

/** Integer minor units, at least one; 1999 EUR is 19.99 euro. */
export type PaidMoney = {
  amount: number;
  currency: string;
};

export type PaymentState = 'processing' | 'unknown' | 'authorized' | 'captured' | 'refunded' | 'failed' | 'cancelled';

export type NewPayment = {
  /** The caller may choose the new id (pay_…). */
  id?: string | undefined;
  customerId: string;
  amount: PaidMoney;
  /** The provider's token of a card, never a card number. The simulator knows `card_ok card_declined card_insufficient card_sca card_timeout card_unknown`, and for later steps `card_capture_declined card_capture_timeout card_capture_unknown card_refund_declined card_refund_unknown`. */
  method: string;
  /** Such as the id of an order. */
  reference: string;
};

export type Payment = {
  id: string;
  customerId: string;
  amount: Money;
  method: string;
  reference: string;
  state: PaymentState;
  authorized: Money;
  captured: Money;
  refunded: Money;
  declinedBecause?: string | undefined;
  createdAt: string;
  version: number;
};

export type PaymentPage = {
  items: Payment[];
  next: string | null;
};

export type Refund = {
  id: string;
  paymentId: string;
  kind: 'refund' | 'void';
  amount: Money;
  reference: string;
  createdAt: string;
};

export type PaymentCancellation = {
  paymentId: string;
  state: 'cancelled' | 'failed' | 'refunded';
};

/** The payment after it, and what moved this time. */
export type MovedPayment = Payment & {
  moved: {
    /** The same for every telling of it. */
    id: string;
    amount: Money;
  };
};

export interface PaymentsClient {
  /** See my payments */
  listPayments: PagedCall<
    {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      /** Staff only. Whose payments. */
      customerId?: string | undefined;
      /** Staff and services only. What it was for (an order's id). */
      reference?: string | undefined;
      /** Only payments in this state. */
      state?: PaymentState | undefined;
    },
    PaymentPage,
    'items'
  >;
  /** Take a payment */
  createPayment: OperationCall<
    {
      body: NewPayment;
    },
    Payment,
    'payments.declined' | 'payments.unknown-method' | 'payments.already-cancelled' | 'payments.id-taken' | 'payments.not-settled-yet'
  >;
  /** See a payment */
  getPayment: OperationCall<
    {
      /** Which payment. */
      paymentId: string;
    },
    Payment
  >;
  /** Take authorized money */
  capturePayment: OperationCall<
    {
      /** Which payment. */
      paymentId: string;
      body?: {
        amount?: PaidMoney | undefined;
      } | undefined;
    },
    Payment,
    'payments.not-authorized' | 'payments.too-much' | 'payments.not-settled-yet' | 'payments.declined'
  >;
  /** Give money back */
  refundPayment: OperationCall<
    {
      /** Which payment. */
      paymentId: string;
      body: {
        amount: PaidMoney;
        /** Why; unique for this payment. */
        reference: string;
      };
    },
    Refund,
    'payments.not-captured' | 'payments.too-much' | 'payments.not-settled-yet' | 'payments.reference-used' | 'payments.declined'
  >;
  /** Give up a payment */
  cancelPayment: OperationCall<
    {
      /** Which payment. */
      paymentId: string;
    },
    PaymentCancellation,
    'payments.already-captured' | 'payments.not-settled-yet'
  >;
}

/** The operations as data, for `client.call`. */
export const paymentsOperations = {
  listPayments: {
    capability: 'payments',
    id: 'listPayments',
    method: 'GET',
    path: '/payments/v1/payments',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
      { name: 'customerId', in: 'query', style: 'form', explode: true },
      { name: 'reference', in: 'query', style: 'form', explode: true },
      { name: 'state', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  createPayment: {
    capability: 'payments',
    id: 'createPayment',
    method: 'POST',
    path: '/payments/v1/payments',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  getPayment: {
    capability: 'payments',
    id: 'getPayment',
    method: 'GET',
    path: '/payments/v1/payments/{paymentId}',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'paymentId', in: 'path', style: 'simple', explode: false },
    ],
  },
  capturePayment: {
    capability: 'payments',
    id: 'capturePayment',
    method: 'POST',
    path: '/payments/v1/payments/{paymentId}/captures',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'paymentId', in: 'path', style: 'simple', explode: false },
    ],
  },
  refundPayment: {
    capability: 'payments',
    id: 'refundPayment',
    method: 'POST',
    path: '/payments/v1/payments/{paymentId}/refunds',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'paymentId', in: 'path', style: 'simple', explode: false },
    ],
  },
  cancelPayment: {
    capability: 'payments',
    id: 'cancelPayment',
    method: 'POST',
    path: '/payments/v1/payments/{paymentId}/cancellations',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'paymentId', in: 'path', style: 'simple', explode: false },
    ],
  },
} as const satisfies Record<string, OperationDescriptor>;

/** Payments: one function per operation. */
export function createPayments(client: Client): PaymentsClient {
  return bindOperations<PaymentsClient>(client, paymentsOperations);
}
