import { fromWireId, problem, type ReadHandler, reply, toWireId } from '@plinth/runtime';
import { toRecord } from '../decision.ts';
import { personalizationDb } from '../tables.ts';

export const explainDecision: ReadHandler<'personalization.explainDecision'> = async (input, ctx) => {
  const id = fromWireId('dec', input.decisionId);
  const row =
    id && (await personalizationDb(ctx.db).selectFrom('decisions').selectAll().where('id', '=', id).executeTakeFirst());
  if (!row) return problem('not-found');
  const outcomes = await personalizationDb(ctx.db)
    .selectFrom('outcomes')
    .select(['actionId', 'kind', 'at'])
    .where('decisionId', '=', row.id)
    .orderBy('at')
    .execute();
  const isStaff = ctx.principal.audience === 'staff' || ctx.principal.audience === 'service';
  return reply(200, {
    ...toRecord(row, isStaff),
    id: toWireId('dec', row.id),
    outcomes: outcomes.map(({ actionId, kind, at }) => ({ actionId, kind, at: at.toString() })),
  });
};
