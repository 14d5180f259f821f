// Payments through Adyen Checkout's published contract, mocked, with cards that make it fail. The contract is not ours to
// ship: without the test data these tests say so and stop.

import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createPayments, upstreamProvider } from '@plinth/capabilities/payments';
import { load, Origins, parseText } from '@plinth/contract';
import { newIds, servicePrincipal, systemClock, worldCustomers } from '@plinth/runtime';
import { atEase, anEmptyDatabase, eventually, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../server/src/config.ts';
import { mockClock } from '../server/src/mock/clock.ts';
import { readFaultRules } from '../server/src/mock/faults.ts';
import { MockServer } from '../server/src/mock/mock-server.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';

const root = path.resolve(import.meta.dirname, '..');
const example = path.join(root, 'examples/adapters/payment-provider');
const data = process.env['PLINTH_TEST_DATA'] ?? path.join(root, '../shared/data');
const adyen = path.join(data, 'contracts/adyen/json/CheckoutService-v71.json');
const [ada] = worldCustomers(2, Temporal.Now.plainDateISO('UTC').with({ day: 1 })).map(({ id }) => id) as [string];
const ids = newIds(systemClock);

let folder: string;
let mock: MockServer;
let database: TestDatabase;
let platform: Platform;

if (!existsSync(adyen)) process.stderr.write(`skipped: ${adyen} is not there\n`);

describe.runIf(existsSync(adyen))('payments at Adyen Checkout', () => {
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'plinth-adyen-'));
    const { port, server } = await startMock();
    mock = server;
    database = await anEmptyDatabase();
    const config = readConfig(
      { demo: true, ephemeral: true, data: folder },
      {
        LOG_LEVEL: 'silent',
        PLINTH_PAYMENT_PROVIDER: 'upstream',
        PLINTH_UPSTREAM_ADYEN: `http://127.0.0.1:${port}/v71`,
        PLINTH_SECRET_ADYEN: 'key',
      },
    );
    const mail = { send: () => Promise.resolve(), close: () => Promise.resolve() };
    const capabilities = [createPayments(upstreamProvider)];
    platform = await createPlatform({
      config,
      database,
      databaseUrl: database.url,
      mail,
      clock: systemClock,
      load: atEase,
      capabilities,
    });
    const home = path.join(folder, 'contracts/payment-provider');
    mkdirSync(path.dirname(home));
    cpSync(example, home, { recursive: true });
    copyFileSync(adyen, path.join(home, 'adyen-checkout.json'));
  });
  afterAll(async () => {
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
    ['card_ok', 50_000],
  ])('with %s over %i cents stay open while the provider does not know', async (method, amount) => {
    expect((await create(method, amount)).body).toMatchObject({ code: 'payments.not-settled-yet', retryable: true });
  });
});

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
