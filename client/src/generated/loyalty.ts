// Made from contract.yaml (Loyalty 1.0.0). Do not edit: change the contract and run
//   npm run generate

import { bindOperations, type Client, type OperationCall, type PagedCall, type OperationDescriptor } from '../index.ts';

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

export interface LoyaltyClient {
  /** See my points */
  getMember: OperationCall<
    {
      /** Whose points; `me` is the caller. */
      customerId: string;
    },
    Member
  >;
  /** See where my points came from */
  listPointMovements: PagedCall<
    {
      /** Whose points; `me` is the caller. */
      customerId: string;
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
    },
    {
      items: Movement[];
      next: string | null;
    },
    'items'
  >;
  /** Give points */
  accruePoints: OperationCall<
    {
      body: {
        customerId: string;
        points: number;
        /** What they are for; once per reference. */
        reference: string;
        reason: string;
      };
    },
    Movement
  >;
  /** Hold points to pay with */
  redeemPoints: OperationCall<
    {
      body: {
        /** The caller may choose the new id (rdm_…). */
        id?: string | undefined;
        customerId: string;
        points: number;
        reference: string;
      };
    },
    Redemption,
    'loyalty.points-insufficient' | 'loyalty.already-released'
  >;
  /** Spend held points */
  captureRedemption: OperationCall<
    {
      redemptionId: string;
    },
    Redemption,
    'loyalty.redemption-ended'
  >;
  /** Give held or spent points back */
  releaseRedemption: OperationCall<
    {
      redemptionId: string;
    },
    Redemption,
    'loyalty.redemption-ended'
  >;
}

/** The operations as data, for `client.call`. */
export const loyaltyOperations = {
  getMember: {
    capability: 'loyalty',
    id: 'getMember',
    method: 'GET',
    path: '/loyalty/v1/members/{customerId}',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'customerId', in: 'path', style: 'simple', explode: false },
    ],
  },
  listPointMovements: {
    capability: 'loyalty',
    id: 'listPointMovements',
    method: 'GET',
    path: '/loyalty/v1/members/{customerId}/movements',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'customerId', in: 'path', style: 'simple', explode: false },
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  accruePoints: {
    capability: 'loyalty',
    id: 'accruePoints',
    method: 'POST',
    path: '/loyalty/v1/accruals',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  redeemPoints: {
    capability: 'loyalty',
    id: 'redeemPoints',
    method: 'POST',
    path: '/loyalty/v1/redemptions',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  captureRedemption: {
    capability: 'loyalty',
    id: 'captureRedemption',
    method: 'POST',
    path: '/loyalty/v1/redemptions/{redemptionId}/captures',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'redemptionId', in: 'path', style: 'simple', explode: false },
    ],
  },
  releaseRedemption: {
    capability: 'loyalty',
    id: 'releaseRedemption',
    method: 'POST',
    path: '/loyalty/v1/redemptions/{redemptionId}/releases',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'redemptionId', in: 'path', style: 'simple', explode: false },
    ],
  },
} as const satisfies Record<string, OperationDescriptor>;

/** Loyalty: one function per operation. */
export function createLoyalty(client: Client): LoyaltyClient {
  return bindOperations<LoyaltyClient>(client, loyaltyOperations);
}
