import { type Db, inSchema, type Plan, toWireId, type WebhookNotice } from '@plinth/runtime';
import type { ColumnType, Kysely, Selectable } from 'kysely';

interface PartnersTables {
  apps: {
    id: string;
    partnerId: string;
    name: string;
    state: 'sandbox' | 'production' | 'suspended';
    scopes: string[];
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

/** Wire ids of a partner's applications. */
export async function applicationsOf(db: Db, partnerId: string): Promise<string[]> {
  const rows = await partnersDb(db).selectFrom('apps').select('id').where('partnerId', '=', partnerId).execute();
  return rows.map(({ id }) => toWireId('app', id));
}

export type EndpointRow = PartnersTables['endpoints'];
export type AppRow = Omit<PartnersTables['apps'], 'plan'>;
export type KeyRow = PartnersTables['keys'];
export type MailNoticeRow = Selectable<PartnersTables['mailNotices']>;
