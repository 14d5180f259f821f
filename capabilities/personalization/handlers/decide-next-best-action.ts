import { type OpenHandler, problem, reply, toWireId } from '@plinth/runtime';
import { decideFor, decisionLifeMinutes, livePolicy, slotSizes, unknownSlot } from '../decision.ts';
import type { Recommender } from '../recommender.ts';
import { personalizationDb } from '../tables.ts';

/** A decision never breaks a page: what goes wrong inside ends as empty slots, marked degraded. */
export function decideNextBestAction(recommender: Recommender): OpenHandler<'personalization.decideNextBestAction'> {
  return async (input, ctx) => {
    const { slots, context = {} } = input.body;
    const unknown = unknownSlot(slots);
    if (unknown)
      return problem('personalization.slot-unknown', { slot: unknown, slots: Object.keys(slotSizes).join(', ') });
    const mayName = ctx.principal.audience === 'staff' || ctx.principal.audience === 'service';
    const customerId = mayName ? (input.body.customerId ?? ctx.principal.customerId) : ctx.principal.customerId;
    const now = ctx.clock.now();
    const expiresAt = now.add({ minutes: decisionLifeMinutes }).toString();
    const empty = {
      id: ctx.ids.of('dec'),
      slots: slots.map((slot) => ({ slot, items: [] })),
      degraded: true,
      expiresAt,
    };
    if (!customerId) return reply(201, empty);
    try {
      const policy = await livePolicy(ctx.db);
      const output = await decideFor(
        { db: ctx.db, call: ctx.call, consents: ctx.consents, clock: ctx.clock, recommender },
        { customerId, slots, context, actions: policy.actions },
      );
      const id = ctx.ids.uuid();
      await ctx.transaction((tx) =>
        personalizationDb(tx.db)
          .insertInto('decisions')
          .values({
            id,
            customerId,
            at: now,
            channel: ctx.principal.channel,
            policyRevision: policy.revision,
            slots: JSON.stringify(output.slots),
            candidates: JSON.stringify(output.candidates),
          })
          .execute(),
      );
      return reply(201, { id: toWireId('dec', id), slots: output.slots as never, degraded: false, expiresAt });
    } catch (error) {
      ctx.log.error('decision degraded', { error: String(error) });
      return reply(201, empty);
    }
  };
}
