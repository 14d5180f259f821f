// Made from contract.yaml (Personalization 1.0.0). Do not edit: change the contract and run
//   npm run generate

import { bindOperations, type Client, type OperationCall, type PagedCall, type LongCall, type OperationDescriptor } from '../index.ts';

export type Treatment = {
  slot: string;
  title: string;
  text?: string | undefined;
  /** Reason in the customer's words; {feature} marks are filled. */
  because?: string | undefined;
  label?: string | undefined;
};

/** The operation that accepting calls, with filled-in input. */
export type Accept = {
  operation: string;
  input: {
    [key: string]: unknown;
  };
};

export type Action = {
  action: string;
  kind: 'offer' | 'recommendation' | 'service' | 'alert';
  title: string;
  group?: string | undefined;
  enabled: boolean;
  purposes?: ('personalization' | 'marketing' | 'research')[] | undefined;
  /** A rule. Hard and legal limits. */
  eligible?: string | undefined;
  /** A rule. */
  applicable?: string | undefined;
  /** A rule. */
  suitable?: string | undefined;
  value?: number | undefined;
  prior?: number | undefined;
  cap?: {
    count: number;
    days: number;
  } | undefined;
  generator?: 'itemKnn' | 'popular' | undefined;
  success?: {
    event: string;
  } | undefined;
  treatments: Treatment[];
  accept?: Accept | undefined;
};

export type PolicyState = {
  revision: number;
  publishedAt: string;
  publishedBy?: string | undefined;
  actions: Action[];
  draft: {
    base: number;
    actions: Action[];
    findings: {
      action: string;
      severity: 'error' | 'warn';
      message: string;
    }[];
    savedBy: string;
    savedAt: string;
  } | null;
};

export type DecidedItem = {
  actionId: string;
  kind: 'offer' | 'recommendation' | 'service' | 'alert';
  rank: number;
  title: string;
  text?: string | undefined;
  /** One sentence, always. */
  because: string;
  label?: string | undefined;
  /** The recommended article. */
  item?: {
    sku?: string | undefined;
    name?: string | undefined;
    price?: Money | undefined;
    [key: string]: unknown;
  } | undefined;
  accept?: Accept | undefined;
};

export type Decision = {
  id: string;
  slots: {
    slot: string;
    items: DecidedItem[];
  }[];
  /** True when defaults were used because time or data was missing. */
  degraded: boolean;
  expiresAt: string;
};

export type DecisionRecord = {
  id: string;
  customerId: string;
  at: string;
  channel?: string | undefined;
  policyRevision: number;
  slots: {
    slot: string;
    items: DecidedItem[];
  }[];
  candidates: {
    actionId: string;
    slot: string;
    outcome: 'chosen' | 'consent' | 'eligible' | 'applicable' | 'suitable' | 'already' | 'cap' | 'refused' | 'no-treatment' | 'outranked';
    reason: string;
    score?: number | undefined;
  }[];
  outcomes?: {
    actionId: string;
    kind: string;
    at: string;
  }[] | undefined;
};

/** True when what was written up to the Plinth-Position of the request may be missing; else it is not there. */
export type Stale = boolean;

/** Integer minor units of one ISO 4217 currency (1999 EUR is 19.99 euro). */
export type Money = {
  amount: number;
  currency: string;
};

export interface PersonalizationClient {
  /** Record what a customer did */
  recordSignals: LongCall<
    {
      body: {
        signals: {
          /** Repeats are ignored. */
          id: string;
          type: string;
          time: string;
          /** Staff and services only. */
          customerId?: string | undefined;
          data?: {
            [key: string]: unknown;
          } | undefined;
        }[];
      };
    },
    {
      accepted: number;
      duplicates: number;
      withoutConsent: number;
      refused: {
        index: number;
        problem: string;
      }[];
    }
  >;
  /** See recent decisions */
  listDecisions: PagedCall<
    {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      customerId?: string | undefined;
    },
    {
      items: DecisionRecord[];
      next: string | null;
    },
    'items'
  >;
  /** Ask what to show next */
  decideNextBestAction: OperationCall<
    {
      body: {
        slots: string[];
        /** Staff and services only. */
        customerId?: string | undefined;
        /** What the channel knows: task, basket, country. */
        context?: {
          [key: string]: unknown;
        } | undefined;
      };
    },
    Decision,
    'personalization.slot-unknown'
  >;
  /** See why a suggestion was made */
  explainDecision: OperationCall<
    {
      decisionId: string;
    },
    DecisionRecord
  >;
  /** Say what became of a suggestion */
  recordOutcome: OperationCall<
    {
      decisionId: string;
      body: {
        actionId: string;
        kind: 'shown' | 'accepted' | 'refused' | 'never';
        reason?: string | undefined;
      };
    },
    {
      recorded: boolean;
    }
  >;
  /** See what we noticed about me */
  getProfile: OperationCall<
    {
      customerId: string;
    },
    {
      customerId: string;
      features: {
        name: string;
        words: string;
        value: unknown;
      }[];
      stale?: Stale | undefined;
    }
  >;
  /** See offers and rules in force */
  getPolicy: OperationCall<
    {},
    PolicyState
  >;
  /** Save a draft of offers and rules */
  savePolicyDraft: OperationCall<
    {
      body: {
        /** Revision the draft is based on. */
        base: number;
        actions: Action[];
      };
    },
    PolicyState,
    'personalization.policy-invalid'
  >;
  /** See earlier revisions */
  listPolicyRevisions: PagedCall<
    {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
    },
    {
      items: {
        revision: number;
        publishedAt: string;
        publishedBy: string;
        note: string;
      }[];
      next: string | null;
    },
    'items'
  >;
  /** Publish the draft */
  publishPolicy: OperationCall<
    {
      body: {
        note: string;
        restore?: number | undefined;
      };
    },
    PolicyState,
    'personalization.policy-stale-base' | 'personalization.policy-invalid' | 'personalization.no-draft'
  >;
  /** Try offers and rules on a person */
  previewDecision: OperationCall<
    {
      body: {
        customerId: string;
        slots: string[];
        draft?: boolean | undefined;
        context?: {
          [key: string]: unknown;
        } | undefined;
      };
    },
    DecisionRecord,
    'personalization.slot-unknown'
  >;
}

/** The operations as data, for `client.call`. */
export const personalizationOperations = {
  recordSignals: {
    capability: 'personalization',
    id: 'recordSignals',
    method: 'POST',
    path: '/personalization/v1/signals',
    hasBody: true,
    effect: 'write',
    idempotency: 'none',
    criticality: 'sheddable',
    params: [],
  },
  listDecisions: {
    capability: 'personalization',
    id: 'listDecisions',
    method: 'GET',
    path: '/personalization/v1/decisions',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
      { name: 'customerId', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  decideNextBestAction: {
    capability: 'personalization',
    id: 'decideNextBestAction',
    method: 'POST',
    path: '/personalization/v1/decisions',
    hasBody: true,
    effect: 'write',
    idempotency: 'optional',
    criticality: 'sheddable-plus',
    params: [],
  },
  explainDecision: {
    capability: 'personalization',
    id: 'explainDecision',
    method: 'GET',
    path: '/personalization/v1/decisions/{decisionId}/explanation',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'decisionId', in: 'path', style: 'simple', explode: false },
    ],
  },
  recordOutcome: {
    capability: 'personalization',
    id: 'recordOutcome',
    method: 'POST',
    path: '/personalization/v1/decisions/{decisionId}/outcomes',
    hasBody: true,
    effect: 'write',
    idempotency: 'none',
    params: [
      { name: 'decisionId', in: 'path', style: 'simple', explode: false },
    ],
  },
  getProfile: {
    capability: 'personalization',
    id: 'getProfile',
    method: 'GET',
    path: '/personalization/v1/profiles/{customerId}',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'customerId', in: 'path', style: 'simple', explode: false },
    ],
  },
  getPolicy: {
    capability: 'personalization',
    id: 'getPolicy',
    method: 'GET',
    path: '/personalization/v1/policy',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [],
  },
  savePolicyDraft: {
    capability: 'personalization',
    id: 'savePolicyDraft',
    method: 'PUT',
    path: '/personalization/v1/policy/draft',
    hasBody: true,
    effect: 'write',
    idempotency: 'optional',
    params: [],
  },
  listPolicyRevisions: {
    capability: 'personalization',
    id: 'listPolicyRevisions',
    method: 'GET',
    path: '/personalization/v1/policy/revisions',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  publishPolicy: {
    capability: 'personalization',
    id: 'publishPolicy',
    method: 'POST',
    path: '/personalization/v1/policy/revisions',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  previewDecision: {
    capability: 'personalization',
    id: 'previewDecision',
    method: 'POST',
    path: '/personalization/v1/decision-previews',
    hasBody: true,
    effect: 'read',
    idempotency: 'none',
    params: [],
  },
} as const satisfies Record<string, OperationDescriptor>;

/** Personalization: one function per operation. */
export function createPersonalization(client: Client): PersonalizationClient {
  return bindOperations<PersonalizationClient>(client, personalizationOperations);
}
