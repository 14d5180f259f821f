import { type Db, inSchema } from '@plinth/runtime';
import type { Kysely } from 'kysely';

export interface MovementRow {
  id: string;
  customerId: string;
  /** Negative when spent. */
  points: bigint;
  kind: 'earned' | 'redeemed' | 'returned' | 'reversed' | 'repaid';
  reason: string;
  /** What it is for; once per kind. */
  reference: string;
  at: Temporal.Instant;
}

export interface RedemptionRow {
  id: string;
  /** Empty for the mark of a release that came before its redemption. */
  customerId: string;
  points: bigint;
  state: 'held' | 'captured' | 'released';
  reference: string;
  /** Hold in the book; null for a mark. */
  hold: string | null;
}

interface LoyaltyTables {
  movements: MovementRow;
  redemptions: RedemptionRow;
}

export function loyaltyDb(db: Db): Kysely<LoyaltyTables> {
  return inSchema<LoyaltyTables>(db, 'loyalty');
}
