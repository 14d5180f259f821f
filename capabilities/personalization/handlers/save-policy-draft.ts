import type { Action } from '@plinth/decisions';
import { reply, type WriteHandler } from '@plinth/runtime';
import { slotSizes } from '../decision.ts';
import { policyState } from '../policy-state.ts';
import { checkPolicy } from '../policy.ts';
import { features } from '../profile.ts';
import { personalizationDb } from '../tables.ts';

/** Saved whatever its state: work is never lost. The findings say what must be mended before publishing. */
export const savePolicyDraft: WriteHandler<'personalization.savePolicyDraft'> = async (input, ctx) => {
  const actions = input.body.actions as unknown as Action[];
  const findings = checkPolicy(actions, Object.keys(features), Object.keys(slotSizes));
  const draft = {
    base: input.body.base,
    actions: JSON.stringify(actions),
    findings: JSON.stringify(findings),
    savedBy: ctx.principal.name ?? ctx.principal.subject,
    savedAt: ctx.clock.now(),
  };
  await personalizationDb(ctx.db)
    .insertInto('policyDraft')
    .values(draft)
    .onConflict((conflict) => conflict.column('onlyRow').doUpdateSet(draft))
    .execute();
  return reply(200, await policyState(ctx.db));
};
