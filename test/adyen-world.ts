// Payments through Adyen Checkout's published contract, mocked, with cards that make it fail, and Adyen's notifications. The
// contract is not ours to ship: without the test data the tests say so and stop.

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
import { type Capability, fromWireId, newIds, servicePrincipal, systemClock, worldCustomers } from '@plinth/runtime';
import { atEase, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { readConfig } from '../server/src/config.ts';
import { type Listening, listen } from '../server/src/http.ts';
import { mockClock } from '../server/src/mock/clock.ts';
import { readFaultRules } from '../server/src/mock/faults.ts';
import { MockServer } from '../server/src/mock/mock-server.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';
import { StaticSite } from '../server/src/web/static.ts';
import { freePort } from './journeys/platform.ts';
import { aSeededDatabase } from './seeded.ts';

const root = path.resolve(import.meta.dirname, '..');
const example = path.join(root, 'examples/adapters/payment-provider');
const contracts = path.join(
  process.env['PLINTH_TEST_DATA'] ?? path.join(root, '../shared/data'),
  'contracts/adyen/json',
);
const checkout = path.join(contracts, 'CheckoutService-v71.json');

/** Adyen's contract of its notifications. */
export const webhooksFile = path.join(contracts, 'Webhooks-v1.json');

export const hasAdyen = existsSync(checkout);
if (!hasAdyen) process.stderr.write(`skipped: ${checkout} is not there\n`);

export const [ada] = worldCustomers(2, Temporal.Now.plainDateISO('UTC').with({ day: 1 })).map(({ id }) => id) as [
  string,
];
export const ids = newIds(systemClock);

/** HMAC keys of the receiver, while they change over. */
export const [key, nextKey] = [1, 2].map(() => randomBytes(32).toString('hex').toUpperCase()) as [string, string];

interface Answer {
  status: number;
  body: unknown;
}

interface Noted {
  operation?: string;
  input?: Record<string, unknown>;
}

/** A notification item in Adyen's words; what is left out is as usual. */
export interface Said {
  /** Our payment. */
  id: string;
  eventCode?: string;
  success?: string;
  /** Reference there of what was asked. */
  psp?: string;
  /** Reference there of the payment that it was asked for. */
  original?: string | undefined;
  amount?: number;
  account?: string;
}

export class AdyenWorld {
  readonly platform: Platform;
  readonly database: TestDatabase;
  /** Those that keep invariants. */
  readonly capabilities: readonly Capability[];
  readonly #folder: string;
  readonly #mock: MockServer;
  readonly #listening: Listening;

  private constructor(parts: {
    platform: Platform;
    database: TestDatabase;
    capabilities: readonly Capability[];
    folder: string;
    mock: MockServer;
    listening: Listening;
  }) {
    this.platform = parts.platform;
    this.database = parts.database;
    this.capabilities = parts.capabilities;
    this.#folder = parts.folder;
    this.#mock = parts.mock;
    this.#listening = parts.listening;
  }

  /** A platform with the example laid beside it; its manifest is in force after `platform.reload()`. */
  static async open(): Promise<AdyenWorld> {
    const folder = mkdtempSync(path.join(tmpdir(), 'plinth-adyen-'));
    const { port, mock } = await startMock();
    const database = await aSeededDatabase();
    const config = readConfig(
      { demo: true, ephemeral: true, data: folder, port: String(await freePort()) },
      {
        LOG_LEVEL: 'silent',
        PLINTH_PAYMENT_PROVIDER: 'upstream',
        PLINTH_UPSTREAM_ADYEN: `http://127.0.0.1:${port}/v71`,
        PLINTH_SECRET_ADYEN: 'key',
        PLINTH_WEBHOOK_SECRETS: `payment-provider=${nextKey} ${key}`,
      },
    );
    const mail = { send: () => Promise.resolve(), close: () => Promise.resolve() };
    const payments = createPayments(upstreamProvider);
    const capabilities = [customers, catalogue, orders, inventory, payments, loyalty, accounts];
    const platform = await createPlatform({
      config,
      database,
      databaseUrl: database.url,
      mail,
      clock: systemClock,
      load: atEase,
      capabilities,
    });
    const listening = await listen(platform, new StaticSite());
    const home = path.join(folder, 'contracts/payment-provider');
    mkdirSync(path.dirname(home));
    cpSync(example, home, { recursive: true });
    copyFileSync(checkout, path.join(home, 'adyen-checkout.json'));
    return new AdyenWorld({ platform, database, capabilities, folder, mock, listening });
  }

  async close(): Promise<void> {
    await this.#listening.close();
    await this.platform.close();
    await this.database.close();
    await this.#mock.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What Adyen was asked. */
  journal(): Noted[] {
    return this.#mock.journal.entries();
  }

  create(method: string, amount: number, { key: as = ids.uuid(), id = ids.of('pay') } = {}): Promise<Answer> {
    const body = { id, customerId: ada, amount: eur(amount), method, reference: `order ${id}` };
    return this.ask('payments.createPayment', { body }, as);
  }

  async ask(operation: string, input: Record<string, unknown>, as = ids.uuid()): Promise<Answer> {
    const principal = servicePrincipal('test', ada);
    const { status, body } = await this.platform.edge.invoke({ operation, principal, input, idempotencyKey: as });
    return { status, body };
  }

  async payment(paymentId: string): Promise<Record<string, unknown>> {
    return (await this.ask('payments.getPayment', { paymentId })).body as Record<string, unknown>;
  }

  async stateOf(paymentId: string): Promise<unknown> {
    return (await this.payment(paymentId))['state'];
  }

  async factsOf(subject: string): Promise<string[]> {
    const { rows } = await sql<{ type: string }>`
      select type from runtime.outbox where subject = ${subject} order by aggregate_seq`.execute(this.database.db);
    return rows.map(({ type }) => type);
  }

  /** Adyen's reference of a payment of ours. */
  async theirs(paymentId: string): Promise<string | undefined> {
    const { rows } = await sql<{ theirs: string }>`
      select theirs from runtime.upstream_id where upstream = 'adyen' and ours = ${paymentId}`.execute(
      this.database.db,
    );
    return rows[0]?.theirs;
  }

  /** Adyen's references of what was asked for a payment, oldest first. */
  async attemptsOf(paymentId: string, kind: string): Promise<string[]> {
    const { rows } = await sql<{ theirs: string }>`
      select theirs from payments.attempts where payment_id = ${fromWireId('pay', paymentId)} and kind = ${kind}
      order by at, provider_key`.execute(this.database.db);
    return rows.map(({ theirs }) => theirs);
  }

  /** A payment that Adyen has not decided. */
  async pend(method: string): Promise<string> {
    const id = ids.of('pay');
    await this.create(method, 1700, { id });
    if ((await this.stateOf(id)) !== 'unknown') throw new Error(`${method} does not leave a payment open`);
    return id;
  }

  /** Items in one notification, each signed by `by`; the status of the answer. */
  notify(items: readonly Said[], { by = key } = {}): Promise<number> {
    return this.send(items.map(itemOf).map((item) => signed(item, by)));
  }

  /** Items as they are. */
  async send(items: readonly unknown[]): Promise<number> {
    const listed = items.map((item) => ({ NotificationRequestItem: item }));
    const response = await fetch(`http://127.0.0.1:${this.#listening.port}/payment-provider/v1/notices`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ live: 'false', notificationItems: listed }),
    });
    await response.arrayBuffer();
    return response.status;
  }
}

/** As itemOf gives it, signed in Adyen's way. */
export function signed(item: Record<string, unknown>, by: string): Record<string, unknown> {
  const { value, currency } = item['amount'] as { value: number; currency: string };
  const [psp, original = '', account, reference, eventCode, success] = [
    'pspReference',
    'originalReference',
    'merchantAccountCode',
    'merchantReference',
    'eventCode',
    'success',
  ].map((name) => item[name]);
  const text = [psp, original, account, reference, value, currency, eventCode, success].join(':');
  const hmacSignature = createHmac('sha256', Buffer.from(by, 'hex')).update(text).digest('base64');
  return { ...item, additionalData: { hmacSignature } };
}

export function itemOf({
  id,
  eventCode = 'AUTHORISATION',
  success = 'true',
  psp = `P${id}`,
  original,
  amount = 1700,
  account = 'NorthfoldECOM',
}: Said): Record<string, unknown> {
  return {
    eventCode,
    success,
    pspReference: psp,
    ...(original === undefined ? {} : { originalReference: original }),
    merchantReference: id,
    merchantAccountCode: account,
    eventDate: '2026-01-01T01:00:00+01:00',
    amount: { value: amount, currency: 'EUR' },
    reason: '874574:1935:11/2030',
  };
}

export function eur(amount: number): { amount: number; currency: string } {
  return { amount, currency: 'EUR' };
}

async function startMock(): Promise<{ port: number; mock: MockServer }> {
  const { contract } = await load(checkout, { read: async (file) => readFileSync(file, 'utf8') });
  if (contract === undefined) throw new Error('the contract cannot be read');
  const file = path.join(example, 'faults.yaml');
  const rules = readFaultRules(parseText(readFileSync(file, 'utf8'), file, new Origins()), contract.operations);
  if ('faults' in rules) throw new Error(rules.faults.join('\n'));
  const mock = new MockServer([contract], {
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
  return { port: await mock.listen(0, '127.0.0.1'), mock };
}
