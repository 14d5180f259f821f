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
  | { state: 'succeeded' }
  | { state: 'declined'; because: string }
  /** It may or may not have happened: only asking again tells. */
  | { state: 'no-answer' };

/** What became of an authorization, said by the provider unasked, once it knows. */
export interface ProviderNotice {
  /** Uuid of the payment. */
  paymentId: string;
  answer: Exclude<ProviderAnswer, { state: 'no-answer' }>;
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
