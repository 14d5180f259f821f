// Made from contract.yaml, events.yaml and problems.yaml of Loyalty. Do not edit: change those and run
//   npm run generate

import type { Reply } from '@plinth/runtime';

export type Member = {
  customerId: string;
  points: number;
  heldPoints: number;
  /** Taken back after they were spent; the next points earned go there first. */
  owedPoints: number;
  tier: 'blue' | 'silver' | 'gold';
  pointsToNextTier: number | null;
};

export type Movement = {
  id: string;
  /** Negative when spent. */
  points: number;
  kind: 'earned' | 'redeemed' | 'returned' | 'reversed' | 'repaid';
  reason: string;
  at: string;
};

export type Redemption = {
  id: string;
  customerId: string;
  points: number;
  state: 'held' | 'captured' | 'released';
  reference: string;
};

/** Operations of this capability: input and declared answers. */
export interface LoyaltyOperations {
  /** See my points */
  'loyalty.getMember': {
    input: {
      /** Whose points; `me` is the caller. */
      customerId: string;
    };
    reply: Reply<200, Member>;
  };
  /** See where my points came from */
  'loyalty.listPointMovements': {
    input: {
      /** Whose points; `me` is the caller. */
      customerId: string;
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
    };
    reply: Reply<200, {
      items: Movement[];
      next: string | null;
    }>;
  };
  /** Give points */
  'loyalty.accruePoints': {
    input: {
      body: {
        customerId: string;
        points: number;
        /** What they are for; once per reference. */
        reference: string;
        reason: string;
      };
    };
    reply: Reply<201, Movement>;
  };
  /** Hold points to pay with */
  'loyalty.redeemPoints': {
    input: {
      body: {
        /** The caller may choose the new id (rdm_…). */
        id?: string | undefined;
        customerId: string;
        points: number;
        reference: string;
      };
    };
    reply: Reply<201, Redemption>;
  };
  /** Spend held points */
  'loyalty.captureRedemption': {
    input: {
      redemptionId: string;
    };
    reply: Reply<201, Redemption>;
  };
  /** Give held or spent points back */
  'loyalty.releaseRedemption': {
    input: {
      redemptionId: string;
    };
    reply: Reply<201, Redemption>;
  };
}

/** Facts this capability tells, with the shape of their data. */
export interface LoyaltyEvents {
  /** Points were given. */
  'points.earned': Movement;
  /** Points were spent. */
  'points.redeemed': Redemption;
  /** Spent or held points came back. */
  'points.returned': Redemption;
}

/** Problems this capability may answer. */
export interface LoyaltyProblems {
  /** 409: Not enough points */
  'loyalty.points-insufficient': true;
  /** 409: The redemption has ended */
  'loyalty.redemption-ended': true;
  /** 409: The redemption was already given up */
  'loyalty.already-released': true;
}

declare module '@plinth/runtime' {
  interface Operations extends LoyaltyOperations {}
  interface Events extends LoyaltyEvents {}
  interface Problems extends LoyaltyProblems {}
}
