// Who writes and then reads sees the write, over HTTP and with the reactions of the whole platform in between: in the
// timeline, and in what personalization has noticed.

import { createClient } from '@plinth/client';
import { createCustomers } from '@plinth/client/customers';
import { createOrders } from '@plinth/client/orders';
import { createPersonalization } from '@plinth/client/personalization';
import { createTickets } from '@plinth/client/tickets';
import { worldCustomers } from '@plinth/runtime';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ada, ben, call, openIssuer, type OutsideIssuer, startWorld, type World } from './security/world.ts';

const scopes = 'customers.read tickets.write orders.write orders.read personalization.explain';
const today = Temporal.Now.plainDateISO('UTC').with({ day: 1 });
const broken = { subject: 'The kettle does not heat', text: 'It stopped after two weeks.' };
let issuer: OutsideIssuer;
let world: World;

beforeAll(async () => {
  issuer = await openIssuer();
  world = await startWorld({ issuer });
});
afterAll(async () => {
  await world.close();
  await issuer.close();
});

interface Timeline {
  items: { subject: string }[];
  stale?: boolean;
}

const open = async (token: string, key: string, at = world) => {
  const headers = { 'idempotency-key': key };
  const made = await call(at, token, '/tickets/v1/tickets', { method: 'POST', body: broken, headers });
  expect(made.status).toBe(201);
  return { id: String(made.body['id']), position: made.headers.get('plinth-position') ?? '' };
};
const look = async (token: string, position: string, at = world): Promise<Timeline> => {
  const headers = { 'plinth-position': position };
  const { status, body } = await call(at, token, '/customers/v1/customers/me/timeline?limit=1', { headers });
  expect(status).toBe(200);
  return body as unknown as Timeline;
};

describe('a caller of its own', () => {
  it.each([ada, ben])('of %s sees each of fifteen tickets at once', async (customer) => {
    const token = await issuer.customer(customer, scopes);
    for (let n = 0; n < 15; n++) {
      const { id, position } = await open(token, `ticket-${n}`);
      expect(position).toMatch(/^\d+$/);
      const { items, stale } = await look(token, position);
      expect([n, items[0]?.subject, stale]).toEqual([n, id, undefined]);
    }
  });

  it('sees in one process what it did in another, to and fro', async () => {
    const other = await startWorld({ issuer, database: world.database });
    // Of nobody's limits but its own.
    const token = await issuer.customer(worldCustomers(8, today)[3]?.id ?? '', scopes);
    const seen: unknown[] = [];
    for (let n = 0; n < 18; n++) {
      const [here, there] = n % 2 === 0 ? [world, other] : [other, world];
      const { id, position } = await open(token, `afar-${n}`, here);
      const { items, stale } = await look(token, position, there);
      seen.push([items[0]?.subject === id, stale]);
    }
    await other.close();
    expect(seen).toEqual(Array.from({ length: 18 }, () => [true, undefined]));
  });

  it.each([
    ['the timeline', 'customers.project-timeline', '/customers/v1/customers/me/timeline?limit=1'],
    ['the profile', 'personalization.remember-fact', '/personalization/v1/profiles/me'],
  ])('is told so while another process has %s, and sees it afterwards', async (_, reaction, path) => {
    const token = await issuer.customer(ben, scopes);
    const see = async (position: string) =>
      (await call(world, token, path, { headers: { 'plinth-position': position } })).body;
    const before = await see('0');
    const unlock = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const other = world.database.transaction(async (tx) => {
      await sql`select 1 from runtime.consumer where name = ${reaction} for update`.execute(tx);
      locked.resolve();
      await unlock.promise;
    });
    await locked.promise;
    const { position } = await open(token, reaction);
    const missing = await see(position).finally(unlock.resolve);
    await other;
    expect(missing).toEqual({ ...before, stale: true });
    await expect.poll(async () => (await see(position))['stale'], { timeout: 10_000 }).toBeUndefined();
    expect(await see(position)).not.toEqual(before);
  });
});

it('our client reads what it has written by itself: thirty orders, in the timeline and in the profile', async () => {
  const token = await issuer.customer(ada, scopes);
  const client = createClient({ baseUrl: world.base, auth: () => token });
  const [orders, customers, noticed] = [createOrders(client), createCustomers(client), createPersonalization(client)];
  const openOrders = async (): Promise<number> => {
    const { features, stale } = await noticed.getProfile({ customerId: 'me' });
    expect(stale).toBeUndefined();
    return Number(features.find(({ name }) => name === 'orders_open')?.value);
  };
  const before = await openOrders();
  for (let n = 0; n < 30; n++) {
    const body = { lines: [{ sku: 'KETTLE-17', quantity: 1 }], payment: { method: 'card_ok' as const } };
    const { id } = await orders.placeOrder({ body });
    const { items, stale } = await customers.listTimeline({ customerId: 'me', limit: 25 });
    expect([n, items.some(({ subject }) => subject === id), stale]).toEqual([n, true, undefined]);
    expect(await openOrders()).toBe(before + n + 1);
  }
});

it('a client that knows of no write waits for nothing', async () => {
  const token = await issuer.customer(ada, scopes);
  const sent: (string | undefined)[] = [];
  const onExchange = ({ headers }: { headers: Readonly<Record<string, string>> }) =>
    sent.push(headers['plinth-position']);
  const client = createClient({ baseUrl: world.base, auth: () => token, onExchange });
  await createCustomers(client).listTimeline({ customerId: 'me' });
  expect(sent).toEqual([undefined]);
  await createTickets(client).openTicket({ body: broken });
  await createCustomers(client).listTimeline({ customerId: 'me' });
  expect(sent).toEqual([undefined, undefined, expect.stringMatching(/^\d+$/)]);
});
