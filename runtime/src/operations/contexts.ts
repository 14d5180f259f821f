// Contexts of handlers, made from one exchange. They are cheap: what a handler may never use is not built.

import type { BaseContext, OpenContext, ReadContext } from '../context.ts';
import { assert } from '../kernel/index.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import type { Db } from '../ports/index.ts';
import { logOf } from '../telemetry/access-log.ts';
import type { ExecutionServices } from './services.ts';

/** What every context of this request has. */
export function baseContext(x: Exchange, services: ExecutionServices): BaseContext {
  return {
    operation: x.operation.key,
    principal: x.principal,
    clock: services.clock,
    ids: services.ids,
    random: (name) => services.random.stream(name),
    traceId: x.traceId,
    get log() {
      return logOf(services.logger, { trace: x.traceId, operation: x.operation.key });
    },
    owner: x.owner,
    expectedVersion: x.expectedVersion,
    decisionId: x.decisionId,
  };
}

export function readContext(x: Exchange, services: ExecutionServices): ReadContext {
  const { database, consents } = services;
  return Object.defineProperties(baseContext(x, services), {
    db: { get: () => handle(database?.db) },
    call: { get: () => services.callFor(callerOf(x)) },
    consents: { value: consents },
  }) as ReadContext;
}

export function openContext(x: Exchange, services: ExecutionServices, key: string): OpenContext {
  const { database, consents } = services;
  const base = baseContext(x, services);
  const more: Omit<OpenContext, keyof BaseContext> = {
    key,
    consents,
    call: services.callFor({ ...callerOf(x), key }),
    get db() {
      return handle(database?.db);
    },
    settled: services.settled,
    transaction: async (work) => {
      assert(database !== undefined, 'a transaction needs a database');
      const result = await database.transaction(async (tx) => {
        const unit = services.beginWrite(base, tx);
        const value = await work(unit.context);
        await unit.flush();
        return value;
      });
      services.committed();
      return result;
    },
  };
  return Object.defineProperties(base, Object.getOwnPropertyDescriptors(more)) as OpenContext;
}

function callerOf(x: Exchange): { operation: string; principal: Exchange['principal']; traceId: string } {
  return { operation: x.operation.key, principal: x.principal, traceId: x.traceId };
}

function handle(db: Db | undefined): Db {
  assert(db !== undefined, 'a handler that reads rows needs a database');
  return db;
}
