import { type Db, fromWireId, type Principal, toWireId } from '@plinth/runtime';
import type { Customer, TimelineEntry } from './generated.ts';
import { customersDb, type CustomersTables } from './tables.ts';

type CustomerRow = Omit<CustomersTables['customers'], 'version'> & { version: bigint };

/** `me` is the caller's own customer id. */
export function resolveMe(customerId: string, principal: Principal): string {
  return customerId === 'me' ? (principal.customerId ?? customerId) : customerId;
}

export async function findCustomer(db: Db, wireId: string): Promise<CustomerRow | undefined> {
  const id = fromWireId('cus', wireId);
  if (!id) return undefined;
  return customersDb(db).selectFrom('customers').selectAll().where('id', '=', id).executeTakeFirst();
}

export function toCustomer(row: CustomerRow): Customer {
  const { number, givenName, familyName, email, city, country, locale, state } = row;
  return {
    id: toWireId('cus', row.id),
    number,
    givenName,
    familyName,
    email,
    ...(row.phone ? { phone: row.phone } : {}),
    city,
    country,
    locale,
    state,
    since: row.since.toString(),
    ...(row.closedAt ? { closedAt: row.closedAt.toString() } : {}),
    ...(row.closedBecause ? { closedBecause: row.closedBecause } : {}),
    version: Number(row.version),
  };
}

/** What facts may say about a person: nothing personal. */
export function toFact(customer: Customer): {
  id: string;
  number: string;
  country: string;
  locale: string;
  state: string;
} {
  const { id, number, country, locale, state } = customer;
  return { id, number, country, locale, state };
}

/** Whether the record is closed: it is read, and changed no more. */
export async function isClosed(db: Db, wireId: string): Promise<boolean> {
  return (await findCustomer(db, wireId))?.state === 'closed';
}

type TimelineRow = CustomersTables['timeline'];

export function toEntry(row: TimelineRow): TimelineEntry {
  const { id, kind, title, subject, visibility } = row;
  return {
    id,
    at: row.at.toString(),
    kind,
    title,
    subject,
    visibility,
    ...(row.channel ? { channel: row.channel } : {}),
    ...(row.operation ? { operation: row.operation } : {}),
  };
}
