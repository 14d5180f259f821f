import type { Action, Candidate } from '@plinth/decisions';
import { type Db, inSchema } from '@plinth/runtime';
import type { ColumnType, Generated, Kysely } from 'kysely';
import type { DecidedItem } from './generated.ts';

/** JSON columns: written as text, read parsed. */
type Json<T> = ColumnType<T, string, string>;

interface PersonalizationTables {
  /** What a customer did, pseudonymous; kept 13 months. Key of signals: their own id; of events: the event's. */
  facts: { id: string; customerId: string; type: string; at: Temporal.Instant; data: Json<Record<string, unknown>> };
  decisions: {
    id: string;
    customerId: string;
    at: Temporal.Instant;
    channel: string;
    policyRevision: number;
    slots: Json<{ slot: string; items: DecidedItem[] }[]>;
    candidates: Json<Candidate[]>;
  };
  outcomes: {
    decisionId: string;
    customerId: string;
    action: string;
    actionId: string;
    kind: 'shown' | 'accepted' | 'refused' | 'never';
    reason: string | null;
    at: Temporal.Instant;
  };
  policyRevisions: {
    revision: Generated<number>;
    actions: Json<Action[]>;
    publishedAt: Temporal.Instant;
    publishedBy: string;
    note: string;
  };
  policyDraft: {
    onlyRow: Generated<boolean>;
    base: number;
    actions: Json<Action[]>;
    findings: Json<{ action: string; severity: 'error' | 'warn'; message: string }[]>;
    savedBy: string;
    savedAt: Temporal.Instant;
  };
}

export function personalizationDb(db: Db): Kysely<PersonalizationTables> {
  return inSchema<PersonalizationTables>(db, 'personalization');
}
