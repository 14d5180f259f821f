import { problem, type ReadHandler, reply } from '@plinth/runtime';
import { decideFor, livePolicy, slotSizes, toRecord, unknownSlot } from '../decision.ts';
import type { Recommender } from '../recommender.ts';
import { personalizationDb } from '../tables.ts';

export function previewDecision(recommender: Recommender): ReadHandler<'personalization.previewDecision'> {
  return async (input, ctx) => {
    const { customerId, slots, context = {}, draft = true } = input.body;
    const unknown = unknownSlot(slots);
    if (unknown)
      return problem('personalization.slot-unknown', { slot: unknown, slots: Object.keys(slotSizes).join(', ') });
    const live = await livePolicy(ctx.db);
    const open = draft
      ? await personalizationDb(ctx.db).selectFrom('policyDraft').select(['actions', 'findings']).executeTakeFirst()
      : undefined;
    const actions =
      open && !open.findings.some((finding) => finding.severity === 'error') ? open.actions : live.actions;
    const output = await decideFor(
      { db: ctx.db, call: ctx.call, consents: ctx.consents, clock: ctx.clock, recommender },
      { customerId, slots, context, actions },
    );
    const row = {
      id: ctx.ids.uuid(),
      customerId,
      at: ctx.clock.now(),
      channel: ctx.principal.channel,
      policyRevision: live.revision,
      slots: output.slots as never,
      candidates: output.candidates,
    };
    return reply(200, toRecord(row, true));
  };
}
