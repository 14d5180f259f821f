// Our own pipeline as a compared server: the real contract, all stages it needs, no store.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MemoryLimitStore } from '@plinth/adapters/memory';
import { newIds, seededRandom, systemClock } from '@plinth/runtime/kernel';
import { Authenticator, createEdge, createLogger, Metrics, type ExecutionServices } from '@plinth/runtime/pipeline';
import { customerId, getOrder, placeOrder, type NewOrder } from './job.ts';
import type { Setup } from './servers.ts';

/** Starts the edge with handlers that touch no rows. */
export async function plinth({ contract, jwk, issuer, audience }: Setup): Promise<number> {
  const limitStore = new MemoryLimitStore();
  const logger = createLogger('warn');
  const authenticator = new Authenticator({
    issuers: [{ issuer, audience, algorithms: ['ES256'], jwks: { keys: [jwk] } }],
    limits: limitStore,
  });
  const services: ExecutionServices = {
    clock: systemClock,
    ids: newIds(systemClock),
    random: seededRandom(1),
    logger,
    // Owner resolvers get a handle they do not use; no handler here writes rows.
    database: { db: {} } as never,
    consents: { has: nobody, list: nobody, set: nobody },
    beginWrite: nobody,
    committed: () => {},
    settled: nobody,
    callFor: nobody,
  };
  const edge = createEdge({
    logger,
    metrics: new Metrics(),
    authenticator,
    limitStore,
    services,
    checkReplies: 'sampled',
  });
  for (const operation of contract.operations) {
    for (const limit of operation.policy.limits) limit.quota = 1_000_000_000;
    if (operation.policy.limits.length === 0)
      operation.policy.limits = [{ name: 'standard', per: 'principal', quota: 1_000_000_000, windowS: 60 }];
  }
  edge.install([
    {
      contract,
      handlers: {
        placeOrder: {
          kind: 'read',
          run: async (input: { body: NewOrder }) => ({ status: 201, body: placeOrder(input.body) }),
        },
        getOrder: {
          kind: 'read',
          run: async (input: { orderId: string }) => ({ status: 200, body: getOrder(input.orderId) }),
        },
      },
      owners: { order: (ids) => Promise.resolve(new Map(ids.map((id) => [id, [customerId]]))) },
    },
  ]);
  const server = createServer({ optimizeEmptyRequests: true }, (request, response) => {
    if (!edge.handle(request, response)) edge.refuse(request, response, 'not-found');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 511, resolve));
  return (server.address() as AddressInfo).port;
}

function nobody(): never {
  throw new Error('this bench has no store');
}
