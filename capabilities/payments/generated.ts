// Made from contract.yaml, events.yaml and problems.yaml of Payments. Do not edit: change those and run
//   npm run generate

import type { Reply } from '@plinth/runtime';

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

/** Operations of this capability: input and declared answers. */
export interface PaymentsOperations {
  /** See my payments */
  'payments.listPayments': {
    input: {
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
    };
    reply: Reply<200, PaymentPage>;
  };
  /** Take a payment */
  'payments.createPayment': {
    input: {
      body: NewPayment;
    };
    reply: Reply<201, Payment>;
  };
  /** See a payment */
  'payments.getPayment': {
    input: {
      /** Which payment. */
      paymentId: string;
    };
    reply: Reply<200, Payment>;
  };
  /** Take authorized money */
  'payments.capturePayment': {
    input: {
      /** Which payment. */
      paymentId: string;
      body?: {
        amount?: PaidMoney | undefined;
      } | undefined;
    };
    reply: Reply<201, Payment>;
  };
  /** Give money back */
  'payments.refundPayment': {
    input: {
      /** Which payment. */
      paymentId: string;
      body: {
        amount: PaidMoney;
        /** Why; unique for this payment. */
        reference: string;
      };
    };
    reply: Reply<201, Refund>;
  };
  /** Give up a payment */
  'payments.cancelPayment': {
    input: {
      /** Which payment. */
      paymentId: string;
    };
    reply: Reply<201, PaymentCancellation>;
  };
}

/** Facts this capability tells, with the shape of their data. */
export interface PaymentsEvents {
  /** The provider reserved the amount. */
  'payment.authorized': Payment;
  /** Reserved money was taken, all or a part. */
  'payment.captured': MovedPayment;
  /** Money was given back, all or a part, by the shop or by the bank for its customer. */
  'payment.refunded': MovedPayment;
  /** The bank rejected later what counted as taken. */
  'payment.captureFailed': MovedPayment;
  /** What counted as given back came back to the shop. */
  'payment.refundFailed': MovedPayment;
  /** The provider declined. */
  'payment.failed': Payment;
  /** The provider's answer was lost; it is being asked again. */
  'payment.unknown': Payment;
  /** What was reserved was given up before it was taken. */
  'payment.cancelled': Payment;
}

/** Problems this capability may answer. */
export interface PaymentsProblems {
  /** 409: The payment was declined */
  'payments.declined': true;
  /** 422: No such card */
  'payments.unknown-method': true;
  /** 409: The payment was given up */
  'payments.already-cancelled': true;
  /** 409: The money has been taken */
  'payments.already-captured': true;
  /** 409: Nothing is reserved */
  'payments.not-authorized': true;
  /** 409: Nothing to give back */
  'payments.not-captured': true;
  /** 409: More than there is */
  'payments.too-much': true;
  /** 409: The provider has not answered yet */
  'payments.not-settled-yet': true;
  /** 409: The reference was used before */
  'payments.reference-used': true;
  /** 409: The id belongs to another payment */
  'payments.id-taken': true;
}

declare module '@plinth/runtime' {
  interface Operations extends PaymentsOperations {}
  interface Events extends PaymentsEvents {}
  interface Problems extends PaymentsProblems {}
}
