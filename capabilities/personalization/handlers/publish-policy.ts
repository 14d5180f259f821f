import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { sql } from 'kysely';
import { livePolicy } from '../decision.ts';
import { policyState } from '../policy-state.ts';
import { personalizationDb } from '../tables.ts';

/** The next decision of every channel uses it. Restoring an older revision is publishing its content anew. */
export const publishPolicy: WriteHandler<'personalization.publishPolicy'> = async (input, ctx) => {
  const db = personalizationDb(ctx.db);
  // One publication at a time: the base is compared with what is really in force.
  await sql`lock table personalization.policy_revisions in exclusive mode`.execute(ctx.db);
  const live = await livePolicy(ctx.db);
  const { note, restore } = input.body;
  let actions: unknown;
  if (restore === undefined) {
    const draft = await db.selectFrom('policyDraft').selectAll().executeTakeFirst();
    if (!draft) return problem('personalization.no-draft');
    if (draft.base !== live.revision)
      return problem('personalization.policy-stale-base', { base: draft.base, current: live.revision });
    const fault = draft.findings.find((finding) => finding.severity === 'error');
    if (fault) return problem('personalization.policy-invalid', { message: `${fault.action}: ${fault.message}` });
    ({ actions } = draft);
    await db.deleteFrom('policyDraft').execute();
  } else {
    const older = await db
      .selectFrom('policyRevisions')
      .select('actions')
      .where('revision', '=', restore)
      .executeTakeFirst();
    if (!older) return problem('not-found');
    ({ actions } = older);
  }
  const { revision } = await db
    .insertInto('policyRevisions')
    .values({
      actions: JSON.stringify(actions),
      publishedAt: ctx.clock.now(),
      publishedBy: ctx.principal.name ?? ctx.principal.subject,
      note,
    })
    .returning('revision')
    .executeTakeFirstOrThrow();
  ctx.emit('policy.published', { subject: 'policy', data: { revision } });
  return reply(201, await policyState(ctx.db));
};
