// What the executor needs of the platform. The server fills it in; tests fill in less.

import type { BaseContext, Call, Consents, OpenContext, Relations, WriteContext } from '../context.ts';
import type { Clock, Ids, Random } from '../kernel/index.ts';
import type { Database, Files, Tx } from '../ports/index.ts';
import type { EdgeLogger } from '../telemetry/log.ts';
import type { Tracer } from '../telemetry/tracer.ts';
import type { CallerOf } from './call.ts';

/**
 * A write context over an open transaction. `flush` puts facts, jobs, workflow starts and audit into it, and gives the
 * position of the facts; undefined = there were none.
 */
export interface WriteUnit {
  context: WriteContext;
  flush(): Promise<number | undefined>;
}

export interface ExecutionServices {
  clock: Clock;
  ids: Ids;
  /** Root of all named streams. */
  random: Random;
  logger: EdgeLogger;
  /** undefined = nobody is told of spans. */
  tracer?: Tracer | undefined;
  /** undefined = no store at all (`plinth mock FILE`, benches): only mocks and handlers without data can run. */
  database: Database | undefined;
  /** undefined = files of forms come as bytes. */
  files?: Files | undefined;
  consents: Consents;
  /** undefined = nobody may act for another (mocks, tests). */
  relations?: Relations | undefined;
  /** The deployment's part of what stored secrets are sealed with. */
  sealingKey?: string | undefined;
  /** What this edge is told apart by from others of the same database. */
  edgeId?: string | undefined;
  /** Milliseconds the key of an orchestrating call stays taken without a heartbeat (15 s; a heartbeat every third of it). */
  leaseMs?: number | undefined;
  /** Builds the write context of a transaction (runtime/events). */
  beginWrite: (base: BaseContext, tx: Tx) => WriteUnit;
  /** Called after each commit that may have left facts: the relay publishes at once. */
  committed: () => void;
  /** Waits for a workflow's end (runtime/workflows). */
  settled: OpenContext['settled'];
  /** Calls made while serving `caller`; checks what the caller declared. */
  callFor: (caller: CallerOf) => Call;
}
