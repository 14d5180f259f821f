import { type Db, inSchema, type Plan, toWireId, type Tx, type WebhookNotice } from '@plinth/runtime';
import { type ColumnType, type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';

interface PartnersTables {
  apps: {
    id: string;
    partnerId: string;
    name: string;
    state: 'sandbox' | 'production';
    scopes: string[];
    /** Both null while it is let in; whoever is shut out goes on, later, in the state it had. */
    suspendedSince: Temporal.Instant | null;
    suspendedBecause: string | null;
    /** Other limits and quotas than everybody's. */
    plan: ColumnType<Plan | null, string | null | undefined, string | null>;
    createdAt: Temporal.Instant;
  };
  /** Only the SHA-256 of a secret is stored. */
  keys: {
    id: string;
    appId: string;
    keyId: string;
    secretHash: string;
    hint: string;
    state: 'live' | 'revoked';
    /** Some of the application's; null = all of them. */
    scopes: string[] | null;
    addresses: string[];
    createdAt: Temporal.Instant;
    expiresAt: Temporal.Instant | null;
  };
  /** Partners that are shut out. */
  suspensions: { partnerId: string; reason: string; since: Temporal.Instant };
  /** Which facts go where; state, secrets and deliveries are the platform's (`webhooks`). */
  endpoints: {
    id: string;
    appId: string;
    partnerId: string;
    url: string;
    events: string[];
    /** Personal data; emptied with the endpoint. */
    contactEmail: string | null;
    contactLanguage: Language | null;
    createdAt: Temporal.Instant;
    removedAt: Temporal.Instant | null;
  };
  /** Mail that is still to leave. */
  mailNotices: {
    id: string;
    endpointId: string;
    kind: WebhookNotice['kind'];
    because: WebhookNotice['because'];
    failingSince: Temporal.Instant | null;
    madeAt: Temporal.Instant;
    /** When it may be tried; a process that tries it moves this ahead. */
    dueAt: Temporal.Instant;
    tries: ColumnType<number, number | undefined, number>;
  };
}

export type Language = 'en' | 'de';

export function partnersDb(db: Db): Kysely<PartnersTables> {
  return inSchema<PartnersTables>(db, 'partners');
}

/**
 * Wire ids of a partner's applications; with `letIn` without those that are shut out by themselves. They are locked: to shut
 * out the partner and one of its applications at the same time is one after the other.
 */
export async function lockApplications(tx: Tx, partnerId: string, { letIn = false } = {}): Promise<string[]> {
  let query = partnersDb(tx)
    .selectFrom('apps')
    .select('id')
    .where('partnerId', '=', partnerId)
    .orderBy('id')
    .forUpdate();
  if (letIn) query = query.where('suspendedSince', 'is', null);
  return (await query.execute()).map(({ id }) => toWireId('app', id));
}

/** Of the application `a`: neither it nor its partner is shut out. */
export const isLetIn: RawBuilder<boolean> = sql<boolean>`(a.suspended_since is null
  and not exists (select 1 from partners.suspensions s where s.partner_id = a.partner_id))`;

/** Whether an application or its partner is shut out; so is one that is not there. */
export async function isShutOut(db: Db, appId: string): Promise<boolean> {
  const row = await partnersDb(db)
    .selectFrom('apps as a')
    .select('a.id')
    .where('a.id', '=', appId)
    .where(isLetIn)
    .executeTakeFirst();
  return row === undefined;
}

export type EndpointRow = PartnersTables['endpoints'];
export type AppRow = Omit<PartnersTables['apps'], 'plan'>;
export type KeyRow = PartnersTables['keys'];
export type MailNoticeRow = Selectable<PartnersTables['mailNotices']>;
