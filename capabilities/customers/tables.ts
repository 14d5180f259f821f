import { type Db, inSchema } from '@plinth/runtime';
import type { Generated, Kysely } from 'kysely';
import type { ClosureReason } from './generated.ts';

export interface CustomersTables {
  /** given_name, family_name, email, phone: personal data, kept while the person is a customer. */
  customers: {
    id: string;
    number: string;
    givenName: string;
    familyName: string;
    email: string;
    phone: string | null;
    city: string;
    country: string;
    locale: string;
    state: 'active' | 'closed';
    since: Temporal.PlainDate;
    /** Both null while the customer is one. */
    closedAt: Temporal.Instant | null;
    closedBecause: ClosureReason | null;
    version: Generated<bigint>;
  };
  /** Projection of all facts about customers; rebuilt from the event log. */
  timeline: {
    id: string;
    customerId: string;
    at: Temporal.Instant;
    kind: string;
    title: string;
    channel: string | null;
    subject: string;
    operation: string | null;
    visibility: 'customer' | 'staff';
  };
}

export function customersDb(db: Db): Kysely<CustomersTables> {
  return inSchema<CustomersTables>(db, 'customers');
}
