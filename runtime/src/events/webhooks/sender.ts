// Sends deliveries. The row is the truth: it is taken under a lease, sent, and only then recorded, so a process that
// dies in between sends again, with the same id. Idle, it costs one query a second.

import type { Log } from '../../context.ts';
import { crashPoint, elapsedMs, type Random, repeat } from '../../kernel/index.ts';
import type { Tx } from '../../ports/index.ts';
import type { Egress } from '../../security/egress.ts';
import { signatureHeaders } from '../../security/webhook-signature.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { readTrace, traceparentOf, type Trace } from '../../telemetry/trace.ts';
import { traced } from '../../telemetry/tracer.ts';
import { beginWrite, serviceBase, type WorkServices } from '../../work.ts';
import type { OnWebhookNotice, WebhookNotice } from './notice.ts';
import * as rows from './rows.ts';
import { disableAfterS, judge, noticeAfterS, secondsBetween, type Verdict } from './schedule.ts';

/** Attempts under way in one process. */
const mostUnderWay = 32;
const sweepMs = 1000;
const mostAnswerLetters = 2000;
const mostOutcomeLetters = 200;

export interface SenderOptions {
  services: WorkServices;
  egress: Egress;
  log: Log;
  /** Gets `plinth.webhook.attempts {result}`. */
  count?: Metrics['count'] | undefined;
  /** Told in the transaction that records the attempt: whoever owns the endpoints, by name. */
  noticed?: { name: string; run: OnWebhookNotice } | undefined;
}

export interface WebhookSender {
  /** Something was committed: look for deliveries now. */
  readonly poke: () => void;
  /** Sends what is due now, and what becomes due by it; resolves when nothing is under way. Tests and `settled`. */
  settled(): Promise<void>;
  /** Takes nothing more and waits for what is under way (an attempt ends within 15 s). */
  close(): Promise<void>;
}

/** Starts sending. */
export function createWebhookSender(options: SenderOptions): WebhookSender {
  return new Sender(options);
}

class Sender implements WebhookSender {
  readonly #options: SenderOptions;
  readonly #random: Random;
  readonly #underWay = new Set<Promise<void>>();
  readonly #stopSweep: () => void;
  #looking: Promise<void> | undefined;
  #again = false;
  #isClosed = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#random = options.services.random.stream('webhooks');
    this.#stopSweep = repeat(sweepMs, this.poke);
  }

  readonly poke = (): void => {
    if (this.#isClosed) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined;
      if (this.#again) this.poke();
    });
  };

  async settled(): Promise<void> {
    this.poke();
    while (this.#looking !== undefined || this.#underWay.size > 0) {
      await this.#looking;
      await Promise.all(this.#underWay);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#again = false;
    this.#stopSweep();
    await this.#looking;
    await Promise.all(this.#underWay);
  }

  /** Takes deliveries as long as there are some and room for them. */
  async #look(): Promise<void> {
    this.#again = false;
    const { services, log } = this.#options;
    try {
      for (let room = mostUnderWay; room > 0 && !this.#isClosed;) {
        room = mostUnderWay - this.#underWay.size;
        if (room <= 0) return;
        const taken = await services.database.transaction((tx) => rows.takeDeliveries(tx, services.clock.now(), room));
        if (taken.length === 0) return;
        for (const delivery of taken) this.#begin(delivery);
      }
    } catch (error) {
      // The rows are safe; the next sweep looks again.
      if (!this.#isClosed) log.warn('webhooks paused', { error: String(error) });
    }
  }

  #begin(delivery: rows.TakenDelivery): void {
    const work = this.#deliver(delivery)
      .catch((error: unknown) => {
        // Not recorded: the lease runs out, and it is sent again.
        this.#options.log.warn('webhook attempt not recorded', { delivery: delivery.id, error: String(error) });
      })
      .finally(() => {
        this.#underWay.delete(work);
        this.poke();
      });
    this.#underWay.add(work);
  }

  #deliver(delivery: rows.TakenDelivery): Promise<void> {
    const { tracer } = this.#options.services;
    const about = {
      name: 'webhook',
      kind: 'client',
      attributes: { 'plinth.event': delivery.eventType, 'plinth.attempt': delivery.tries + 1 },
    } as const;
    return traced(tracer, readTrace(delivery.trace), about, (trace) => this.#attempt(delivery, trace));
  }

  async #attempt(delivery: rows.TakenDelivery, trace: Trace): Promise<void> {
    const { services, count } = this.#options;
    const at = services.clock.now();
    const startedMs = elapsedMs();
    const sent = await this.#send(delivery, at, trace);
    crashPoint('webhook.sent');
    const now = services.clock.now();
    const tries = delivery.tries + 1;
    const verdict = judge(sent, {
      tries,
      firstAt: delivery.firstAt ?? at,
      retryForS: delivery.retryForS ?? undefined,
      now,
      chance: this.#random.next(),
    });
    count?.('plinth.webhook.attempts', { result: verdict.kind });
    const attempt: rows.DeliveryAttempt = {
      at: at.toString(),
      ...(sent.status === undefined ? {} : { status: sent.status }),
      outcome: verdict.kind === 'delivered' ? 'delivered' : sent.outcome,
      durationMs: Math.round(elapsedMs() - startedMs),
    };
    await services.database.transaction((tx) => this.#record(tx, delivery, { verdict, attempt, answer: sent.answer }));
    crashPoint('webhook.recorded');
    if (verdict.kind !== 'delivered') services.committed();
  }

  async #send(delivery: rows.TakenDelivery, at: Temporal.Instant, trace: Trace) {
    const { url, eventId: id, mediaType, body, secrets } = delivery;
    const seconds = Math.floor(at.epochMilliseconds / 1000);
    try {
      if (secrets.length === 0) throw new Error('there is no signing secret any more');
      // `tracestate` speaks of systems of ours: it stays inside.
      const traceparent = traceparentOf(trace);
      const headers = { 'content-type': mediaType, traceparent, ...signatureHeaders(secrets, { id, seconds, body }) };
      const answer = await this.#options.egress({ url, method: 'POST', headers, body });
      const { status } = answer;
      const retryAfter = answer.headers['retry-after'];
      return { status, retryAfter, outcome: `answered ${status}`, answer: answer.body.slice(0, mostAnswerLetters) };
    } catch (error) {
      const outcome = (error instanceof Error ? error.message : 'failed').slice(0, mostOutcomeLetters);
      return { status: undefined, retryAfter: undefined, outcome, answer: undefined };
    }
  }

  async #record(
    tx: Tx,
    delivery: rows.TakenDelivery,
    { verdict, attempt, answer }: { verdict: Verdict; attempt: rows.DeliveryAttempt; answer: string | undefined },
  ): Promise<void> {
    const now = this.#options.services.clock.now();
    const state = verdict.kind === 'delivered' ? 'delivered' : verdict.kind === 'again' ? 'pending' : 'dead';
    const again = verdict.kind === 'again' ? verdict.at : undefined;
    // PostgreSQL keeps no NUL in a text.
    const shown = answer?.replaceAll('\u0000', '\uFFFD');
    if (!(await rows.recordAttempt(tx, delivery, { attempt, state, again, now, answer: shown }))) return;
    if (verdict.kind === 'delivered') return rows.countSuccess(tx, delivery.targetId);
    const target = await rows.countFailure(tx, delivery.targetId, now);
    if (target !== undefined) await this.#follow(tx, delivery, { target, isGone: verdict.kind === 'gone' });
  }

  /** What a failure means for the address: a notice after a day of nothing else, the end after five. */
  async #follow(
    tx: Tx,
    delivery: rows.TakenDelivery,
    { target, isGone }: { target: rows.TargetAfter; isGone: boolean },
  ): Promise<void> {
    const now = this.#options.services.clock.now();
    const trace = readTrace(delivery.trace);
    const failingS = target.failingSince === null ? 0 : secondsBetween(target.failingSince, now);
    if (target.state === 'disabled') {
      // Another attempt switched it off while this one was under way.
      await rows.endWaiting(tx, target.id, now);
    } else if (isGone || failingS >= disableAfterS) {
      const because = isGone ? 'gone' : 'failing';
      await rows.disableTarget(tx, target.id, because, now);
      await this.#tell(tx, target, { kind: 'disabled', because, trace });
    } else if (failingS >= noticeAfterS && target.noticedAt === null) {
      await rows.markNoticed(tx, target.id, now);
      await this.#tell(tx, target, { kind: 'failing', because: 'failing', trace });
    }
  }

  async #tell(
    tx: Tx,
    { id, kind, failingSince }: rows.TargetAfter,
    { trace, ...notice }: Pick<WebhookNotice, 'kind' | 'because'> & { trace: Trace },
  ): Promise<void> {
    const { services, log, noticed } = this.#options;
    log.warn('webhook address fails', { target: id, ...notice });
    // A callback's address belongs to a call, and nobody watches over it.
    if (kind !== 'endpoint' || noticed === undefined) return;
    const base = serviceBase(services, { name: noticed.name, trace });
    const work = beginWrite(services, base, tx);
    await noticed.run({ ...notice, targetId: id, failingSince }, work.context);
    await work.flush();
  }
}
