// Orders that were placed and then could not be kept: they are called off, and everything goes back.

import { accounts } from '@plinth/capabilities/accounts';
import { catalogue } from '@plinth/capabilities/catalogue';
import { customers } from '@plinth/capabilities/customers';
import { inventory } from '@plinth/capabilities/inventory';
import { loyalty } from '@plinth/capabilities/loyalty';
import { orders } from '@plinth/capabilities/orders';
import { payments } from '@plinth/capabilities/payments';
import {
  type AnyWorkflow,
  type Capability,
  newIds,
  problem,
  servicePrincipal,
  systemClock,
  workflow,
  worldCustomers,
  write,
} from '@plinth/runtime';
import { atEase, eventually, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { readConfig } from '../server/src/config.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';
import { audit } from '../server/src/world.ts';
import { aSeededDatabase } from './seeded.ts';

type Failure = 'refused-points' | 'before take-points' | 'before take-money' | 'at the end' | undefined;
let failure: Failure;

/** The code breaks at a place of the fulfilment. */
function breaking(own: AnyWorkflow): AnyWorkflow {
  if (own.name !== 'orders.fulfilOrder') return own;
  return workflow(own.name, own.version, async (step, input: unknown) => {
    const call = step.call.bind(step);
    step.call = (async (name: string, ...rest: [never, never]) => {
      if (failure === `before ${name}`) throw new Error('a fault of ours');
      return call(name, ...rest);
    }) as typeof step.call;
    await own.run(step, input);
    if (failure === 'at the end') throw new Error('a fault of ours');
  });
}

const capture = loyalty.handlers?.['captureRedemption'];
const refusingLoyalty: Capability = {
  ...loyalty,
  handlers: {
    ...loyalty.handlers,
    captureRedemption: write(async (input: never, ctx) =>
      failure === 'refused-points'
        ? problem('loyalty.redemption-ended', { state: 'released' })
        : capture?.run(input, ctx as never),
    ),
  },
};
const capabilities: Capability[] = [
  customers,
  catalogue,
  { ...orders, workflows: (orders.workflows ?? []).map(breaking) },
  inventory,
  payments,
  refusingLoyalty,
  accounts,
];
const today = Temporal.Now.plainDateISO('UTC').with({ day: 1 });
const [ada = ''] = worldCustomers(1, today).map(({ id }) => id);
const ids = newIds(systemClock);
const service = servicePrincipal('test');
let database: TestDatabase;
let platform: Platform;

beforeAll(async () => {
  database = await aSeededDatabase();
  platform = await createPlatform({
    config: readConfig({ demo: true, ephemeral: true }, { LOG_LEVEL: 'silent' }),
    database,
    databaseUrl: database.url,
    mail: { send: () => Promise.resolve(), close: () => Promise.resolve() },
    clock: systemClock,
    load: atEase,
    capabilities,
  });
  await platform.settled();
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(() => (failure = undefined));

interface Story {
  how?: Failure;
  payWith: { method: string; points?: number };
  /** State of the payment at the end, and what succeeded at the provider. */
  paid: string;
  charges: string[];
}
const points = { method: 'card_ok', points: 50 };
const freed = { paid: 'cancelled', charges: ['authorize', 'void'] };
const paidBack = { paid: 'refunded', charges: ['authorize', 'capture', 'refund'] };

it.each<[string, Story]>([
  ['the bank does not give the money', { payWith: { method: 'card_capture_declined' }, ...freed }],
  ['the points are gone', { how: 'refused-points', payWith: points, ...freed }],
  ['the code breaks before the points are taken', { how: 'before take-points', payWith: points, ...freed }],
  ['the code breaks before the money is taken', { how: 'before take-money', payWith: points, ...freed }],
  ['the code breaks after the money was taken', { how: 'at the end', payWith: { method: 'card_ok' }, ...paidBack }],
  ['the code breaks after all was taken', { how: 'at the end', payWith: points, ...paidBack }],
])('%s: the order is called off and paid back once', async (_, { how, payWith, paid, charges }) => {
  failure = how;
  const before = await look();
  const placed = await as('orders.placeOrder', {
    body: { lines: [{ sku: 'KETTLE-17', quantity: 2 }], payment: payWith },
  });
  expect(placed.status).toBe(201);
  const { id, paymentId } = placed.body as { id: string; paymentId: string };
  await eventually('the order is cancelled', 20_000, async () => (await order(id)).state === 'cancelled');
  await platform.settled();
  expect(await facts(id)).toEqual(['order.received', 'order.placed', 'order.cancelled']);
  expect(await look()).toEqual(before);
  expect((await ask('payments.getPayment', { paymentId })).body).toMatchObject({ state: paid });
  const { rows } = await sql<{ kind: string; outcome: string }>`
    select c.kind, c.outcome from payments.simulator_charge c join payments.payments p on p.id = c.payment_id
    where p.reference = ${id} and c.outcome = 'succeeded'`.execute(database.db);
  expect(rows.map(({ kind }) => kind).toSorted((a, b) => a.localeCompare(b))).toEqual(charges);
  const run = await sql<{ state: string }>`
    select state from orders.workflow_run where workflow in ('orders.fulfilOrder', 'orders.undoOrder')
      and business_key in (${id}, ${`cancel/${id}`}) order by workflow`.execute(database.db);
  expect(run.rows.map(({ state }) => state)).toEqual(['failed', 'completed']);
});

it('a payment that was given back whole is given up; one that was taken is not', async () => {
  const paymentId = ids.of('pay');
  const amount = { amount: 900, currency: 'EUR' };
  const body = { id: paymentId, customerId: ada, amount, method: 'card_ok', reference: paymentId };
  await ask('payments.createPayment', { body });
  await ask('payments.capturePayment', { paymentId, body: {} });
  expect((await ask('payments.cancelPayment', { paymentId })).body).toMatchObject({
    code: 'payments.already-captured',
  });
  await ask('payments.refundPayment', { paymentId, body: { amount, reference: paymentId } });
  expect(await ask('payments.cancelPayment', { paymentId })).toMatchObject({
    status: 201,
    body: { paymentId, state: 'refunded' },
  });
});

it('keeps every invariant through all of this', async () => {
  await platform.settled();
  expect((await audit(database, capabilities)).broken).toEqual([]);
});

function ask(operation: string, input: Record<string, unknown>, principal = service) {
  return platform.edge.invoke({ operation, principal, input, idempotencyKey: ids.uuid() });
}

function as(operation: string, input: Record<string, unknown>) {
  return ask(operation, input, { ...service, audience: 'customer', subject: ada, customerId: ada, actor: [] });
}

async function order(orderId: string) {
  return (await as('orders.getOrder', { orderId })).body as { state: string };
}

async function facts(subject: string): Promise<string[]> {
  const { rows } = await sql<{ type: string }>`
    select type from runtime.outbox where subject = ${subject} order by aggregate_seq`.execute(database.db);
  return rows.map(({ type }) => type);
}

/** Goods on the shelf and points of the customer. */
async function look() {
  const stock = await ask('inventory.checkAvailability', { body: { skus: ['KETTLE-17'] } });
  const member = (await as('loyalty.getMember', { customerId: 'me' })).body as { points: number };
  return { stock: stock.body, points: member.points };
}
