import { type Capability, type Db, fromWireId, open, read, toWireId, write } from '@plinth/runtime';
import { decideNextBestAction } from './handlers/decide-next-best-action.ts';
import { explainDecision } from './handlers/explain-decision.ts';
import { getPolicy } from './handlers/get-policy.ts';
import { getProfile } from './handlers/get-profile.ts';
import { listDecisions } from './handlers/list-decisions.ts';
import { listPolicyRevisions } from './handlers/list-policy-revisions.ts';
import { previewDecision } from './handlers/preview-decision.ts';
import { publishPolicy } from './handlers/publish-policy.ts';
import { recordOutcome } from './handlers/record-outcome.ts';
import { recordSignals } from './handlers/record-signals.ts';
import { savePolicyDraft } from './handlers/save-policy-draft.ts';
import * as decisions0001 from './migrations/0001-decisions.ts';
import { remembered, rememberFact } from './reactions/remember-fact.ts';
import { Recommender } from './recommender.ts';
import { seed } from './seed.ts';
import { personalizationDb } from './tables.ts';

/** The manifest; each process has one item model of its own. */
export function personalization(): Capability {
  const recommender = new Recommender();
  return {
    name: 'personalization',
    folder: import.meta.dirname,
    handlers: {
      recordSignals: write(recordSignals),
      decideNextBestAction: open(decideNextBestAction(recommender)),
      listDecisions: read(listDecisions),
      explainDecision: read(explainDecision),
      recordOutcome: write(recordOutcome),
      getProfile: read(getProfile, { follows: 'personalization.remember-fact' }),
      getPolicy: read(getPolicy),
      savePolicyDraft: write(savePolicyDraft),
      listPolicyRevisions: read(listPolicyRevisions),
      publishPolicy: write(publishPolicy),
      previewDecision: read(previewDecision(recommender)),
    },
    reactions: [
      {
        name: 'personalization.remember-fact',
        on: remembered,
        run: rememberFact,
        // Signals stand among them under ids of their own.
        projection: { table: 'personalization.facts', key: 'id' },
      },
    ],
    calls: ['catalogue.listOfferings'],
    owners: { decision: ownersOfDecisions, customer: (ids) => Promise.resolve(new Map(ids.map((id) => [id, [id]]))) },
    migrations: { '0001-decisions': decisions0001 },
    invariants: [
      {
        name: 'personalization.an-outcome-belongs-to-the-decisions-customer',
        sql: `select o.action_id from personalization.outcomes o join personalization.decisions d on d.id = o.decision_id where d.customer_id <> o.customer_id`,
      },
    ],
    seed,
  };
}

async function ownersOfDecisions(ids: readonly string[], db: Db): Promise<Map<string, readonly string[]>> {
  const uuids = ids.flatMap((id) => fromWireId('dec', id) ?? []);
  if (uuids.length === 0) return new Map();
  const rows = await personalizationDb(db)
    .selectFrom('decisions')
    .select(['id', 'customerId'])
    .where('id', 'in', uuids)
    .execute();
  return new Map(rows.map((row) => [toWireId('dec', row.id), [row.customerId]]));
}
