import { type PlinthEvent, type WriteContext } from '@plinth/runtime';
import { type DeliveryRow, type EndpointRow, partnersDb } from './tables.ts';

/** CloudEvents 1.0, structured JSON: what an endpoint receives. */
export function cloudEvent(event: Pick<PlinthEvent, 'id' | 'type' | 'source' | 'subject' | 'time' | 'data'>): string {
  return JSON.stringify({
    specversion: '1.0',
    id: event.id,
    type: event.type,
    source: event.source,
    subject: event.subject,
    time: event.time,
    datacontenttype: 'application/json',
    data: event.data,
  });
}

/** Puts one delivery on its way; the same event to the same endpoint is one delivery. */
export async function enqueueDelivery(
  ctx: WriteContext,
  endpoint: Pick<EndpointRow, 'id' | 'partnerId'>,
  event: { id: string; type: string; payload: string },
): Promise<DeliveryRow | undefined> {
  const row = await partnersDb(ctx.db)
    .insertInto('deliveries')
    .values({
      id: ctx.ids.uuid(),
      endpointId: endpoint.id,
      partnerId: endpoint.partnerId,
      eventId: event.id,
      eventType: event.type,
      payload: event.payload,
      state: 'pending',
      attempts: '[]',
      nextAttemptAt: null,
      createdAt: ctx.clock.now(),
    })
    .onConflict((conflict) => conflict.columns(['endpointId', 'eventId']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row) ctx.enqueue({ name: 'partners.deliver', data: { id: row.id } });
  return row;
}
