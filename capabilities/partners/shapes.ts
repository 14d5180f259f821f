import { toWireId, type webhooks } from '@plinth/runtime';
import type { EndpointWithState } from './endpoint.ts';
import type { App, AppStanding, Delivery, Endpoint, Key } from './generated.ts';
import type { AppRow, KeyRow } from './tables.ts';

export function toApp(row: AppRow): App {
  return {
    id: toWireId('app', row.id),
    partnerId: row.partnerId,
    name: row.name,
    state: row.suspendedSince === null ? row.state : 'suspended',
    scopes: row.scopes,
    createdAt: row.createdAt.toString(),
  };
}

/** How an application stands since somebody of ours said so. */
export function toAppStanding(
  row: Pick<AppRow, 'id' | 'partnerId'>,
  said: Pick<AppStanding, 'state' | 'reason'> & { since: Temporal.Instant },
): AppStanding {
  const { id, partnerId } = row;
  return { appId: toWireId('app', id), partnerId, ...said, since: said.since.toString() };
}

export function toKey(row: KeyRow, app: Pick<AppRow, 'scopes'>): Key {
  return {
    id: toWireId('key', row.id),
    appId: toWireId('app', row.appId),
    hint: row.hint,
    state: row.state,
    scopes: row.scopes ?? app.scopes,
    addresses: row.addresses,
    createdAt: row.createdAt.toString(),
    ...(row.expiresAt ? { expiresAt: row.expiresAt.toString() } : {}),
  };
}

export function toEndpoint({ target, ...row }: EndpointWithState): Endpoint {
  const publicKeys = target.publicKeys.map(({ key, until }) => ({
    key,
    ...(until === null ? {} : { until: Temporal.Instant.from(until).toString() }),
  }));
  return {
    id: toWireId('whe', row.id),
    appId: toWireId('app', row.appId),
    url: row.url,
    events: row.events,
    state: target.state,
    ...(target.because === null ? {} : { because: target.because }),
    ...(target.failingSince ? { failingSince: target.failingSince.toString() } : {}),
    ...(row.contactEmail === null
      ? {}
      : { contact: { email: row.contactEmail, language: row.contactLanguage ?? 'en' } }),
    ...(publicKeys.length === 0 ? { signature: 'hmac-sha256' } : { signature: 'ed25519', publicKeys }),
    createdAt: row.createdAt.toString(),
  };
}

export function toDelivery(row: webhooks.WebhookDelivery): Delivery {
  return {
    id: toWireId('dlv', row.id),
    endpointId: toWireId('whe', row.targetId),
    eventId: row.eventId,
    eventType: row.eventType,
    state: row.state,
    attempts: row.attempts,
    ...(row.answer === null ? {} : { answer: row.answer }),
    ...(row.state === 'pending' && row.dueAt ? { nextAttemptAt: row.dueAt.toString() } : {}),
    createdAt: row.createdAt.toString(),
  };
}
