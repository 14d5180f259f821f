// Orders with the real warehouse, cashier and points, behind a real edge and a real database.

import { accounts } from '@plinth/capabilities/accounts';
import { catalogue } from '@plinth/capabilities/catalogue';
import { customers } from '@plinth/capabilities/customers';
import { inventory } from '@plinth/capabilities/inventory';
import { loyalty } from '@plinth/capabilities/loyalty';
import { orders } from '@plinth/capabilities/orders';
import { payments } from '@plinth/capabilities/payments';
import {
  fromWireId,
  movableClock,
  newIds,
  type Principal,
  servicePrincipal,
  systemClock,
  worldCustomers,
  worldId,
} from '@plinth/runtime';
import { atEase, eventually, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../server/src/config.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';
import { audit } from '../server/src/world.ts';
import { aSeededDatabase } from './seeded.ts';

interface Order {
  id: string;
  state: string;
  paymentId: string;
  total: { amount: number };
}

const capabilities = [customers, catalogue, orders, inventory, payments, loyalty, accounts];
const today = Temporal.Now.plainDateISO('UTC').with({ day: 1 });
const [ada, , cleo] = worldCustomers(8, today).map(({ id }) => id) as [string, string, string];
const clock = movableClock(systemClock.now(), true);
const ids = newIds(clock);
const service = servicePrincipal('test');
let database: TestDatabase;
let platform: Platform;

beforeAll(async () => {
  database = await aSeededDatabase();
  const config = readConfig({ demo: true, ephemeral: true }, { LOG_LEVEL: 'silent' });
  const mail = { send: () => Promise.resolve(), close: () => Promise.resolve() };
  platform = await createPlatform({
    config,
    database,
    databaseUrl: database.url,
    mail,
    clock,
    load: atEase,
    capabilities,
  });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

describe('an order', () => {
  it('takes goods, money and earns points; all of it goes back when it is cancelled', async () => {
    const before = await look(ada);
    const order = await place(ada, { lines: [{ sku: 'KETTLE-17', quantity: 2 }], payment: { method: 'card_ok' } });
    expect(order).toMatchObject({ status: 201, body: { state: 'placed' } });
    await platform.settled();
    const { id, paymentId, total } = order.body as Order;
    expect(await payment(paymentId)).toMatchObject({ state: 'captured', captured: total });
    expect(await look(ada)).toEqual({
      kettles: before.kettles - 2,
      points: before.points + Math.floor(total.amount / 100),
    });
    expect((await as(ada, 'orders.cancelOrder', { orderId: id })).status).toBe(201);
    await platform.settled();
    expect(await payment(paymentId)).toMatchObject({ state: 'refunded', refunded: total });
    expect(await look(ada)).toEqual(before);
  });

  it('spends points beside the card and gives them back', async () => {
    const before = await look(ada);
    const payWith = { method: 'card_ok', points: 300 };
    const order = await place(ada, { lines: [{ sku: 'KETTLE-17', quantity: 1 }], payment: payWith });
    const { id, total } = order.body as Order;
    await platform.settled();
    const earned = Math.floor((total.amount - 300) / 100);
    expect((await look(ada)).points).toBe(before.points - 300 + earned);
    await as(ada, 'orders.cancelOrder', { orderId: id });
    await platform.settled();
    expect((await look(ada)).points).toBe(before.points);
  });

  it.each(['card_declined', 'card_insufficient', 'card_sca'])('by %s leaves nothing behind', async (method) => {
    const before = await look(ada);
    const order = await place(ada, { lines: [{ sku: 'KETTLE-17', quantity: 1 }], payment: { method, points: 10 } });
    expect(order).toMatchObject({ status: 409, body: { code: 'orders.payment-declined' } });
    await platform.settled();
    expect(await look(ada)).toEqual(before);
  });

  it('whose payment gets no answer is placed once the provider is asked again, and charged once', async () => {
    const order = await place(ada, { lines: [{ sku: 'KETTLE-17', quantity: 1 }], payment: { method: 'card_timeout' } });
    const { id } = order.body as Order;
    await eventually('the payment is taken', 10_000, async () => {
      const now = (await as(ada, 'orders.getOrder', { orderId: id })).body as Order;
      return now.paymentId !== undefined && (await payment(now.paymentId)).state === 'captured';
    });
    const { rows } = await sql<{ kind: string }>`
      select c.kind from payments.simulator_charge c join payments.payments p on p.id = c.payment_id
      where p.reference = ${id}`.execute(database.db);
    expect(rows.map(({ kind }) => kind).toSorted((a, b) => a.localeCompare(b))).toEqual(['authorize', 'capture']);
  });

  it('is sold as often as there are goods, however many ask at once', async () => {
    const wish = { lines: [{ sku: 'RADIO-DAB', quantity: 1 }], payment: { method: 'card_ok' } };
    const all = await Promise.all(Array.from({ length: 8 }, () => place(cleo, wish)));
    await platform.settled();
    const states = await Promise.all(
      all.map(async ({ status, body }) =>
        status === 409
          ? (body as { code: string }).code
          : ((await as(cleo, 'orders.getOrder', { orderId: (body as Order).id })).body as Order).state,
      ),
    );
    expect(states.filter((state) => state === 'placed')).toHaveLength(2);
    expect(states.filter((state) => state === 'orders.out-of-stock' || state === 'rejected')).toHaveLength(6);
    expect(await availability('RADIO-DAB')).toMatchObject({ available: 0, words: 'Sold out' });
  });

  it('paid by card shows on the bank account, and again when the money comes back', async () => {
    const before = await bankBalance(ada);
    const order = await place(ada, { lines: [{ sku: 'KETTLE-17', quantity: 1 }], payment: { method: 'card_ok' } });
    const { id, number, total } = order.body as Order & { number: string };
    await platform.settled();
    expect(await bankBalance(ada)).toBe(before - total.amount);
    await as(ada, 'orders.cancelOrder', { orderId: id });
    await platform.settled();
    expect(await bankBalance(ada)).toBe(before);
    const { items } = (await as(ada, 'accounts.listTransactions', { accountId: everyday(1), limit: 2 })).body as {
      items: object[];
    };
    const line = { kind: 'card', counterparty: 'Northfold Market', text: `Order ${number}` };
    expect(items).toMatchObject([
      { ...line, amount: { amount: total.amount } },
      { ...line, amount: { amount: -total.amount } },
    ]);
    expect((await timeline(ada)).slice(0, 4)).toContain(`${(total.amount / 100).toFixed(2)} EUR paid back to the card`);
  });

  it('of last month gives its money back to the account that paid it', async () => {
    const { items } = (await as(ada, 'orders.listOrders', { state: 'placed', limit: 1 })).body as { items: Order[] };
    const [order] = items as [Order];
    const before = await bankBalance(ada);
    expect((await as(ada, 'orders.cancelOrder', { orderId: order.id })).status).toBe(201);
    await platform.settled();
    expect(await bankBalance(ada)).toBe(before + order.total.amount);
  });

  it('cancelled after its points were spent leaves them owed; the next order pays them first', async () => {
    const order = await place(cleo, { lines: [{ sku: 'KETTLE-17', quantity: 1 }], payment: { method: 'card_ok' } });
    await platform.settled();
    const { points } = await member(cleo);
    const redeem = { customerId: cleo, points, reference: ids.uuid() };
    const { id } = (await ask('loyalty.redeemPoints', { body: redeem })).body as { id: string };
    await ask('loyalty.captureRedemption', { redemptionId: id });
    const { id: orderId, total } = order.body as Order;
    await as(cleo, 'orders.cancelOrder', { orderId });
    await platform.settled();
    const earned = Math.floor(total.amount / 100);
    expect(await member(cleo)).toMatchObject({ points: 0, owedPoints: earned });
    const give = (some: number) =>
      ask('loyalty.accruePoints', { body: { customerId: cleo, points: some, reference: ids.uuid(), reason: 'Sorry' } });
    await give(earned - 1);
    expect(await member(cleo)).toMatchObject({ points: 0, owedPoints: 1 });
    await give(10);
    expect(await member(cleo)).toMatchObject({ points: 9, owedPoints: 0 });
    const { items } = (await as(cleo, 'loyalty.listPointMovements', { customerId: 'me', limit: 4 })).body as {
      items: { kind: string; points: number }[];
    };
    expect(items.filter(({ kind }) => kind === 'repaid').map((each) => each.points)).toEqual([-1, 1 - earned]);
  });

  it('that was sent takes its goods off the shelf', async () => {
    const order = await place(ada, { lines: [{ sku: 'YOGAMAT', quantity: 1 }], payment: { method: 'card_ok' } });
    await platform.settled();
    const before = await shelf('YOGAMAT');
    await ask('orders.recordFulfilment', { orderId: (order.body as Order).id, body: { carrier: 'Parcel & Post' } });
    await platform.settled();
    expect(await shelf('YOGAMAT')).toMatchObject({ onHand: before.onHand - 1, held: before.held - 1 });
  });
});

describe('an undo that overtakes what it undoes', () => {
  it('makes the late reservation, redemption and payment fail', async () => {
    const [reservationId, redemptionId, paymentId] = ['rsv', 'rdm', 'pay'].map((prefix) => ids.of(prefix)) as [
      string,
      string,
      string,
    ];
    await ask('inventory.releaseReservation', { reservationId });
    await ask('loyalty.releaseRedemption', { redemptionId });
    await ask('payments.cancelPayment', { paymentId });
    const reference = ids.of('ord');
    const late = await Promise.all([
      ask('inventory.reserveStock', {
        body: { id: reservationId, reference, lines: [{ sku: 'YOGAMAT', quantity: 1 }] },
      }),
      ask('loyalty.redeemPoints', { body: { id: redemptionId, customerId: ada, points: 1, reference } }),
      ask('payments.createPayment', {
        body: {
          id: paymentId,
          customerId: ada,
          amount: { amount: 100, currency: 'EUR' },
          method: 'card_ok',
          reference,
        },
      }),
    ]);
    expect(late.map(({ body }) => (body as { code: string }).code)).toEqual([
      'inventory.already-released',
      'loyalty.already-released',
      'payments.already-cancelled',
    ]);
  });
});

describe('a reservation', () => {
  const wish = { lines: [{ sku: 'CLOCK-W', quantity: 3 }], ttlS: 60 };
  const reserve = () => ask('inventory.reserveStock', { body: { ...wish, reference: ids.uuid() } });

  it('is given back when its time is over, also to whoever asks before the sweep', async () => {
    const first = (await reserve()).body as { id: string };
    expect((await reserve()).body).toMatchObject({ code: 'inventory.out-of-stock', available: 0 });
    clock.advance({ seconds: 61 });
    const late = await ask('inventory.confirmReservation', { reservationId: first.id });
    expect(late.body).toMatchObject({ code: 'inventory.reservation-ended' });
    const next = await reserve();
    expect(next.status).toBe(201);
    await ask('inventory.releaseReservation', { reservationId: (next.body as { id: string }).id });
  });

  it('ends once when it is shipped and released at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      const { id: reservationId } = (await reserve()).body as { id: string };
      await ask('inventory.confirmReservation', { reservationId });
      const both = await Promise.all([
        ask('inventory.shipReservation', { reservationId }),
        ask('inventory.releaseReservation', { reservationId }),
      ]);
      expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
      const [shipped] = both;
      if (shipped.status === 201) await ask('inventory.receiveStock', { body: { sku: 'CLOCK-W', quantity: 3 } });
    }
    expect(await shelf('CLOCK-W')).toMatchObject({ onHand: 3, held: 0 });
  });
});

describe('a payment', () => {
  it('is never taken or given back beyond what is there, in however many parts', async () => {
    const id = ids.of('pay');
    const body = {
      id,
      customerId: ada,
      amount: { amount: 1000, currency: 'EUR' },
      method: 'card_ok',
      reference: 'parts',
    };
    await ask('payments.createPayment', { body });
    const part = { amount: 300, currency: 'EUR' };
    const taken = await Promise.all(
      Array.from({ length: 6 }, () => ask('payments.capturePayment', { paymentId: id, body: { amount: part } })),
    );

    expect(taken.filter(({ status }) => status === 201)).toHaveLength(3);
    const back = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        ask('payments.refundPayment', { paymentId: id, body: { amount: part, reference: `part-${index}` } }),
      ),
    );
    expect(back.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(await payment(id)).toMatchObject({
      state: 'refunded',
      captured: { amount: 900 },
      refunded: { amount: 900 },
    });
  });

  it('without an answer is resolved by a job, and freed when it was called off meanwhile', async () => {
    const create = async (method: string) => {
      const id = ids.of('pay');
      const body = { id, customerId: ada, amount: { amount: 500, currency: 'EUR' }, method, reference: id };
      const answer = await ask('payments.createPayment', { body });
      expect(answer.body).toMatchObject({ code: 'payments.not-settled-yet', retryable: true });
      return id;
    };
    const [lost, silent, calledOff] = [
      await create('card_timeout'),
      await create('card_unknown'),
      await create('card_timeout'),
    ];
    expect((await ask('payments.cancelPayment', { paymentId: calledOff })).status).toBe(201);
    clock.advance({ seconds: 10 });
    await eventually('the job asked for all of them', 30_000, async () => (await openAttempts()) === 0);
    expect(await payment(lost)).toMatchObject({ state: 'authorized' });
    expect(await payment(silent)).toMatchObject({ state: 'failed' });
    expect(await isFreed(calledOff)).toBe(true);
    expect(await payment(calledOff)).toMatchObject({ state: 'cancelled' });
  });

  it('of somebody else does not exist', async () => {
    const mine = (await as(ada, 'payments.listPayments', {})).body as { items: { id: string; customerId: string }[] };
    expect(new Set(mine.items.map(({ customerId }) => customerId))).toEqual(new Set([ada]));
    const [first] = mine.items;
    expect((await as(cleo, 'payments.getPayment', { paymentId: first?.id })).status).toBe(404);
  });
});

describe('the shop', () => {
  it('is read from the cache, and a new price, article or retirement is seen at once', async () => {
    const list = () => ask('catalogue.listOfferings', { limit: 1, q: 'Candle Nine' });
    const item = (offeringId: string) => ask('catalogue.getOffering', { offeringId });
    expect((await list()).body).toMatchObject({ items: [] });
    const price = { amount: 900, currency: 'EUR' };
    const body = { sku: 'CANDLE-9', name: 'Candle Nine', category: 'home', price };
    const { id } = (await ask('catalogue.createOffering', { body })).body as { id: string };
    expect((await list()).body).toMatchObject({ items: [{ id, price }] });
    const [made, kept] = [await item(id), await item(id)];
    expect(made.headers['cache-status']).toBe('plinth; fwd=uri-miss; stored');
    expect(kept.headers['cache-status']).toContain('plinth; hit;');
    expect([kept.body, kept.headers['etag']]).toEqual([made.body, made.headers['etag']]);

    const dearer = { amount: 1_100, currency: 'EUR' };
    await ask('catalogue.createPrice', { body: { sku: 'CANDLE-9', price: dearer } });
    const repriced = await item(id);
    expect(repriced.body).toMatchObject({ price: dearer });
    expect(repriced.headers['etag']).not.toBe(made.headers['etag']);

    await ask('catalogue.retireOffering', { offeringId: id });
    expect((await item(id)).body).toMatchObject({ state: 'retired' });
    expect((await list()).body).toMatchObject({ items: [] });
  });
});

it('keeps every invariant through all of this', async () => {
  await platform.settled();
  expect((await audit(database, capabilities)).broken).toEqual([]);
});

function ask(operation: string, input: Record<string, unknown>, principal: Principal = service) {
  return platform.edge.invoke({ operation, principal, input, idempotencyKey: ids.uuid() });
}

async function as(customerId: string, operation: string, input: Record<string, unknown>) {
  return ask(operation, input, { ...service, audience: 'customer', subject: customerId, customerId, actor: [] });
}

async function place(customerId: string, body: Record<string, unknown>) {
  return as(customerId, 'orders.placeOrder', { body });
}

async function payment(paymentId: string) {
  return (await ask('payments.getPayment', { paymentId })).body as { state: string };
}

/** Questions to the provider without an answer; asked without the edge, which limits how often one may ask. */
async function openAttempts(): Promise<number> {
  const { rows } = await sql`select 1 from payments.attempts where state = 'started'`.execute(database.db);
  return rows.length;
}

/** The provider was told that a reserved amount is no longer wanted. */
async function isFreed(paymentId: string): Promise<boolean> {
  const { rows } = await sql`select 1 from payments.simulator_charge
    where kind = 'void' and payment_id = ${fromWireId('pay', paymentId)}`.execute(database.db);
  return rows.length === 1;
}

async function availability(sku: string) {
  const { body } = await ask('inventory.checkAvailability', { body: { skus: [sku] } });
  return (body as { items: { available: number; words: string }[] }).items[0];
}

async function shelf(sku: string): Promise<{ onHand: number; held: number }> {
  const { body } = await ask('inventory.listStock', { sku });
  return (body as { items: { onHand: number; held: number }[] }).items[0] ?? { onHand: 0, held: 0 };
}

async function member(customerId: string) {
  const { body } = await as(customerId, 'loyalty.getMember', { customerId: 'me' });
  return body as { points: number; owedPoints: number };
}

function everyday(n: number): string {
  return worldId('acc', n, 'everyday');
}

async function bankBalance(customerId: string): Promise<number> {
  const { body } = await as(customerId, 'accounts.getAccount', { accountId: everyday(1) });
  return (body as { booked: { amount: number } }).booked.amount;
}

async function timeline(customerId: string): Promise<string[]> {
  const { body } = await as(customerId, 'customers.listTimeline', { customerId: 'me' });
  return (body as { items: { title: string }[] }).items.map(({ title }) => title);
}

async function look(customerId: string): Promise<{ kettles: number; points: number }> {
  const member = (await as(customerId, 'loyalty.getMember', { customerId: 'me' })).body as { points: number };
  return { kettles: (await availability('KETTLE-17'))?.available ?? 0, points: member.points };
}
