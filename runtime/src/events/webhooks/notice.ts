// What the owner of webhook endpoints is told.

import type { WriteContext } from '../../context.ts';

/** Something the owner of an endpoint should know: it has failed for a day, or it is switched off. */
export interface WebhookNotice {
  kind: 'failing' | 'disabled';
  /** Uuid of the endpoint. */
  targetId: string;
  because: 'gone' | 'failing';
  failingSince: Temporal.Instant | null;
}

/** Runs in the transaction that records the attempt. */
export type OnWebhookNotice = (notice: WebhookNotice, ctx: WriteContext) => Promise<void>;
