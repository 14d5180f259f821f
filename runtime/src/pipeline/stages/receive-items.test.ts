// Notifications whose items are signed one by one (scheme `adyen`), over HTTP and kept in a real database.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../kernel/index.ts';
import { adyenSignature } from '../../security/adyen-signature.ts';
import { newWebhookSecret } from '../../security/webhook-signature.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { testServices } from '../../test-services.ts';
import { beginWrite } from '../../work.ts';
import { notesContract, startTestEdge, type TestEdge } from '../test-edge.ts';

const [key, nextKey, strangersKey] = ['A1', 'B2', 'C3'].map((byte) => byte.repeat(32)) as [string, string, string];
/** Live secrets of the receiver. */
let secrets: string[];
let database: TestDatabase;
let world: TestEdge;

beforeAll(async () => {
  database = await openTestDatabase();
  const services = testServices(database);
  const contract = await notesContract(noticesYaml);
  contract.events.push({ type: 'notice.heard', when: '', data: true });
  world = await startTestEdge({
    contract,
    services: { database, clock: systemClock, beginWrite: (base, tx) => beginWrite(services, base, tx) },
    edge: { webhookSecrets: (ref) => (ref === 'notices' ? secrets : []) },
  });
});
afterAll(async () => {
  await world.close();
  await database.close();
});
beforeEach(async () => {
  await database.rows('truncate runtime.webhook_inbox, runtime.outbox cascade');
  secrets = [key];
});

type Item = Record<string, unknown>;

function item(psp: string, change: Item = {}): Item {
  const amount = { value: 1000, currency: 'EUR' };
  return {
    pspReference: psp,
    merchantAccountCode: 'Shop',
    merchantReference: 'order 7',
    amount,
    eventCode: 'CAPTURE',
    success: 'true',
    ...change,
  };
}

function signed(fields: Item, by = key): Item {
  return { ...fields, additionalData: { hmacSignature: adyenSignature(fields as never, by) } };
}

async function send(items: readonly unknown[] | string): Promise<[status: number, code: string]> {
  const listed = typeof items === 'string' ? [] : items.map((each) => ({ NotificationRequestItem: each }));
  const body = typeof items === 'string' ? items : JSON.stringify({ live: 'false', notificationItems: listed });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${world.url}/notices/v1/notices`, { method: 'POST', headers, body });
  const text = await response.text();
  return [response.status, text === '' ? '' : (JSON.parse(text) as { code: string }).code];
}

const accepted = [202, ''];
const refused = [401, 'signature-invalid'];

async function inbox(): Promise<string[]> {
  const rows = await database.rows('select message_id, state, repeats from runtime.webhook_inbox order by message_id');
  return rows.map(({ message_id: id, state, repeats }) => [id, state, repeats].join(' '));
}

async function facts(): Promise<string[]> {
  const rows = await database.rows('select subject from runtime.outbox order by subject');
  return rows.map(({ subject }) => String(subject).replace('notices.hearNotice/', ''));
}

describe('a notification', () => {
  it('is answered at once without a body, and each of its items is kept as it came and told once', async () => {
    const first = signed(item('P1'));
    expect(await send([first, signed(item('P2', { success: 'false' }))])).toEqual(accepted);
    expect(await inbox()).toEqual(['P1/CAPTURE/true taken 0', 'P2/CAPTURE/false taken 0']);
    expect(await facts()).toEqual(['P1/CAPTURE/true', 'P2/CAPTURE/false']);
    const [row] = await database.rows("select body from runtime.webhook_inbox where message_id like 'P1%'");
    expect(JSON.parse(String(row?.['body']))).toEqual(first);
  });

  it('sent again, in parts, in another order or with another time is the same messages', async () => {
    const [first, second, third] = ['P1', 'P2', 'P3'].map((psp) => signed(item(psp)));
    expect(await send([first, second])).toEqual(accepted);
    expect(await send([third, second, first])).toEqual(accepted);
    expect(await send([{ ...first, eventDate: '2031-01-01T00:00:00Z', reason: 'anybody can write this' }])).toEqual(
      accepted,
    );
    expect(await send([second, second])).toEqual(accepted);
    expect(await inbox()).toEqual(['P1/CAPTURE/true taken 2', 'P2/CAPTURE/true taken 3', 'P3/CAPTURE/true taken 0']);
    expect(await facts()).toHaveLength(3);
  });

  it('is one effect for each item when many race, whatever their order', async () => {
    const items = Array.from({ length: 8 }, (_, n) => signed(item(`P${n}`)));
    const batches = Array.from({ length: 24 }, (_, n) => (n % 2 === 0 ? items : items.toReversed()));
    expect(new Set((await Promise.all(batches.map(send))).map(String))).toEqual(new Set(['202,']));
    expect(await facts()).toHaveLength(8);
    expect(await inbox()).toEqual(items.map(({ pspReference }) => `${String(pspReference)}/CAPTURE/true taken 23`));
  });

  it('about what the contract does not know is kept and counted', async () => {
    expect(await send([signed(item('P1', { eventCode: 'NEW_KIND' })), signed(item('P2'))])).toEqual(accepted);
    expect(await inbox()).toEqual(['P1/NEW_KIND/true unknown 0', 'P2/CAPTURE/true taken 0']);
    expect(await facts()).toEqual(['P2/CAPTURE/true']);
    expect(world.metrics.text()).toMatch(/plinth_webhook_received\S*result="unknown"\S* 1/);
  });

  const changed = { ...signed(item('P1')), amount: { value: 999, currency: 'EUR' } };
  it.each([
    ['signed by a stranger', [signed(item('P1'), strangersKey)]],
    ['without a signature', [item('P1')]],
    ['with a changed amount', [changed]],
    ['of which one item is not signed', [signed(item('P1')), item('P2')]],
    ['of which one item was changed', [changed, signed(item('P2'))]],
    ['without items', []],
    ['that is no JSON', 'no json'],
  ])('%s is refused, and nothing of it is kept', async (_, items) => {
    expect(await send(items)).toEqual(refused);
    expect(await inbox()).toEqual([]);
  });

  it('is believed by two keys while they change over, and then by the new one only', async () => {
    secrets = [nextKey, key];
    expect(await send([signed(item('P1'))])).toEqual(accepted);
    expect(await send([signed(item('P2'), nextKey)])).toEqual(accepted);
    expect(await send([signed(item('P3')), signed(item('P4'), nextKey)])).toEqual(accepted);
    secrets = [nextKey];
    expect(await send([signed(item('P5'), nextKey)])).toEqual(accepted);
    expect(await send([signed(item('P6'))])).toEqual(refused);
    expect(await inbox()).toHaveLength(5);
  });

  it('is for later while only a secret of another scheme is there', async () => {
    secrets = [newWebhookSecret()];
    expect(await send([signed(item('P1'))])).toEqual([503, 'dependency-unavailable']);
  });
});

it('a receiver of items that asks for a time is not installed', async () => {
  const contract = await notesContract(noticesYaml.replace('secretRef: notices', 'secretRef: notices, toleranceS: 60'));
  contract.events.push({ type: 'notice.heard', when: '', data: true });
  expect(() => world.edge.install([{ contract, handlers: {}, owners: {} }])).toThrow('Adyen signs no time');
});

const noticesYaml = `
openapi: 3.1.0
info: { title: Notices, version: 1.0.0, description: Notices. }
servers: [{ url: /notices/v1 }]
x-plinth: { capability: notices, owner: { team: test, contact: test@example.org }, audience: [customer] }
paths:
  /notices:
    post:
      operationId: hearNotice
      summary: Hear of a payment
      security: []
      x-plinth: { effect: write, idempotency: none, audience: [service], emits: [notice.heard], webhookIn: { scheme: adyen, secretRef: notices } }
      requestBody:
        required: true
        content: { application/json: { schema: { type: object, additionalProperties: true, required: [eventCode], properties: { eventCode: { enum: [CAPTURE] } } } } }
      responses: { '202': { description: Kept. } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration } }
`;
