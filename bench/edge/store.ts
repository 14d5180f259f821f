// The real capabilities behind the compared servers: each process has a database of its own with the seeded world.

import { randomUUID } from 'node:crypto';
import { MemoryLimitStore } from '@plinth/adapters/memory';
import { openPostgres } from '@plinth/adapters/postgres';
import {
  type LimitStore,
  type OpenContext,
  servicePrincipal,
  systemClock,
  worldProducts,
  worldPurchases,
} from '@plinth/runtime';
import { sql } from 'kysely';
import { openContext, readContext } from '../../runtime/src/operations/contexts.ts';
import type { Exchange } from '../../runtime/src/pipeline/exchange.ts';
import { newTrace } from '../../runtime/src/telemetry/trace.ts';
import { readConfig } from '../../server/src/config.ts';
import { createPlatform, type Platform } from '../../server/src/platform.ts';
import type { NewOrder, Job, Order } from './job.ts';

export const usualDatabase = 'postgres://postgres@127.0.0.1:5432/postgres';

export interface Store {
  platform: Platform;
  /** The real handlers, called without the pipeline. */
  job: Job;
  close(): Promise<void>;
}

/** Whose order is read and who places new ones; the same in every process. */
export function storedOrder(): { customer: string; order: string; newOrder: NewOrder } {
  const purchase = worldPurchases(240, monthStart()).find(({ state }) => state === 'fulfilled');
  if (purchase === undefined) throw new Error('the world has no fulfilled order');
  return {
    customer: purchase.customer.id,
    order: purchase.orderId,
    newOrder: {
      lines: worldProducts()
        .slice(0, 28)
        .map(({ sku }) => ({ sku, quantity: 1 })),
      payment: { method: 'card_ok', points: 0 },
    },
  };
}

/** Makes database, world and plenty of stock in `url`'s server. `close` drops the database. */
export async function openStore(url: string): Promise<Store> {
  const admin = await openPostgres({ url, poolSize: 1 });
  const own = new URL(url);
  own.pathname = `/plinth_edge_${process.pid}`;
  const name = own.pathname.slice(1);
  await sql.raw(`create database ${name}`).execute(admin.db);
  // Seven servers stand beside each other, and PostgreSQL has a hundred connections by default.
  const database = await openPostgres({ url: own.href, poolSize: 6 });
  const platform = await createPlatform({
    config: readConfig({ demo: true }, { LOG_LEVEL: 'silent' }),
    database,
    databaseUrl: own.href,
    mail: { send: () => Promise.resolve(), close: () => Promise.resolve() },
    clock: systemClock,
    limits: wideLimits(),
  });
  for (const { sku } of storedOrder().newOrder.lines) {
    const { status, body } = await platform.edge.invoke({
      operation: 'inventory.receiveStock',
      principal: servicePrincipal('bench'),
      idempotencyKey: randomUUID(),
      input: { body: { sku, quantity: 1_000_000 } },
    });
    if (status !== 201) throw new Error(`no stock of ${sku}: ${JSON.stringify(body)}`);
  }
  return {
    platform,
    job: jobOf(platform),
    async close() {
      await platform.close();
      await database.close();
      await sql.raw(`drop database ${name} with (force)`).execute(admin.db);
      await admin.close();
    },
  };
}

/** Counted as always, but an order's calls to its siblings are more in a second than a person makes in a day. */
function wideLimits(): LimitStore {
  const store = new MemoryLimitStore();
  return { take: (key, { quota, windowS }, nowMs) => store.take(key, { quota: quota * 1_000_000, windowS }, nowMs) };
}

interface Handlers {
  getOrder: (input: unknown, context: unknown) => Promise<{ body: Order }>;
  placeOrder: (input: unknown, context: OpenContext) => Promise<{ status: number; body: Order }>;
}

function jobOf({ edge, services }: Platform): Job {
  const orders = edge.bindings.find(({ contract }) => contract.id === 'orders');
  const { getOrder, placeOrder } = Object.fromEntries(
    Object.entries(orders?.handlers ?? {}).map(([id, { run }]) => [id, run]),
  ) as unknown as Handlers;
  const { customer } = storedOrder();
  return {
    getOrder: async (orderId) => {
      const { body } = await getOrder({ orderId }, readContext(asked('orders.getOrder', customer), services));
      return body;
    },
    placeOrder: async (order, key) => {
      const context = openContext(asked('orders.placeOrder', customer), services, `bench/${key}`);
      const { status, body } = await placeOrder({ body: order }, context);
      if (status === undefined || status >= 300) throw new Error(`the order was refused: ${JSON.stringify(body)}`);
      return body;
    },
  };
}

const trace = newTrace();

/** What contexts are made from, without a request. */
function asked(key: string, customer: string): Exchange {
  return {
    operation: { key },
    principal: servicePrincipal('bench', customer),
    traceId: trace.traceId,
    trace,
    owner: customer,
  } as Exchange;
}

function monthStart(): Temporal.PlainDate {
  return Temporal.Now.plainDateISO('UTC').with({ day: 1 });
}
