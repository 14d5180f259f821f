// Made from contract.yaml, events.yaml and problems.yaml of Catalogue. Do not edit: change those and run
//   npm run generate

import type { Reply } from '@plinth/runtime';

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

/** Operations of this capability: input and declared answers. */
export interface CatalogueOperations {
  /** Browse the shop */
  'catalogue.listOfferings': {
    input: {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      /** Words to look for. */
      q?: string | undefined;
      /** Only this category. */
      category?: Category | undefined;
    };
    reply: Reply<200, OfferingPage>;
  };
  /** Add an offering */
  'catalogue.createOffering': {
    input: {
      body: NewOffering;
    };
    reply: Reply<201, Offering>;
  };
  /** See an article */
  'catalogue.getOffering': {
    input: {
      offeringId: string;
    };
    reply: Reply<200, Offering>;
  };
  /** Take an offering off sale */
  'catalogue.retireOffering': {
    input: {
      offeringId: string;
    };
    reply: Reply<201, Offering>;
  };
  /** Set a new price */
  'catalogue.createPrice': {
    input: {
      body: {
        sku: string;
        price: NewPrice;
      };
    };
    reply: Reply<201, Offering>;
  };
  /** Ask what goods cost */
  'catalogue.quotePrice': {
    input: {
      body: {
        lines: {
          sku: string;
          quantity: number;
        }[];
      };
    };
    reply: Reply<200, Quote>;
  };
}

/** Facts this capability tells, with the shape of their data. */
export interface CatalogueEvents {
  /** An offering can be bought. */
  'offering.published': Offering;
  /** An offering can no longer be bought. */
  'offering.retired': Offering;
  /** A newer price is in force. */
  'price.changed': Offering;
}

/** Problems this capability may answer. */
export interface CatalogueProblems {
  /** 422: We do not sell that */
  'catalogue.unknown-offering': true;
  /** 409: The article number is taken */
  'catalogue.sku-taken': true;
}

declare module '@plinth/runtime' {
  interface Operations extends CatalogueOperations {}
  interface Events extends CatalogueEvents {}
  interface Problems extends CatalogueProblems {}
}
