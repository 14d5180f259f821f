import { type Db, inSchema } from '@plinth/runtime';
import type { Generated, Kysely } from 'kysely';
import type { PaymentState } from './generated.ts';

export type { PaymentState };

/** Amounts are minor units of `currency`. */
export interface PaymentRow {
  id: string;
  /** Idempotency key of the request that made it; null for marks and seeds. */
  key: string | null;
  /** Empty for a mark: an id that was given up before its payment arrived. */
  customerId: string;
  amountMinor: bigint;
  /** Certainly taken; with what is being asked at most the amount. */
  capturedMinor: bigint;
  /** Certainly given back; with what is being asked at most what was taken. */
  refundedMinor: bigint;
  currency: string;
  method: string;
  reference: string;
  state: PaymentState;
  declinedBecause: string | null;
  createdAt: Temporal.Instant;
  version: bigint;
}

export type AttemptKind = 'authorize' | 'capture' | 'refund' | 'void';

/**
 * One thing asked of the provider, committed before it is asked, so that nothing asked is ever forgotten; or done there by
 * somebody else, and then `succeeded` from the first.
 */
export interface AttemptRow {
  /** Sent to the provider: the same key is the same effect there. */
  providerKey: string;
  id: string;
  paymentId: string;
  kind: AttemptKind;
  amountMinor: bigint;
  /** `started` = asked and not answered: the amount is set aside until it is. `failed` = counted as done, and was not. */
  state: 'started' | 'succeeded' | 'declined' | 'failed';
  declinedBecause: string | null;
  /** The provider's reference of it; null = it has not said one. */
  theirs: string | null;
  at: Temporal.Instant;
}

/** What the simulated provider knows; real ones keep this for themselves. */
export interface SimulatorChargeRow {
  key: string;
  kind: AttemptKind;
  paymentId: string;
  amountMinor: bigint;
  currency: string;
  outcome: 'succeeded' | 'declined' | 'insufficient' | 'sca';
  /** Before this instant the provider does not say how it ended; null = it says so when asked. */
  answersAt: Temporal.Instant | null;
}

interface PaymentsTables {
  payments: Omit<PaymentRow, 'version'> & { version: Generated<bigint> };
  attempts: Omit<AttemptRow, 'declinedBecause' | 'theirs'> & {
    declinedBecause: Generated<string | null>;
    theirs: Generated<string | null>;
  };
  simulatorCharge: SimulatorChargeRow;
}

/** The handle narrowed to this capability's schema. */
export function paymentsDb(db: Db): Kysely<PaymentsTables> {
  return inSchema<PaymentsTables>(db, 'payments');
}
