// Contexts of handlers, made from one exchange. Plain own properties of one fixed shape: accessors made per object would
// give each its own hidden class, which costs more than all stages before dispatch.

import type { BaseContext, Call, Log, OpenContext, ReadContext, Relations, WriteContext } from '../context.ts';
import { assert } from '../kernel/index.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import type { Db, Files } from '../ports/index.ts';
import type { LogFields } from '../telemetry/log-fields.ts';
import { logOf } from '../telemetry/log.ts';
import type { Trace } from '../telemetry/trace.ts';
import { traced, transactionSpan } from '../telemetry/tracer.ts';
import { note } from './position.ts';
import type { ExecutionServices } from './services.ts';

/** What every context of this request has. Own properties only, so that it may be spread into a wider one. */
export function baseContext(x: Exchange, services: ExecutionServices): BaseContext {
  return {
    operation: x.operation.key,
    principal: x.principal,
    clock: services.clock,
    ids: services.ids,
    random: (name) => services.random.stream(name),
    traceId: x.traceId,
    trace: x.trace,
    log: new RequestLog(x, services),
    owner: x.owner,
    onBehalfOf: x.onBehalfOf,
    expectedVersion: x.expectedVersion,
    decisionId: x.decisionId,
    deadlineMs: deadlineOf(x),
    release: x.principal.audience === 'staff' ? x.header('plinth-release') : undefined,
    progress: x.progress,
  };
}

/** The same context, for what happens within a span of its own. */
export function under(base: BaseContext, trace: Trace): BaseContext {
  return base.trace === trace ? base : { ...base, trace };
}

export function readContext(x: Exchange, services: ExecutionServices): ReadContext {
  return {
    operation: x.operation.key,
    principal: x.principal,
    clock: services.clock,
    ids: services.ids,
    random: (name) => services.random.stream(name),
    traceId: x.traceId,
    trace: x.trace,
    log: new RequestLog(x, services),
    owner: x.owner,
    onBehalfOf: x.onBehalfOf,
    expectedVersion: x.expectedVersion,
    decisionId: x.decisionId,
    deadlineMs: deadlineOf(x),
    release: x.principal.audience === 'staff' ? x.header('plinth-release') : undefined,
    progress: x.progress,
    // Without a store (mocks, benches) no handler reads rows; one that does ends as `internal`.
    db: services.database?.db as Db,
    files: services.files as Files,
    call: callOf(x, services, undefined),
    consents: services.consents,
    relations: services.relations as Relations,
  };
}

export function openContext(x: Exchange, services: ExecutionServices, key: string): OpenContext {
  const { database } = services;
  const base = baseContext(x, services);
  const transaction = async <T>(work: (ctx: WriteContext) => Promise<T>): Promise<T> => {
    assert(database !== undefined, 'a transaction needs a database');
    const { value, position } = await traced(services.tracer, base.trace, transactionSpan, (trace) =>
      database.transaction(async (tx) => {
        const unit = services.beginWrite(under(base, trace), tx);
        const value = await work(unit.context);
        return { value, position: await unit.flush() };
      }),
    );
    note(x, position);
    services.committed();
    return value;
  };
  return {
    ...base,
    key,
    callbacks: x.callbacks,
    call: callOf(x, services, key),
    consents: services.consents,
    db: database?.db as Db,
    settled: async (...asked) => {
      const end = await services.settled(...asked);
      note(x, end?.position);
      return end;
    },
    transaction,
  };
}

/** A job has its own; of a read it is not set yet when the handler begins. */
function deadlineOf(x: Exchange): number {
  return x.deadlineMs > 0 ? x.deadlineMs : x.startedMs + x.operation.timeoutMs;
}

/** Most handlers call nobody: the caller's principal is only made at the first call. */
function callOf(x: Exchange, services: ExecutionServices, key: string | undefined): Call {
  let call: Call | undefined;
  return (operation, input, options) => {
    const { principal, trace, language } = x;
    // Who writes has a key; a read leaves no position.
    const known = key === undefined ? undefined : x;
    call ??= services.callFor({ operation: x.operation.key, principal, trace, key, language, known });
    return call(operation, input, options);
  };
}

/** Lines that carry trace and operation by themselves. */
class RequestLog implements Log {
  readonly #x: Exchange;
  readonly #services: ExecutionServices;

  constructor(x: Exchange, services: ExecutionServices) {
    this.#x = x;
    this.#services = services;
  }

  info(message: string, fields?: LogFields): void {
    this.#log().info(message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log().warn(message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log().error(message, fields);
  }

  #log(): Log {
    return logOf(this.#services.logger, { trace: this.#x.traceId, operation: this.#x.operation.key });
  }
}
