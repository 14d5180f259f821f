// Signing by Standard Webhooks, and when to try again.

import type { Egress } from '@plinth/runtime';
import { Webhook } from 'standardwebhooks';
import type { Attempt } from './tables.ts';

/** Seconds before the n-th further attempt: 12 in all, about 52 hours. */
export const retryAfterS = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400] as const;

export interface Outgoing {
  url: string;
  secret: string;
  /** Id of the event; the same on every attempt. */
  eventId: string;
  payload: string;
  now: Temporal.Instant;
}

/** One attempt. 2xx alone is success; redirects are failures and never followed. */
export async function attemptDelivery(egress: Egress, out: Outgoing): Promise<Attempt & { ok: boolean }> {
  const seconds = Math.floor(out.now.epochMilliseconds / 1000);
  const signature = new Webhook(out.secret).sign(out.eventId, new Date(seconds * 1000), out.payload);
  const started = performance.now();
  const duration = (): number => Math.round(performance.now() - started);
  const at = out.now.toString();
  try {
    const { status } = await egress({
      url: out.url,
      method: 'POST',
      headers: {
        'content-type': 'application/cloudevents+json',
        'webhook-id': out.eventId,
        'webhook-timestamp': String(seconds),
        'webhook-signature': signature,
      },
      body: out.payload,
    });
    const ok = status >= 200 && status < 300;
    return { ok, at, status, outcome: ok ? 'delivered' : `answered ${status}`, durationMs: duration() };
  } catch (error) {
    return {
      ok: false,
      at,
      outcome: error instanceof Error ? error.message.slice(0, 200) : 'failed',
      durationMs: duration(),
    };
  }
}

/** When to try again after `attempts` tries; undefined = give up. */
export function nextAttempt(attempts: number, now: Temporal.Instant): Temporal.Instant | undefined {
  const wait = retryAfterS[attempts - 1];
  return wait === undefined ? undefined : now.add({ seconds: wait });
}
