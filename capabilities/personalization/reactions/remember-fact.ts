import { fromWireId, type PlinthEvent, type ReactionContext, type WireMoney } from '@plinth/runtime';
import { actionName } from '../decision.ts';
import { personalizationDb } from '../tables.ts';

/** Facts decisions look at. */
export const remembered = [
  'order.placed',
  'order.fulfilled',
  'order.cancelled',
  'ticket.opened',
  'ticket.resolved',
  'ticket.reopened',
  'points.earned',
] as const;

/** Keeps what features need of a fact, and credits the decision that led to it. */
export async function rememberFact(event: PlinthEvent, ctx: ReactionContext): Promise<void> {
  if (event.customerId === undefined) return;
  const data = event.data as { lines?: { sku: string }[]; total?: WireMoney; points?: number };
  await personalizationDb(ctx.db)
    .insertInto('facts')
    .values({
      id: event.id,
      customerId: event.customerId,
      type: event.type,
      at: Temporal.Instant.from(event.time),
      data: JSON.stringify({
        subject: event.subject,
        ...(data.lines ? { skus: data.lines.map((line) => line.sku) } : {}),
        ...(data.total ? { totalMinor: data.total.amount } : {}),
        ...(data.points === undefined ? {} : { points: data.points }),
      }),
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  if (event.type === 'order.placed' && event.decisionId) await credit(event.decisionId, event, ctx);
}

/** The accepting call carried the decision's id: what it proposed first counts as accepted. */
async function credit(decisionId: string, event: PlinthEvent, ctx: ReactionContext): Promise<void> {
  const id = fromWireId('dec', decisionId);
  const decision =
    id && (await personalizationDb(ctx.db).selectFrom('decisions').selectAll().where('id', '=', id).executeTakeFirst());
  const actionId = decision ? decision.slots.flatMap((slot) => slot.items)[0]?.actionId : undefined;
  if (!decision || !actionId || decision.customerId !== event.customerId) return;
  await personalizationDb(ctx.db)
    .insertInto('outcomes')
    .values({
      decisionId: decision.id,
      customerId: decision.customerId,
      action: actionName(actionId),
      actionId,
      kind: 'accepted',
      reason: event.type,
      at: ctx.clock.now(),
    })
    .onConflict((conflict) => conflict.columns(['decisionId', 'actionId', 'kind']).doNothing())
    .execute();
}
