// Made from contract.yaml (Catalogue 1.0.0). Do not edit: change the contract and run
//   npm run generate

import { bindOperations, type Client, type OperationCall, type PagedCall, type OperationDescriptor } from '../index.ts';

/** Integer minor units of one ISO 4217 currency (1999 EUR is 19.99 euro). */
export type Money = {
  amount: number;
  currency: string;
};

/** Integer minor units; nothing costs less than nothing. */
export type NewPrice = {
  amount: number;
  currency: string;
};

export type Category = 'kitchen' | 'coffee' | 'audio' | 'travel' | 'home' | 'mobile' | 'sports';

export type NewOffering = {
  sku: string;
  name: string;
  category: Category;
  description?: string | undefined;
  price: NewPrice;
};

export type Offering = {
  id: string;
  sku: string;
  name: string;
  category: Category;
  description: string;
  price: Money;
  state: 'launched' | 'retired';
  version: number;
};

export type OfferingPage = {
  items: Offering[];
  next: string | null;
};

export type Quote = {
  lines: {
    sku: string;
    name: string;
    quantity: number;
    unitPrice: Money;
    total: Money;
    /** Which price was chosen and why. */
    because: string;
  }[];
  total: Money;
};

export interface CatalogueClient {
  /** Browse the shop */
  listOfferings: PagedCall<
    {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      /** Words to look for. */
      q?: string | undefined;
      /** Only this category. */
      category?: Category | undefined;
    },
    OfferingPage,
    'items'
  >;
  /** Add an offering */
  createOffering: OperationCall<
    {
      body: NewOffering;
    },
    Offering,
    'catalogue.sku-taken'
  >;
  /** See an article */
  getOffering: OperationCall<
    {
      offeringId: string;
    },
    Offering
  >;
  /** Take an offering off sale */
  retireOffering: OperationCall<
    {
      offeringId: string;
    },
    Offering
  >;
  /** Set a new price */
  createPrice: OperationCall<
    {
      body: {
        sku: string;
        price: NewPrice;
      };
    },
    Offering
  >;
  /** Ask what goods cost */
  quotePrice: OperationCall<
    {
      body: {
        lines: {
          sku: string;
          quantity: number;
        }[];
      };
    },
    Quote,
    'catalogue.unknown-offering'
  >;
}

/** The operations as data, for `client.call`. */
export const catalogueOperations = {
  listOfferings: {
    capability: 'catalogue',
    id: 'listOfferings',
    method: 'GET',
    path: '/catalogue/v1/offerings',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
      { name: 'q', in: 'query', style: 'form', explode: true },
      { name: 'category', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  createOffering: {
    capability: 'catalogue',
    id: 'createOffering',
    method: 'POST',
    path: '/catalogue/v1/offerings',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  getOffering: {
    capability: 'catalogue',
    id: 'getOffering',
    method: 'GET',
    path: '/catalogue/v1/offerings/{offeringId}',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'offeringId', in: 'path', style: 'simple', explode: false },
    ],
  },
  retireOffering: {
    capability: 'catalogue',
    id: 'retireOffering',
    method: 'POST',
    path: '/catalogue/v1/offerings/{offeringId}/retirements',
    hasBody: false,
    effect: 'destructive',
    idempotency: 'required',
    params: [
      { name: 'offeringId', in: 'path', style: 'simple', explode: false },
    ],
  },
  createPrice: {
    capability: 'catalogue',
    id: 'createPrice',
    method: 'POST',
    path: '/catalogue/v1/prices',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  quotePrice: {
    capability: 'catalogue',
    id: 'quotePrice',
    method: 'POST',
    path: '/catalogue/v1/price-quotes',
    hasBody: true,
    effect: 'read',
    idempotency: 'none',
    params: [],
  },
} as const satisfies Record<string, OperationDescriptor>;

/** Catalogue: one function per operation. */
export function createCatalogue(client: Client): CatalogueClient {
  return bindOperations<CatalogueClient>(client, catalogueOperations);
}
