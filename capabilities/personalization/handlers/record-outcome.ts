import { fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { actionName } from '../decision.ts';
import { personalizationDb } from '../tables.ts';

/** Once per decision, action and kind: telling it twice changes nothing. */
export const recordOutcome: WriteHandler<'personalization.recordOutcome'> = async (input, ctx) => {
  const id = fromWireId('dec', input.decisionId);
  const decision =
    id &&
    (await personalizationDb(ctx.db)
      .selectFrom('decisions')
      .select(['id', 'customerId'])
      .where('id', '=', id)
      .executeTakeFirst());
  if (!decision) return problem('not-found');
  const { actionId, kind, reason } = input.body;
  const inserted = await personalizationDb(ctx.db)
    .insertInto('outcomes')
    .values({
      decisionId: decision.id,
      customerId: decision.customerId,
      action: actionName(actionId),
      actionId,
      kind,
      reason: reason ?? null,
      at: ctx.clock.now(),
    })
    .onConflict((conflict) => conflict.columns(['decisionId', 'actionId', 'kind']).doNothing())
    .executeTakeFirst();
  const recorded = inserted.numInsertedOrUpdatedRows === 1n;
  if (recorded)
    ctx.emit('decision.outcome', {
      subject: input.decisionId,
      customerId: decision.customerId,
      data: { decisionId: input.decisionId, actionId, kind },
    });
  return reply(201, { recorded });
};
