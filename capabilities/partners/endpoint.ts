// Endpoints with what the platform's sender knows of them, and what is sent there.

import { type Db, fromWireId, toWireId, type Tx, webhooks, type WriteContext } from '@plinth/runtime';
import type { Contact } from './generated.ts';
import { type EndpointRow, partnersDb } from './tables.ts';

/** What an endpoint receives: CloudEvents 1.0, structured. */
export const mediaType = 'application/cloudevents+json';

export interface EndpointWithState extends EndpointRow {
  target: webhooks.WebhookTarget;
}

/** An endpoint that is not removed; undefined when there is none of this id. */
export async function findEndpoint(db: Db | Tx, wireId: string): Promise<EndpointWithState | undefined> {
  const id = fromWireId('whe', wireId);
  if (id === undefined) return undefined;
  const row = await partnersDb(db)
    .selectFrom('endpoints')
    .selectAll()
    .where('id', '=', id)
    .where('removedAt', 'is', null)
    .executeTakeFirst();
  return row && (await withStates(db, [row]))[0];
}

export async function withStates(db: Db | Tx, rows: readonly EndpointRow[]): Promise<EndpointWithState[]> {
  const targets = await webhooks.readTargets(
    db,
    rows.map(({ id }) => id),
  );
  return rows.flatMap((row) => {
    const target = targets.get(row.id);
    return target ? [{ ...row, target }] : [];
  });
}

/** Who is written to about an endpoint, as columns; null or undefined = nobody. */
export function contactColumns(
  contact: Contact | null | undefined,
): Pick<EndpointRow, 'contactEmail' | 'contactLanguage'> {
  return { contactEmail: contact?.email ?? null, contactLanguage: contact ? (contact.language ?? 'en') : null };
}

export interface CloudEvent {
  id: string;
  type: string;
  source: string;
  subject: string;
  time: string;
  /** Absent: nothing of it may be seen. */
  data?: unknown;
}

/** Puts an event on its way to an endpoint; undefined when it is on its way there already. */
export async function sendEvent(
  ctx: WriteContext,
  endpointId: string,
  { event, ...how }: { event: CloudEvent; orderKey?: string | undefined; retryForS?: number | undefined },
): Promise<webhooks.WebhookDelivery | undefined> {
  const { data, ...about } = event;
  const content = data === undefined ? {} : { datacontenttype: 'application/json', data };
  return webhooks.enqueueDelivery(ctx.db, {
    id: ctx.ids.uuid(),
    targetId: endpointId,
    eventId: event.id,
    eventType: event.type,
    mediaType,
    body: JSON.stringify({ specversion: '1.0', ...about, ...content }),
    trace: ctx.trace,
    now: ctx.clock.now(),
    ...how,
  });
}

/** Wire ids of all applications of a partner: whose addresses and deliveries it may see. */
export async function appsOf(db: Db, partnerId: string): Promise<string[]> {
  const rows = await partnersDb(db).selectFrom('apps').select('id').where('partnerId', '=', partnerId).execute();
  return rows.map(({ id }) => toWireId('app', id));
}
