// Everything that happens after or beside a request, put together: relay, reactions, workflows, jobs, live updates and
// the sweeping of what is past its end. The server makes one per process; tests do, too.

import { sql } from 'kysely';
import type { Capability } from './capability.ts';
import type { BaseContext, Call, Log, OpenContext } from './context.ts';
import { type Consumers, createConsumers } from './events/consumers.ts';
import { createLive, type Live } from './events/live.ts';
import { sweepEvents } from './events/log-rows.ts';
import { createRelay, type Relay } from './events/relay.ts';
import { sweepDeliveries } from './events/webhooks/rows.ts';
import { createWebhookSender, type WebhookSender } from './events/webhooks/sender.ts';
import { createJobs, type Jobs } from './jobs/jobs.ts';
import { type Clock, fileLimits, type Ids, type Principal, type Random, repeat } from './kernel/index.ts';
import { sweepJobs } from './operations/jobs/rows.ts';
import { sweepKeys } from './operations/key-rows.ts';
import { sweepCalls } from './operations/upstream/calls.ts';
import { sweepQuotas } from './pipeline/plans/quota-book.ts';
import type { Database, Db, Files, Tx } from './ports/index.ts';
import type { Egress } from './security/egress.ts';
import { deleteRevocations } from './security/revocation-book.ts';
import { consents } from './store/consents.ts';
import { sweep } from './store/sweep.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Trace } from './telemetry/trace.ts';
import type { Tracer } from './telemetry/tracer.ts';
import { sweepUsage } from './telemetry/usage.ts';
import { beginWrite, type WorkServices, type WriteWork } from './work.ts';
import { createEngine, type Engine } from './workflows/engine.ts';
import { signalReactions } from './workflows/signals.ts';

const cleanMs = 600_000;
const settleRounds = 100;

export interface EventingOptions {
  database: Database;
  /** Of the same database, for pg-boss. undefined = no jobs (tests): enqueueing fails. */
  databaseUrl: string | undefined;
  /** undefined = there are none, and nothing to sweep. */
  files?: Files | undefined;
  clock: Clock;
  ids: Ids;
  random: Random;
  log: Log;
  /** `createCall` of the edge, which may be installed later than this. */
  callFor: (caller: { operation: string; principal: Principal; trace: Trace; key?: string | undefined }) => Call;
  /** Their reactions, workflows and jobs run in this process. */
  capabilities: readonly (Pick<Capability, 'reactions' | 'workflows' | 'jobs' | 'onWebhookNotice'> & {
    name?: string;
  })[];
  /** What webhooks and callbacks leave by; undefined = this process sends none. */
  egress?: Egress;
  metrics?: Pick<Metrics, 'count'>;
  /** undefined = nobody is told of spans. */
  tracer?: Tracer | undefined;
  /** See ConsumersOptions; tests shorten it. */
  retryAfterMs?: readonly number[];
}

export interface Eventing {
  /** For the executor: the write context of an open transaction. */
  beginWrite: (base: BaseContext, tx: Tx) => WriteWork;
  /** For the executor: a transaction committed. */
  committed: () => void;
  /** For the executor: waits for a workflow's end. */
  settled: OpenContext['settled'];
  services: WorkServices;
  relay: Relay;
  consumers: Consumers;
  engine: Engine;
  jobs: Jobs | undefined;
  live: Live;
  webhooks: WebhookSender | undefined;
  /**
   * Resolves when relay, reactions and workflows have nothing to do now (what is due later, and jobs, do not count).
   * Bounded. Tests and the seed loader.
   */
  quiet(): Promise<void>;
  /** Ends streams, then work under way (≤ 5 s each), then the relay. The database stays open. */
  close(): Promise<void>;
}

/** Starts everything; the database is migrated. Jobs start in the background (`jobs.ready`). */
export async function createEventing(options: EventingOptions): Promise<Eventing> {
  const { database, databaseUrl, clock, ids, random, log, callFor, capabilities } = options;
  const services: WorkServices = { database, clock, ids, random, log, consents, callFor, committed: () => undefined };
  services.tracer = options.tracer;
  services.files = options.files;
  services.count = options.metrics?.count.bind(options.metrics);
  const relay = await createRelay({ database, log });
  const live = createLive({ log: relay, logger: log, clock });
  const engine = createEngine({ services, workflows: capabilities.flatMap(({ workflows = [] }) => workflows) });
  const settled = engine.wait;
  const allJobs = capabilities.flatMap(({ jobs = [] }) => jobs);
  const jobs = databaseUrl === undefined ? undefined : createJobs({ services, databaseUrl, jobs: allJobs, settled });
  const webhooks = senderOf(options, services);
  services.startRuns = engine.startRuns;
  services.enqueueJobs = jobs?.enqueueJobs;
  services.committed = () => {
    relay.poke();
    engine.poke();
    jobs?.poke();
    webhooks?.poke();
  };
  const reactions = [
    ...capabilities.flatMap((capability) => capability.reactions ?? []),
    ...signalReactions(capabilities.flatMap(({ workflows = [] }) => workflows)),
  ];
  const { retryAfterMs } = options;
  const consumers = await createConsumers({
    services,
    relay,
    reactions,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
  let cleaning: Promise<void> | undefined;
  const stopCleaning = repeat(cleanMs, () => {
    cleaning ??= clean(database.db, clock.now(), options.files)
      .catch((error: unknown) => log.warn('cleaning paused', { error: String(error) }))
      .finally(() => {
        cleaning = undefined;
      });
  });
  return {
    beginWrite: (base, tx) => beginWrite(services, base, tx),
    committed: () => services.committed(),
    settled,
    services,
    relay,
    consumers,
    engine,
    jobs,
    live,
    webhooks,
    async quiet() {
      for (let round = 0; round < settleRounds; round++) {
        const before = await relay.head();
        await engine.settled();
        await consumers.settled();
        await engine.settled();
        await relay.settled();
        if ((await relay.head()) === before) return;
      }
    },
    async close() {
      stopCleaning();
      live.close();
      await Promise.all([jobs?.close(), engine.close(), consumers.close(), webhooks?.close()]);
      await relay.close();
    },
  };
}

function senderOf({ egress, log, capabilities }: EventingOptions, services: WorkServices): WebhookSender | undefined {
  if (egress === undefined) return undefined;
  const owner = capabilities.find(({ onWebhookNotice }) => onWebhookNotice !== undefined);
  const noticed =
    owner?.onWebhookNotice === undefined
      ? undefined
      : { name: `${owner.name ?? 'webhooks'}.on-webhook-notice`, run: owner.onWebhookNotice };
  return createWebhookSender({ services, egress, log, noticed, count: services.count });
}

/** Deletes what is past its end: facts, keys, deliveries, confirmations, sessions, loose files, … */
async function clean(db: Db, now: Temporal.Instant, files: Files | undefined): Promise<void> {
  await sweepEvents(db);
  await sweepKeys(db);
  await sweepJobs(db);
  await sweepCalls(db);
  await sweepUsage(db);
  await sweepQuotas(db);
  await sweep(db, deleteRevocations);
  await sweepDeliveries(db, now);
  await files?.sweep(fileLimits.looseS);
  await sweep(
    db,
    (most) => sql`
      delete from runtime.confirmation where id_hash in (
        select id_hash from runtime.confirmation where expires_at < now() - interval '1 day' limit ${most})`,
  );
  await sweep(
    db,
    (most) => sql`
      delete from runtime.session where id_hash in (
        select id_hash from runtime.session where expires_at < now() - interval '1 day' limit ${most})`,
  );
}
