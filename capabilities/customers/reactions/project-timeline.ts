import type { PlinthEvent, ReactionContext } from '@plinth/runtime';
import { customersDb } from '../tables.ts';
import { lineOf } from '../timeline.ts';

/** Every fact about a customer becomes a line of the timeline. */
export async function projectTimeline(event: PlinthEvent, ctx: ReactionContext): Promise<void> {
  const line = event.customerId === undefined ? undefined : lineOf(event);
  if (!line || event.customerId === undefined) return;
  await customersDb(ctx.db)
    .insertInto('timeline')
    .values({
      id: event.id,
      customerId: event.customerId,
      at: Temporal.Instant.from(event.time),
      kind: event.type,
      channel: event.channel ?? null,
      subject: event.subject,
      ...line,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}
