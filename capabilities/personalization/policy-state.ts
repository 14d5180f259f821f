import type { Db } from '@plinth/runtime';
import { livePolicy } from './decision.ts';
import type { PolicyState } from './generated.ts';
import { personalizationDb } from './tables.ts';

/** The published revision, and the draft if one is open. */
export async function policyState(db: Db): Promise<PolicyState> {
  const live = await livePolicy(db);
  const draft = await personalizationDb(db).selectFrom('policyDraft').selectAll().executeTakeFirst();
  return {
    revision: live.revision,
    publishedAt: live.publishedAt.toString(),
    publishedBy: live.publishedBy,
    actions: live.actions as unknown as PolicyState['actions'],
    draft: draft
      ? {
          base: draft.base,
          actions: draft.actions as unknown as PolicyState['actions'],
          findings: draft.findings,
          savedBy: draft.savedBy,
          savedAt: draft.savedAt.toString(),
        }
      : null,
  };
}
