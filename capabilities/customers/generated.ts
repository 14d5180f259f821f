// Made from contract.yaml, events.yaml and problems.yaml of Customers. Do not edit: change those and run
//   npm run generate

import type { Reply } from '@plinth/runtime';

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

/** Operations of this capability: input and declared answers. */
export interface CustomersOperations {
  /** Find customers */
  'customers.listCustomers': {
    input: {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      /** Name, e-mail or customer number. */
      q?: string | undefined;
    };
    reply: Reply<200, CustomerPage>;
  };
  /** Register a customer */
  'customers.createCustomer': {
    input: {
      body: NewCustomer;
    };
    reply: Reply<201, Customer>;
  };
  /** See my profile */
  'customers.getCustomer': {
    input: {
      /** Which customer; `me` is the caller. */
      customerId: string;
    };
    reply: Reply<200, Customer>;
  };
  /** Change my details */
  'customers.updateCustomer': {
    input: {
      /** Which customer; `me` is the caller. */
      customerId: string;
      body: CustomerChange;
    };
    reply: Reply<200, Customer>;
  };
  /** Close a customer's record */
  'customers.closeCustomer': {
    input: {
      /** Which customer; `me` is the caller. */
      customerId: string;
      body: {
        reason: ClosureReason;
      };
    };
    reply: Reply<201, Customer>;
  };
  /** See what I agreed to */
  'customers.listConsents': {
    input: {
      /** Which customer; `me` is the caller. */
      customerId: string;
    };
    reply: Reply<200, {
      items: Consent[];
      next: string | null;
    }>;
  };
  /** Agree to a use of my data */
  'customers.giveConsent': {
    input: {
      /** Which customer; `me` is the caller. */
      customerId: string;
      /** What the data may be used for. */
      purpose: Purpose;
    };
    reply: Reply<200, Consent>;
  };
  /** Withdraw a consent */
  'customers.withdrawConsent': {
    input: {
      /** Which customer; `me` is the caller. */
      customerId: string;
      /** What the data may be used for. */
      purpose: Purpose;
    };
    reply: Reply<200, Consent>;
  };
  /** See who may act for me */
  'customers.listDelegates': {
    input: {
      /** Which customer; `me` is the caller. */
      customerId: string;
    };
    reply: Reply<200, {
      items: Delegate[];
      next: string | null;
    }>;
  };
  /** Let somebody act for me */
  'customers.grantDelegate': {
    input: {
      /** Which customer; `me` is the caller. */
      customerId: string;
      /** The customer who may act. */
      delegateId: string;
    };
    reply: Reply<200, Delegate>;
  };
  /** Let somebody act for me no longer */
  'customers.withdrawDelegate': {
    input: {
      /** Which customer; `me` is the caller. */
      customerId: string;
      /** The customer who may act. */
      delegateId: string;
    };
    reply: Reply<204, undefined>;
  };
  /** See what happened so far */
  'customers.listTimeline': {
    input: {
      /** Which customer; `me` is the caller. */
      customerId: string;
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
    };
    reply: Reply<200, {
      items: TimelineEntry[];
      next: string | null;
      stale?: Stale | undefined;
    }>;
  };
  /** Add a note about a customer */
  'customers.addNote': {
    input: {
      /** Which customer; `me` is the caller. */
      customerId: string;
      body: {
        text: string;
      };
    };
    reply: Reply<201, TimelineEntry>;
  };
}

/** Facts this capability tells, with the shape of their data. */
export interface CustomersEvents {
  /** A customer was registered. */
  'customer.created': CustomerFact;
  /** A customer's details changed. */
  'customer.updated': CustomerFact;
  /** A customer is one no longer, for good. */
  'customer.closed': ClosedFact;
  /** A member of staff wrote a note. */
  'customer.noted': {
    noteId: string;
  };
  /** A customer agreed to a use of their data. */
  'consent.given': Consent;
  /** A customer withdrew a consent. */
  'consent.withdrawn': Consent;
  /** A customer let another one act for them. */
  'delegate.granted': Delegate;
  /** A customer lets another one act no longer. */
  'delegate.withdrawn': {
    customerId: string;
  };
}

/** Problems this capability may answer. */
export interface CustomersProblems {
  /** 409: Nobody to act */
  'customers.no-such-delegate': true;
  /** 409: The e-mail address is in use */
  'customers.email-taken': true;
  /** 409: Something is still open */
  'customers.still-open': true;
}

declare module '@plinth/runtime' {
  interface Operations extends CustomersOperations {}
  interface Events extends CustomersEvents {}
  interface Problems extends CustomersProblems {}
}
