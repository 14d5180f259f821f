// Made from contract.yaml, events.yaml and problems.yaml of Personalization. Do not edit: change those and run
//   npm run generate

import type { Reply } from '@plinth/runtime';

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

/** Operations of this capability: input and declared answers. */
export interface PersonalizationOperations {
  /** Record what a customer did */
  'personalization.recordSignals': {
    input: {
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
    };
    reply: Reply<202, {
      accepted: number;
      duplicates: number;
      withoutConsent: number;
      refused: {
        index: number;
        problem: string;
      }[];
    }>;
  };
  /** See recent decisions */
  'personalization.listDecisions': {
    input: {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      customerId?: string | undefined;
    };
    reply: Reply<200, {
      items: DecisionRecord[];
      next: string | null;
    }>;
  };
  /** Ask what to show next */
  'personalization.decideNextBestAction': {
    input: {
      body: {
        slots: string[];
        /** Staff and services only. */
        customerId?: string | undefined;
        /** What the channel knows: task, basket, country. */
        context?: {
          [key: string]: unknown;
        } | undefined;
      };
    };
    reply: Reply<201, Decision>;
  };
  /** See why a suggestion was made */
  'personalization.explainDecision': {
    input: {
      decisionId: string;
    };
    reply: Reply<200, DecisionRecord>;
  };
  /** Say what became of a suggestion */
  'personalization.recordOutcome': {
    input: {
      decisionId: string;
      body: {
        actionId: string;
        kind: 'shown' | 'accepted' | 'refused' | 'never';
        reason?: string | undefined;
      };
    };
    reply: Reply<201, {
      recorded: boolean;
    }>;
  };
  /** See what we noticed about me */
  'personalization.getProfile': {
    input: {
      customerId: string;
    };
    reply: Reply<200, {
      customerId: string;
      features: {
        name: string;
        words: string;
        value: unknown;
      }[];
      stale?: Stale | undefined;
    }>;
  };
  /** See offers and rules in force */
  'personalization.getPolicy': {
    input: {};
    reply: Reply<200, PolicyState>;
  };
  /** Save a draft of offers and rules */
  'personalization.savePolicyDraft': {
    input: {
      body: {
        /** Revision the draft is based on. */
        base: number;
        actions: Action[];
      };
    };
    reply: Reply<200, PolicyState>;
  };
  /** See earlier revisions */
  'personalization.listPolicyRevisions': {
    input: {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
    };
    reply: Reply<200, {
      items: {
        revision: number;
        publishedAt: string;
        publishedBy: string;
        note: string;
      }[];
      next: string | null;
    }>;
  };
  /** Publish the draft */
  'personalization.publishPolicy': {
    input: {
      body: {
        note: string;
        restore?: number | undefined;
      };
    };
    reply: Reply<201, PolicyState>;
  };
  /** Try offers and rules on a person */
  'personalization.previewDecision': {
    input: {
      body: {
        customerId: string;
        slots: string[];
        draft?: boolean | undefined;
        context?: {
          [key: string]: unknown;
        } | undefined;
      };
    };
    reply: Reply<200, DecisionRecord>;
  };
}

/** Facts this capability tells, with the shape of their data. */
export interface PersonalizationEvents {
  /** A suggestion was shown */
  'decision.outcome': {
    decisionId: string;
    actionId: string;
    kind: string;
  };
  /** Offers and rules changed for everybody. */
  'policy.published': {
    revision: number;
  };
}

/** Problems this capability may answer. */
export interface PersonalizationProblems {
  /** 422: No such slot */
  'personalization.slot-unknown': true;
  /** 422: The draft cannot be used */
  'personalization.policy-invalid': true;
  /** 409: Somebody published in between */
  'personalization.policy-stale-base': true;
  /** 409: There is nothing to publish */
  'personalization.no-draft': true;
}

declare module '@plinth/runtime' {
  interface Operations extends PersonalizationOperations {}
  interface Events extends PersonalizationEvents {}
  interface Problems extends PersonalizationProblems {}
}
