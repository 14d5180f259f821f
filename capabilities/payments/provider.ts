import type { EventKey, OpenContext } from '@plinth/runtime';
import type { AttemptKind } from './tables.ts';

/** One thing asked of a provider. The same key twice is one effect there. */
export interface ProviderOrder {
  key: string;
  kind: AttemptKind;
  paymentId: string;
  method: string;
  amountMinor: bigint;
  currency: string;
}

export type ProviderAnswer =
  /** `theirs`: their reference of what was asked. */
  | { state: 'succeeded'; theirs?: string | undefined }
  | { state: 'declined'; because: string }
  /** It may or may not have happened: only asking again tells. */
  | { state: 'no-answer' };

export const declinedByBank = { state: 'declined', because: 'refused by the bank' } as const;

/** What a notice is about. The failures are of what counted as done before. */
export type NoticeSubject =
  | 'authorization'
  | 'capture'
  | 'captureFailure'
  | 'refund'
  | 'refundFailure'
  /** What was reserved is free: called off by us or by them, or too old. */
  | 'void'
  /** Called off or given back by somebody at the provider, whichever was possible. */
  | 'reversal'
  /** The bank takes money back for its customer; a second time when it does not accept our defence. */
  | 'chargeback'
  | 'secondChargeback'
  | 'chargebackReversal';

/** What became of an attempt, said by the provider unasked, once it knows. */
export interface ProviderNotice {
  /** Uuid of the payment. */
  paymentId: string;
  about: NoticeSubject;
  /** It happened; false = it was tried and did not. */
  isDone: boolean;
  /** Their reference of what was asked, or of what they did. */
  theirs: string;
  amountMinor: bigint;
  currency: string;
}

/** Whoever moves the money. Never called inside a transaction of ours. */
export interface Provider {
  name: string;
  /** Operations it calls, for the manifest. */
  calls?: readonly string[];
  knows(method: string): boolean;
  send(ctx: OpenContext, order: ProviderOrder): Promise<ProviderAnswer>;
  /** The event that carries its notices; undefined = it only ever answers. */
  notices?: { event: EventKey; read(data: unknown): ProviderNotice | undefined };
}
