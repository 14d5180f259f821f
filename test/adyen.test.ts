// Payments through Adyen Checkout's published contract, mocked, with cards that make it fail, and its notifications. The
// contract is not ours to ship: without the test data these tests say so and stop.

import { createHmac, randomBytes } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { accounts } from '@plinth/capabilities/accounts';
import { catalogue } from '@plinth/capabilities/catalogue';
import { customers } from '@plinth/capabilities/customers';
import { inventory } from '@plinth/capabilities/inventory';
import { loyalty } from '@plinth/capabilities/loyalty';
import { orders } from '@plinth/capabilities/orders';
import { createPayments, upstreamProvider } from '@plinth/capabilities/payments';
import { load, Origins, parseText } from '@plinth/contract';
import { newIds, servicePrincipal, systemClock, worldCustomers } from '@plinth/runtime';
import { atEase, anEmptyDatabase, eventually, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../server/src/config.ts';
import { type Listening, listen } from '../server/src/http.ts';
import { mockClock } from '../server/src/mock/clock.ts';
import { readFaultRules } from '../server/src/mock/faults.ts';
import { MockServer } from '../server/src/mock/mock-server.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';
import { StaticSite } from '../server/src/web/static.ts';
import { freePort } from './journeys/platform.ts';

const root = path.resolve(import.meta.dirname, '..');
const example = path.join(root, 'examples/adapters/payment-provider');
const data = process.env['PLINTH_TEST_DATA'] ?? path.join(root, '../shared/data');
const adyen = path.join(data, 'contracts/adyen/json/CheckoutService-v71.json');
const [ada] = worldCustomers(2, Temporal.Now.plainDateISO('UTC').with({ day: 1 })).map(({ id }) => id) as [string];
const ids = newIds(systemClock);
const [secret, nextSecret] = [1, 2].map(() => `whsec_${randomBytes(32).toString('base64')}`) as [string, string];

let folder: string;
let mock: MockServer;
let database: TestDatabase;
let platform: Platform;
let listening: Listening;

if (!existsSync(adyen)) process.stderr.write(`skipped: ${adyen} is not there\n`);

describe.runIf(existsSync(adyen))('payments at Adyen Checkout', () => {
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'plinth-adyen-'));
    const { port, server } = await startMock();
    mock = server;
    database = await anEmptyDatabase();
    const config = readConfig(
      { demo: true, ephemeral: true, data: folder, port: String(await freePort()) },
      {
        LOG_LEVEL: 'silent',
        PLINTH_PAYMENT_PROVIDER: 'upstream',
        PLINTH_UPSTREAM_ADYEN: `http://127.0.0.1:${port}/v71`,
        PLINTH_SECRET_ADYEN: 'key',
        PLINTH_WEBHOOK_SECRETS: `payment-provider=${nextSecret} ${secret}`,
      },
    );
    const mail = { send: () => Promise.resolve(), close: () => Promise.resolve() };
    const payments = createPayments(upstreamProvider);
    const capabilities = [customers, catalogue, orders, inventory, payments, loyalty, accounts];
    platform = await createPlatform({
      config,
      database,
      databaseUrl: database.url,
      mail,
      clock: systemClock,
      load: atEase,
      capabilities,
    });
    listening = await listen(platform, new StaticSite());
    const home = path.join(folder, 'contracts/payment-provider');
    mkdirSync(path.dirname(home));
    cpSync(example, home, { recursive: true });
    copyFileSync(adyen, path.join(home, 'adyen-checkout.json'));
  });
  afterAll(async () => {
    await listening?.close();
    await platform?.close();
    await database?.close();
    await mock?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are switched on by its manifest', async () => {
    const { refused, upstreams } = await platform.reload();
    expect(refused).toEqual([]);
    expect(upstreams).toEqual([{ contract: 'payment-provider', upstream: 'adyen', operations: 4 }]);
  });

  it('are authorized, captured and refunded in its words', async () => {
    const made = await create('card_ok', 1999);
    expect(made).toMatchObject({ status: 201, body: { state: 'authorized' } });
    const { id } = made.body as { id: string };
    expect(await ask('payments.capturePayment', { paymentId: id })).toMatchObject({
      status: 201,
      body: { state: 'captured' },
    });
    const refund = { amount: eur(500), reference: 'R-1' };
    expect(await ask('payments.refundPayment', { paymentId: id, body: refund })).toMatchObject({ status: 201 });
    const sent = journal();
    expect(sent.map(({ operation }) => operation)).toEqual([
      'post-payments',
      'post-payments-paymentPspReference-captures',
      'post-payments-paymentPspReference-refunds',
    ]);
    expect(sent[0]?.input?.['body']).toMatchObject({
      reference: id,
      amount: { value: 1999, currency: 'EUR' },
      paymentMethod: { storedPaymentMethodId: 'card_ok' },
    });
    // The capture goes to the pspReference of the authorization.
    const { rows } = await sql<{ theirs: string }>`
      select theirs from runtime.upstream_id where upstream = 'adyen' and ours = ${id}`.execute(database.db);
    expect(sent[1]?.input?.['paymentPspReference']).toBe(rows[0]?.theirs);
  });

  it('given up are cancelled there', async () => {
    const { id } = (await create('card_ok', 700)).body as { id: string };
    expect(await ask('payments.cancelPayment', { paymentId: id })).toMatchObject({
      status: 201,
      body: { state: 'cancelled' },
    });
    expect(journal().at(-1)?.operation).toBe('post-payments-paymentPspReference-cancels');
  });

  it.each([
    ['card_declined', 900, 'payments.declined'],
    ['card_ok', 42_200, 'payments.declined'],
  ])('with %s over %i cents are declined', async (method, amount, code) => {
    expect((await create(method, amount)).body).toMatchObject({ code });
  });

  it.each([
    ['card_timeout', 1000],
    ['card_reset', 1001],
  ])(
    'with %s are unknown first, and certain without a second charge',
    async (method, amount) => {
      const key = ids.uuid();
      const id = ids.of('pay');
      const first = await create(method, amount, { key, id });
      expect(first.body).toMatchObject({ code: 'payments.not-settled-yet' });
      await eventually('the payment is authorized', 30_000, async () => {
        // Asking every 10 ms would use up the limit.
        await new Promise((resolve) => setTimeout(resolve, 300));
        const { body } = await ask('payments.getPayment', { paymentId: id });
        return (body as { state: string }).state === 'authorized';
      });
      // The mock did the work once; each repetition was the same key and got the same reference.
      const charges = journal().filter(({ input }) => (input?.['body'] as { reference?: string })?.reference === id);
      expect(charges).toHaveLength(1);
    },
    40_000,
  );

  it.each([
    ['card_pending', 1002],
    ['card_received', 1003],
    ['card_ok', 50_000],
  ])('with %s over %i cents stay open while the provider does not know', async (method, amount) => {
    expect((await create(method, amount)).body).toMatchObject({ code: 'payments.not-settled-yet', retryable: true });
  });

  describe('left pending', () => {
    it.each([
      ['card_pending', 'true', 'authorized'],
      ['card_received', 'true', 'authorized'],
      ['card_pending', 'false', 'failed'],
    ])('with %s end by a notification (success: %s) as %s, once', async (method, success, state) => {
      const id = await pend(method);
      const notice = { id, success };
      expect(await notify(`first-${id}`, notice)).toBe(202);
      await platform.settled();
      expect(await stateOf(id)).toBe(state);
      // Again, under a new id, by the other secret, and the opposite, late.
      expect(await notify(`first-${id}`, notice)).toBe(202);
      expect(await notify(`second-${id}`, notice, { by: nextSecret })).toBe(202);
      expect(await notify(`third-${id}`, { id, success: success === 'true' ? 'false' : 'true' })).toBe(202);
      await platform.settled();
      expect(await stateOf(id)).toBe(state);
      expect(await factsOf(id)).toEqual(['payment.unknown', `payment.${state}`]);
    });

    it('are captured at the reference that the notification named, though the answer was lost', async () => {
      const id = ids.of('pay');
      expect((await create('card_reset', 1500, { id })).body).toMatchObject({ code: 'payments.not-settled-yet' });
      await sql`delete from runtime.upstream_id where ours = ${id}`.execute(database.db);
      expect(await notify('named', { id, success: 'true', psp: 'QFQTPCQ8HXSKGK82' })).toBe(202);
      await platform.settled();
      expect(await stateOf(id)).toBe('authorized');
      const { rows } = await sql<{ theirs: string }>`
        select theirs from runtime.upstream_id where upstream = 'adyen' and ours = ${id}`.execute(database.db);
      expect(rows).toEqual([{ theirs: 'QFQTPCQ8HXSKGK82' }]);
      expect(await ask('payments.capturePayment', { paymentId: id })).toMatchObject({ status: 201 });
      expect(journal().at(-1)?.input?.['paymentPspReference']).toBe('QFQTPCQ8HXSKGK82');
    });

    it('and called off meanwhile are freed there when the bank says yes', async () => {
      const id = await pend('card_pending');
      expect(await ask('payments.cancelPayment', { paymentId: id })).toMatchObject({ status: 201 });
      expect(await notify('late', { id, success: 'true' })).toBe(202);
      await eventually('it is freed', 30_000, () =>
        Promise.resolve(journal().at(-1)?.operation === 'post-payments-paymentPspReference-cancels'),
      );
      expect(await stateOf(id)).toBe('cancelled');
    }, 40_000);

    it('stay so by what is not signed, not ours, or about something else', async () => {
      const id = await pend('card_pending');
      const forged = `whsec_${randomBytes(32).toString('base64')}`;
      expect(await notify('forged', { id, success: 'true' }, { by: forged })).toBe(401);
      expect(await notify('old', { id, success: 'true' }, { agoS: 301 })).toBe(401);
      expect(await notify('not-ours', { id: ids.of('pay'), success: 'true' })).toBe(202);
      expect(await notify('elsewhere', { id: 'order 7 of another shop', success: 'true' })).toBe(202);
      expect(await notify('report', { id, success: 'true', eventCode: 'REPORT_AVAILABLE' })).toBe(202);
      await platform.settled();
      expect(await stateOf(id)).toBe('unknown');
      const { rows } = await sql<{ id: string; state: string }>`
        select message_id as id, state from runtime.webhook_inbox
        where message_id in ('forged', 'old', 'not-ours', 'elsewhere', 'report') order by id`.execute(database.db);
      expect(rows).toEqual([
        { id: 'elsewhere', state: 'unknown' },
        { id: 'not-ours', state: 'taken' },
        { id: 'report', state: 'unknown' },
      ]);
      expect(platform.metrics.text()).toMatch(/plinth_webhook_received\S*result="unknown"\S* 2/);
    });

    it.each([
      ['true', ['order.received', 'order.placed']],
      ['false', ['order.received', 'order.rejected']],
    ])(
      'let the order that waits for them go on (success: %s)',
      async (success, facts) => {
        const lines = [{ sku: 'KETTLE-17', quantity: 1 }];
        const body = { lines, payment: { method: 'card_pending' } };
        const placing = ask('orders.placeOrder', { body });
        const payment = await eventuallyPending();
        expect(await notify(`order-${success}`, { id: payment.id, success })).toBe(202);
        await placing;
        await eventually(
          'the order has ended',
          30_000,
          async () => (await factsOf(payment.reference)).length === facts.length,
        );
        expect(await factsOf(payment.reference)).toEqual(facts);
        const end = success === 'true' ? 'captured' : 'failed';
        await eventually(`the payment is ${end}`, 30_000, async () => (await stateOf(payment.id)) === end);
      },
      40_000,
    );
  });
});

async function pend(method: string): Promise<string> {
  const id = ids.of('pay');
  expect((await create(method, 1700, { id })).body).toMatchObject({ code: 'payments.not-settled-yet' });
  expect(await stateOf(id)).toBe('unknown');
  return id;
}

/** The payment of an order that is being placed. */
async function eventuallyPending(): Promise<{ id: string; reference: string }> {
  let found: { id: string; reference: string } | undefined;
  await eventually('the payment is pending', 20_000, async () => {
    const { body } = await ask('payments.listPayments', { state: 'unknown', customerId: ada, limit: 1 });
    [found] = (body as { items: { id: string; reference: string }[] }).items;
    return found?.reference.startsWith('ord_') === true;
  });
  return found as { id: string; reference: string };
}

async function stateOf(paymentId: string): Promise<string> {
  return ((await ask('payments.getPayment', { paymentId })).body as { state: string }).state;
}

async function factsOf(subject: string): Promise<string[]> {
  const { rows } = await sql<{ type: string }>`
    select type from runtime.outbox where subject = ${subject} order by aggregate_seq`.execute(database.db);
  return rows.map(({ type }) => type);
}

interface Said {
  id: string;
  success: string;
  psp?: string;
  eventCode?: string;
}

/** A notification in Adyen's words, signed as the receiver's contract wants it. */
async function notify(
  messageId: string,
  { id, success, psp = `P${id}`, eventCode = 'AUTHORISATION' }: Said,
  { by = secret, agoS = 0 } = {},
): Promise<number> {
  const item = {
    eventCode,
    success,
    pspReference: psp,
    merchantReference: id,
    merchantAccountCode: 'NorthfoldECOM',
    eventDate: '2026-01-01T01:00:00+01:00',
    amount: { value: 1700, currency: 'EUR' },
    reason: '874574:1935:11/2030',
  };
  const body = JSON.stringify({ live: 'false', notificationItems: [{ NotificationRequestItem: item }] });
  const seconds = Math.floor(Date.now() / 1000) - agoS;
  const key = Buffer.from(by.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${messageId}.${seconds}.${body}`).digest('base64');
  const headers = {
    'content-type': 'application/json',
    'webhook-id': messageId,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature}`,
  };
  const url = `http://127.0.0.1:${listening.port}/payment-provider/v1/notices`;
  return (await fetch(url, { method: 'POST', headers, body })).status;
}

async function startMock(): Promise<{ port: number; server: MockServer }> {
  const { contract } = await load(adyen, { read: async (file) => readFileSync(file, 'utf8') });
  if (contract === undefined) throw new Error('the contract cannot be read');
  const file = path.join(example, 'faults.yaml');
  const rules = readFaultRules(parseText(readFileSync(file, 'utf8'), file, new Origins()), contract.operations);
  if ('faults' in rules) throw new Error(rules.faults.join('\n'));
  const server = new MockServer([contract], {
    seed: 1,
    clock: mockClock('real', undefined),
    unknownId: 'conjure',
    keepsState: true,
    auth: 'presence',
    latencyMs: undefined,
    faults: rules.rules,
    callbackHosts: [],
    upstream: undefined,
    controlToken: undefined,
    tokens: undefined,
    state: {},
    changed: () => undefined,
    failed: (error) => {
      throw error;
    },
  });
  return { port: await server.listen(0, '127.0.0.1'), server };
}

interface Noted {
  operation?: string;
  input?: Record<string, unknown>;
}

function journal(): Noted[] {
  return mock.journal.entries();
}

function create(method: string, amount: number, { key = ids.uuid(), id = ids.of('pay') } = {}) {
  return ask(
    'payments.createPayment',
    { body: { id, customerId: ada, amount: eur(amount), method, reference: `order ${id}` } },
    key,
  );
}

async function ask(operation: string, input: Record<string, unknown>, key = ids.uuid()) {
  const { status, body } = await platform.edge.invoke({
    operation,
    principal: servicePrincipal('test', ada),
    input,
    idempotencyKey: key,
  });
  return { status, body };
}

function eur(amount: number): { amount: number; currency: string } {
  return { amount, currency: 'EUR' };
}
