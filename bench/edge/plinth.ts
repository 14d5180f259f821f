// Our own pipeline as a compared server: the real contract with all stages it needs; without a store the handlers touch
// no rows, with one they are the real ones.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MemoryLimitStore } from '@plinth/adapters/memory';
import { openOtlp } from '@plinth/adapters/otlp';
import { newIds, seededRandom, systemClock } from '@plinth/runtime/kernel';
import {
  Authenticator,
  type Binding,
  createEdge,
  createLogger,
  lean,
  Metrics,
  operationsOf,
  readPlain,
  type ExecutionServices,
  Tracer,
} from '@plinth/runtime/pipeline';
import { customerId, getOrder, orderId, placeOrder, type NewOrder } from './job.ts';
import type { Setup } from './servers.ts';

/** The edge with what an operator watches: a log line and a span of each request, sent to a collector. */
export function telemetry(setup: Setup): Promise<number> {
  const exporter = openOtlp({
    url: setup.collector as string,
    service: 'bench',
    version: '1',
    lost: (error, spans) => console.error(`${spans} spans lost: ${error}`),
  });
  return start(setup, 'info', new Tracer(exporter));
}

/** Starts the edge on a free port. */
export function plinth(setup: Setup): Promise<number> {
  return start(setup, 'warn', undefined);
}

async function start(
  { contract, jwk, issuer, audience, store }: Setup,
  level: 'info' | 'warn',
  tracer: Tracer | undefined,
): Promise<number> {
  const limitStore = new MemoryLimitStore();
  const authenticator = new Authenticator({
    issuers: [{ issuer, audience, algorithms: ['ES256'], jwks: { keys: [jwk] } }],
    limits: limitStore,
  });
  const edge = createEdge({
    logger: createLogger(level),
    metrics: new Metrics(),
    authenticator,
    limitStore,
    services: { ...(store?.platform.services ?? withoutStore()), tracer },
    checkReplies: 'sampled',
  });
  for (const operation of contract.operations) {
    for (const limit of operation.policy.limits) limit.quota = 1_000_000_000;
    if (operation.policy.limits.length === 0)
      operation.policy.limits = [{ name: 'standard', per: 'principal', quota: 1_000_000_000, windowS: 60 }];
  }
  const real = store?.platform.edge.bindings.find((each) => each.contract.id === contract.id);
  edge.install([real === undefined ? { contract, ...light } : { ...real, contract }]);
  const server = createServer(lean, (request, response) => {
    if (!edge.handle(request, response)) edge.refuse(request, response, 'not-found');
  });
  readPlain(server, operationsOf(edge));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 511, resolve));
  return (server.address() as AddressInfo).port;
}

/** Known without asking, as the others' check of the order's `customerId`. */
const owners = new Map([[orderId, [customerId]]]);

/** The compared servers' own job, as handlers. */
const light: Omit<Binding, 'contract'> = {
  handlers: {
    placeOrder: {
      kind: 'read',
      run: (input: { body: NewOrder }) => ({ status: 201, body: placeOrder(input.body) }),
    },
    getOrder: {
      kind: 'read',
      run: (input: { orderId: string }) => ({ status: 200, body: getOrder(input.orderId) }),
    },
  },
  owners: { order: () => owners },
};

function withoutStore(): ExecutionServices {
  return {
    clock: systemClock,
    ids: newIds(systemClock),
    random: seededRandom(1),
    logger: createLogger('warn'),
    // Owner resolvers get a handle they do not use; no handler here writes rows.
    database: { db: {} } as never,
    consents: { has: nobody, list: nobody, set: nobody },
    beginWrite: nobody,
    committed: () => {},
    settled: nobody,
    callFor: nobody,
  };
}

function nobody(): never {
  throw new Error('this bench has no store');
}
