import { type Db, inSchema, type Plan } from '@plinth/runtime';
import type { ColumnType, Kysely } from 'kysely';

type Json<T> = ColumnType<T, string, string>;

export interface Attempt {
  at: string;
  status?: number;
  outcome: string;
  durationMs: number;
}

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
    createdAt: Temporal.Instant;
  };
  /** The signing secret is needed to sign; it is never shown again. */
  endpoints: {
    id: string;
    appId: string;
    partnerId: string;
    url: string;
    events: string[];
    secret: string;
    state: 'active' | 'disabled' | 'removed';
    failures: number;
    createdAt: Temporal.Instant;
  };
  deliveries: {
    id: string;
    endpointId: string;
    partnerId: string;
    eventId: string;
    eventType: string;
    payload: string;
    state: 'pending' | 'delivered' | 'dead';
    attempts: Json<Attempt[]>;
    nextAttemptAt: Temporal.Instant | null;
    createdAt: Temporal.Instant;
  };
}

export function partnersDb(db: Db): Kysely<PartnersTables> {
  return inSchema<PartnersTables>(db, 'partners');
}

export type EndpointRow = PartnersTables['endpoints'];
export type AppRow = Omit<PartnersTables['apps'], 'plan'>;
export type KeyRow = PartnersTables['keys'];
export type DeliveryRow = Omit<PartnersTables['deliveries'], 'attempts'> & { attempts: Attempt[] };
