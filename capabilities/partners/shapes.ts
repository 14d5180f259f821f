import { toWireId } from '@plinth/runtime';
import type { App, Delivery, Endpoint, Key } from './generated.ts';
import type { AppRow, DeliveryRow, EndpointRow, KeyRow } from './tables.ts';

export function toApp(row: AppRow): App {
  return {
    id: toWireId('app', row.id),
    partnerId: row.partnerId,
    name: row.name,
    state: row.state,
    scopes: row.scopes,
    createdAt: row.createdAt.toString(),
  };
}

export function toKey(row: KeyRow): Key {
  return {
    id: toWireId('key', row.id),
    appId: toWireId('app', row.appId),
    hint: row.hint,
    state: row.state,
    createdAt: row.createdAt.toString(),
  };
}

export function toEndpoint(row: EndpointRow): Endpoint {
  return {
    id: toWireId('whe', row.id),
    appId: toWireId('app', row.appId),
    url: row.url,
    events: row.events,
    state: row.state,
    createdAt: row.createdAt.toString(),
  };
}

export function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: toWireId('dlv', row.id),
    endpointId: toWireId('whe', row.endpointId),
    eventId: row.eventId,
    eventType: row.eventType,
    state: row.state,
    attempts: row.attempts,
    ...(row.nextAttemptAt ? { nextAttemptAt: row.nextAttemptAt.toString() } : {}),
    createdAt: row.createdAt.toString(),
  };
}
