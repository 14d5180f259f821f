// The server dies in the middle of a checkout, as by `kill -9`, and starts again: one legal end, and the audit finds
// nothing.

import { once } from 'node:events';
import { eventually, type TestDatabase } from '@plinth/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { personAt } from './journeys/caller.ts';
import { plinth, type RunningPlatform, startPlatform } from './journeys/platform.ts';
import { aSeededDatabase } from './seeded.ts';

interface Order {
  id: string;
  state: string;
  total: { amount: number };
  paymentId?: string;
}

let database: TestDatabase;
const started: RunningPlatform[] = [];

async function start(env?: Record<string, string>): Promise<RunningPlatform> {
  const platform = await startPlatform({ databaseUrl: database.url, ...(env ? { env } : {}) });
  started.push(platform);
  return platform;
}

beforeEach(async () => {
  database = await aSeededDatabase();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((platform) => platform.stop()));
  await database.close();
});

const wish = { lines: [{ sku: 'KETTLE-17', quantity: 1 }], payment: { method: 'card_ok', points: 10 } };

describe('a server killed in the middle of a checkout', () => {
  it.each([
    'write.before-commit',
    'write.after-commit',
    'open.after-start',
    'order.reserved',
    'payment.asked',
    'payment.answered',
    'order.paid',
    'order.placed',
    'relay.before-commit',
  ])('at %s comes back to one legal end', async (point) => {
    const key = `checkout-${point}`;
    const dying = await start({ PLINTH_CRASH_AT: point });
    const died = once(dying.child, 'exit');
    // The sign-in happens at the dying server too: sessions outlive it.
    const ada = await personAt(dying.base, 'ada').catch(() => undefined);
    const lost = await ada?.('POST', '/orders/v1/orders', wish, { 'idempotency-key': key }).catch(() => undefined);
    const [, signal] = (await died) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');

    const platform = await start();
    const again = await personAt(platform.base, 'ada');
    // The caller does what every good client does: the same call with the same key.
    const { status, body: order } = await again<Order>('POST', '/orders/v1/orders', wish, { 'idempotency-key': key });
    expect({ status, order }).toMatchObject({ status: 201, order: { state: expect.any(String) } });
    // Whoever got an answer before the end got this very order.
    expect(lost?.status === 201 ? lost.body['id'] : order.id).toBe(order.id);
    const settled = await eventually('the order is settled', 20_000, async () => {
      const { body } = await again<Order>('GET', `/orders/v1/orders/${order.id}`);
      return ['placed', 'rejected', 'cancelled'].includes(body.state) ? body : undefined;
    });
    expect(settled.state).toBe('placed');
    const payments = await again<{ items: { id: string; state: string; reference: string }[] }>(
      'GET',
      '/payments/v1/payments?limit=50',
    );
    expect(payments.body.items.filter((each) => each.reference === order.id)).toMatchObject([{ state: 'captured' }]);
    await platform.stop();
    const audit = await plinth(['audit', '--json'], { DATABASE_URL: database.url });
    expect(JSON.parse(audit.stdout)).toMatchObject({ broken: [] });
    expect(audit.code).toBe(0);
  });
});
