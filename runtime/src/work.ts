// The write context over an open transaction, and what it leaves behind: facts, audit row, workflow starts and jobs,
// all in that very transaction. Used by the executor, reactions, workflow steps and jobs alike.

import { sql } from 'kysely';
import type { BaseContext, Call, Consents, Log, OpenContext, WriteContext } from './context.ts';
import { appendFacts, mostFacts, type OutboxFact } from './events/outbox.ts';
import {
  assert,
  crashPoint,
  isPlantedNow,
  servicePrincipal,
  type Clock,
  type Ids,
  type Principal,
  type Random,
} from './kernel/index.ts';
import type { Database, Files, Tx } from './ports/index.ts';
import { relations } from './store/relations.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { traceText, type Trace } from './telemetry/trace.ts';
import { traced, transactionSpan, type Tracer } from './telemetry/tracer.ts';
import type { AnyWorkflow } from './workflows/workflow.ts';

/** A run to start when the transaction commits. */
export interface WorkflowStart {
  workflow: AnyWorkflow;
  key: string;
  input: unknown;
}

/** A job to enqueue when the transaction commits. Same key while one waits = one job. */
export interface JobOrder {
  name: string;
  data: Record<string, unknown>;
  at?: Temporal.Instant;
  key?: string;
  /** Where it was ordered; absent = nobody in particular did. */
  trace?: Trace;
}

/** What a write context needs: who puts starts and jobs into a transaction is engine and job runner. */
export interface WriteServices {
  /** undefined = there are none, and nothing to delete. */
  files?: Files | undefined;
  consents: Consents;
  /** Writes the runs; they begin after the commit. */
  startRuns?: ((tx: Tx, starts: readonly WorkflowStart[], base: BaseContext) => Promise<void>) | undefined;
  enqueueJobs?: ((tx: Tx, jobs: readonly JobOrder[]) => Promise<void>) | undefined;
}

/** What the platform's own work (reactions, workflow steps, jobs) needs. The server makes one for all. */
export interface WorkServices extends WriteServices {
  database: Database;
  clock: Clock;
  ids: Ids;
  /** Root of all named streams. */
  random: Random;
  log: Log;
  /** Calls made for a caller; checks what the caller's capability declared. */
  callFor: (caller: { operation: string; principal: Principal; trace: Trace; key?: string | undefined }) => Call;
  /** Counts for `/metrics`: `plinth.inbox.duplicates`. */
  count?: Metrics['count'] | undefined;
  /** undefined = nobody is told of spans. */
  tracer?: Tracer | undefined;
  /** Told after each commit that may have left facts or starts: pokes relay and engine. */
  committed: () => void;
}

/** Work on one transaction. */
export interface WriteWork {
  context: WriteContext;
  /**
   * Writes what was emitted, started and enqueued since the last flush, and gives the position of its facts; undefined =
   * there were none. Call it last, inside the transaction.
   */
  flush(): Promise<number | undefined>;
}

/** Builds the write context of `tx`. Nothing is written before `flush`. */
export function beginWrite(services: WriteServices, base: BaseContext, tx: Tx): WriteWork {
  let facts: OutboxFact[] = [];
  let starts: WorkflowStart[] = [];
  let jobs: JobOrder[] = [];
  const source = `/${base.operation.split(/[.@]/, 1)[0]}`;
  const context: WriteContext = {
    ...base,
    db: tx,
    files: { delete: async (ids) => services.files?.delete(ids, tx) },
    consents: services.consents,
    relations,
    emit(type, fact) {
      assert(facts.length < mostFacts, 'a transaction emits at most 1,000 facts');
      facts.push({
        id: base.ids.uuid(),
        type,
        source,
        subject: fact.subject,
        customerId: fact.customerId,
        data: fact.data,
        traceId: base.traceId,
        trace: traceText(base.trace),
        decisionId: base.decisionId,
        channel: base.principal.channel,
        time: base.clock.now(),
      });
    },
    start(workflow, { key, input }) {
      starts.push({ workflow, key, input });
    },
    enqueue(job) {
      jobs.push(job);
    },
  };
  return {
    context,
    async flush() {
      const written = { facts, starts, jobs };
      facts = [];
      starts = [];
      jobs = [];
      const position = await appendFacts(tx, written.facts);
      await appendAudit(tx, base, written.facts);
      if (written.starts.length > 0) {
        assert(services.startRuns !== undefined, 'starting a workflow needs the engine');
        await services.startRuns(tx, written.starts, base);
      }
      if (written.jobs.length > 0) {
        assert(services.enqueueJobs !== undefined, 'enqueueing a job needs the job runner');
        const { trace } = base;
        await services.enqueueJobs(
          tx,
          written.jobs.map((job) => ({ ...job, trace })),
        );
      }
      crashPoint('write.flushed');
      return position;
    },
  };
}

/** Who did what, and which facts came of it. */
async function appendAudit(tx: Tx, base: BaseContext, facts: readonly OutboxFact[]): Promise<void> {
  if (isPlantedNow('audit.skipped')) return;
  const { principal } = base;
  const customerId = base.onBehalfOf ?? facts[0]?.customerId ?? principal.customerId ?? null;
  await sql`
    insert into runtime.audit
      (at, operation, issuer, subject, audience, actor, channel, customer_id, trace_id, decision_id, event_ids)
    values (${base.clock.now().toString()}, ${base.operation}, ${principal.issuer}, ${principal.subject},
      ${principal.audience}, ${JSON.stringify(principal.actor)}::jsonb, ${principal.channel}, ${customerId},
      ${base.traceId}, ${base.decisionId ?? null}, ${facts.map((fact) => fact.id)}::uuid[])`.execute(tx);
}

/** On whose behalf the platform works, and where the work came from. */
export interface Errand {
  /** `loyalty.on-order-placed`, `orders.fulfilOrder`: its first part is the capability. */
  name: string;
  customerId?: string | undefined;
  /** Where in a trace it goes on. */
  trace: Trace;
  decisionId?: string | undefined;
  channel?: string | undefined;
}

/** Base context of work that no request asked for at this moment: a service acting for the customer it concerns. */
export function serviceBase(services: WorkServices, errand: Errand): BaseContext {
  const { clock, ids, random, log } = services;
  const principal = servicePrincipal(errand.name.split('.', 1)[0] ?? errand.name, errand.customerId);
  return {
    operation: errand.name,
    principal:
      errand.channel === undefined ? principal : { ...principal, channel: errand.channel as Principal['channel'] },
    clock,
    ids,
    random: (name) => random.stream(name),
    traceId: errand.trace.traceId,
    trace: errand.trace,
    log,
    owner: undefined,
    expectedVersion: undefined,
    decisionId: errand.decisionId,
    progress: () => undefined,
  };
}

/** One transaction with a write context; what it left is flushed into it, and relay and engine are told afterwards. */
export async function inTransaction<T>(
  services: WorkServices,
  base: BaseContext,
  work: (ctx: WriteContext) => Promise<T>,
): Promise<T> {
  const result = await traced(services.tracer, base.trace, transactionSpan, (trace) =>
    services.database.transaction(async (tx) => {
      const unit = beginWrite(services, trace === base.trace ? base : { ...base, trace }, tx);
      const value = await work(unit.context);
      await unit.flush();
      return value;
    }),
  );
  services.committed();
  return result;
}

/** Context of a job: may call siblings and open transactions. `key` = business key of what it starts. */
export function serviceContext(
  services: WorkServices,
  { key, settled, ...errand }: Errand & { key: string; settled: OpenContext['settled'] },
): OpenContext {
  const base = serviceBase(services, errand);
  return {
    ...base,
    key,
    settled,
    consents: services.consents,
    db: services.database.db,
    call: services.callFor({ operation: errand.name, principal: base.principal, trace: errand.trace, key }),
    transaction: (work) => inTransaction(services, base, work),
  };
}
