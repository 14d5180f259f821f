// Made from contract.yaml (Customers 1.0.0). Do not edit: change the contract and run
//   npm run generate

import { bindOperations, type Client, type OperationCall, type PagedCall, type OperationDescriptor } from '../index.ts';

export type Purpose = 'personalization' | 'marketing' | 'research';

export type ClosureReason = 'requested' | 'deceased' | 'duplicate' | 'fraud' | 'inactive';

export type NewCustomer = {
  givenName: string;
  familyName: string;
  email: string;
  phone?: string | undefined;
  city?: string | undefined;
  country?: string | undefined;
  locale?: string | undefined;
};

export type CustomerChange = {
  givenName?: string | undefined;
  familyName?: string | undefined;
  email?: string | undefined;
  /** With country code, like +46701740001. */
  phone?: string | undefined;
  city?: string | undefined;
  /** Two letters. */
  country?: string | undefined;
  locale?: string | undefined;
};

export type Customer = {
  id: string;
  number: string;
  givenName: string;
  familyName: string;
  email: string;
  phone?: string | undefined;
  city: string;
  country: string;
  locale: string;
  state: 'active' | 'closed';
  since: string;
  closedAt?: string | undefined;
  closedBecause?: ClosureReason | undefined;
  version: number;
};

export type CustomerPage = {
  items: Customer[];
  next: string | null;
};

export type Consent = {
  purpose: Purpose;
  given: boolean;
  at?: string | undefined;
  textVersion: string;
};

export type Delegate = {
  /** The customer who may act. */
  customerId: string;
  since: string;
};

export type TimelineEntry = {
  id: string;
  at: string;
  /** The event's type. */
  kind: string;
  title: string;
  channel?: string | undefined;
  /** Wire id of the thing it is about. */
  subject: string;
  /** Operation that shows it. */
  operation?: string | undefined;
  visibility: 'customer' | 'staff';
};

/** True when what was written up to the Plinth-Position of the request may be missing; else it is not there. */
export type Stale = boolean;

/** The customer without personal data. */
export type CustomerFact = {
  id: string;
  number: string;
  country: string;
  locale: string;
  state: string;
};

/** The customer without personal data, and why. */
export type ClosedFact = {
  id: string;
  number: string;
  country: string;
  locale: string;
  state: string;
  reason: ClosureReason;
};

export interface CustomersClient {
  /** Find customers */
  listCustomers: PagedCall<
    {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      /** Name, e-mail or customer number. */
      q?: string | undefined;
    },
    CustomerPage,
    'items'
  >;
  /** Register a customer */
  createCustomer: OperationCall<
    {
      body: NewCustomer;
    },
    Customer,
    'customers.email-taken'
  >;
  /** See my profile */
  getCustomer: OperationCall<
    {
      /** Which customer; `me` is the caller. */
      customerId: string;
    },
    Customer
  >;
  /** Change my details */
  updateCustomer: OperationCall<
    {
      /** Which customer; `me` is the caller. */
      customerId: string;
      body: CustomerChange;
    },
    Customer,
    'customers.email-taken'
  >;
  /** Close a customer's record */
  closeCustomer: OperationCall<
    {
      /** Which customer; `me` is the caller. */
      customerId: string;
      body: {
        reason: ClosureReason;
      };
    },
    Customer,
    'customers.still-open'
  >;
  /** See what I agreed to */
  listConsents: OperationCall<
    {
      /** Which customer; `me` is the caller. */
      customerId: string;
    },
    {
      items: Consent[];
      next: string | null;
    }
  >;
  /** Agree to a use of my data */
  giveConsent: OperationCall<
    {
      /** Which customer; `me` is the caller. */
      customerId: string;
      /** What the data may be used for. */
      purpose: Purpose;
    },
    Consent
  >;
  /** Withdraw a consent */
  withdrawConsent: OperationCall<
    {
      /** Which customer; `me` is the caller. */
      customerId: string;
      /** What the data may be used for. */
      purpose: Purpose;
    },
    Consent
  >;
  /** See who may act for me */
  listDelegates: OperationCall<
    {
      /** Which customer; `me` is the caller. */
      customerId: string;
    },
    {
      items: Delegate[];
      next: string | null;
    }
  >;
  /** Let somebody act for me */
  grantDelegate: OperationCall<
    {
      /** Which customer; `me` is the caller. */
      customerId: string;
      /** The customer who may act. */
      delegateId: string;
    },
    Delegate,
    'customers.no-such-delegate'
  >;
  /** Let somebody act for me no longer */
  withdrawDelegate: OperationCall<
    {
      /** Which customer; `me` is the caller. */
      customerId: string;
      /** The customer who may act. */
      delegateId: string;
    },
    undefined
  >;
  /** See what happened so far */
  listTimeline: PagedCall<
    {
      /** Which customer; `me` is the caller. */
      customerId: string;
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
    },
    {
      items: TimelineEntry[];
      next: string | null;
      stale?: Stale | undefined;
    },
    'items'
  >;
  /** Add a note about a customer */
  addNote: OperationCall<
    {
      /** Which customer; `me` is the caller. */
      customerId: string;
      body: {
        text: string;
      };
    },
    TimelineEntry
  >;
}

/** The operations as data, for `client.call`. */
export const customersOperations = {
  listCustomers: {
    capability: 'customers',
    id: 'listCustomers',
    method: 'GET',
    path: '/customers/v1/customers',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
      { name: 'q', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  createCustomer: {
    capability: 'customers',
    id: 'createCustomer',
    method: 'POST',
    path: '/customers/v1/customers',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  getCustomer: {
    capability: 'customers',
    id: 'getCustomer',
    method: 'GET',
    path: '/customers/v1/customers/{customerId}',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'customerId', in: 'path', style: 'simple', explode: false },
    ],
  },
  updateCustomer: {
    capability: 'customers',
    id: 'updateCustomer',
    method: 'PATCH',
    path: '/customers/v1/customers/{customerId}',
    hasBody: true,
    effect: 'write',
    idempotency: 'optional',
    params: [
      { name: 'customerId', in: 'path', style: 'simple', explode: false },
    ],
  },
  closeCustomer: {
    capability: 'customers',
    id: 'closeCustomer',
    method: 'POST',
    path: '/customers/v1/customers/{customerId}/closures',
    hasBody: true,
    effect: 'destructive',
    idempotency: 'required',
    params: [
      { name: 'customerId', in: 'path', style: 'simple', explode: false },
    ],
  },
  listConsents: {
    capability: 'customers',
    id: 'listConsents',
    method: 'GET',
    path: '/customers/v1/customers/{customerId}/consents',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'customerId', in: 'path', style: 'simple', explode: false },
    ],
  },
  giveConsent: {
    capability: 'customers',
    id: 'giveConsent',
    method: 'PUT',
    path: '/customers/v1/customers/{customerId}/consents/{purpose}',
    hasBody: false,
    effect: 'write',
    idempotency: 'optional',
    params: [
      { name: 'customerId', in: 'path', style: 'simple', explode: false },
      { name: 'purpose', in: 'path', style: 'simple', explode: false },
    ],
  },
  withdrawConsent: {
    capability: 'customers',
    id: 'withdrawConsent',
    method: 'DELETE',
    path: '/customers/v1/customers/{customerId}/consents/{purpose}',
    hasBody: false,
    effect: 'write',
    idempotency: 'optional',
    params: [
      { name: 'customerId', in: 'path', style: 'simple', explode: false },
      { name: 'purpose', in: 'path', style: 'simple', explode: false },
    ],
  },
  listDelegates: {
    capability: 'customers',
    id: 'listDelegates',
    method: 'GET',
    path: '/customers/v1/customers/{customerId}/delegates',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'customerId', in: 'path', style: 'simple', explode: false },
    ],
  },
  grantDelegate: {
    capability: 'customers',
    id: 'grantDelegate',
    method: 'PUT',
    path: '/customers/v1/customers/{customerId}/delegates/{delegateId}',
    hasBody: false,
    effect: 'write',
    idempotency: 'optional',
    params: [
      { name: 'customerId', in: 'path', style: 'simple', explode: false },
      { name: 'delegateId', in: 'path', style: 'simple', explode: false },
    ],
  },
  withdrawDelegate: {
    capability: 'customers',
    id: 'withdrawDelegate',
    method: 'DELETE',
    path: '/customers/v1/customers/{customerId}/delegates/{delegateId}',
    hasBody: false,
    effect: 'write',
    idempotency: 'optional',
    params: [
      { name: 'customerId', in: 'path', style: 'simple', explode: false },
      { name: 'delegateId', in: 'path', style: 'simple', explode: false },
    ],
  },
  listTimeline: {
    capability: 'customers',
    id: 'listTimeline',
    method: 'GET',
    path: '/customers/v1/customers/{customerId}/timeline',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'customerId', in: 'path', style: 'simple', explode: false },
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  addNote: {
    capability: 'customers',
    id: 'addNote',
    method: 'POST',
    path: '/customers/v1/customers/{customerId}/notes',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'customerId', in: 'path', style: 'simple', explode: false },
    ],
  },
} as const satisfies Record<string, OperationDescriptor>;

/** Customers: one function per operation. */
export function createCustomers(client: Client): CustomersClient {
  return bindOperations<CustomersClient>(client, customersOperations);
}
