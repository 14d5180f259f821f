// Every projection is what its reaction makes of the event log, and nothing else: dropped and folded again it is the same,
// byte by byte, also while the platform goes on.

import {
  type Capability,
  newIds,
  rebuildProjection,
  servicePrincipal,
  systemClock,
  worldCustomers,
} from '@plinth/runtime';
import { atEase, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storedCapabilities } from '../server/src/cli/with-database.ts';
import { readConfig } from '../server/src/config.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';
import { aSeededDatabase } from './seeded.ts';

const projections = (storedCapabilities() as readonly Capability[])
  .flatMap(({ reactions = [] }) => reactions)
  .filter(({ projection }) => projection !== undefined);
const [ada, ben] = worldCustomers(8, Temporal.Now.plainDateISO('UTC').with({ day: 1 })).map(({ id }) => id) as [
  string,
  string,
];
const ids = newIds(systemClock);
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
  });
  await live();
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

/** A little of everything that projections look at. */
async function live(): Promise<void> {
  for (const customerId of [ada, ben, ada]) {
    const order = await act(customerId, 'orders.placeOrder', {
      lines: [{ sku: 'KETTLE-17', quantity: 1 }],
      payment: { method: 'card_ok' },
    });
    await act(customerId, 'tickets.openTicket', { subject: 'Does not heat', text: 'It stopped after two weeks.' });
    if (customerId === ben) await act(ben, 'orders.cancelOrder', undefined, { orderId: String(order['id']) });
  }
  await platform.settled();
}

async function act(
  customerId: string,
  operation: string,
  body: unknown,
  parameters: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const principal = { ...servicePrincipal('test', customerId), audience: 'customer' as const };
  const input = { ...parameters, ...(body === undefined ? {} : { body }) };
  const answer = await platform.edge.invoke({ operation, principal, input, idempotencyKey: ids.uuid() });
  if (answer.status >= 300) throw new Error(`${operation}: ${JSON.stringify(answer.body)}`);
  return answer.body as Record<string, unknown>;
}

async function textOf(table: string): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`
    select p::text as text from ${sql.table(table)} p order by 1`.execute(database.db);
  return rows.map(({ text }) => text);
}

it('there are those of the timeline and of what decisions look at', () => {
  expect(projections.map(({ name }) => name)).toEqual(['customers.project-timeline', 'personalization.remember-fact']);
});

describe.each(projections.map((each) => [each.name, each] as const))('%s', (_name, reaction) => {
  const { table, key } = reaction.projection ?? { table: '', key: '' };
  const rebuild = () => rebuildProjection(platform.services as never, reaction);

  it('is the same when it is folded again', async () => {
    const before = await textOf(table);
    const rebuilt = await rebuild();
    expect(rebuilt).toMatchObject({ isSame: true });
    expect(rebuilt.after).toBeGreaterThan(5);
    expect(await textOf(table)).toEqual(before);
  });

  it('comes back when its rows were lost or spoilt', async () => {
    const before = await textOf(table);
    await sql`
      delete from ${sql.table(table)} where ${sql.ref(key)}::text in (select event_id::text from runtime.outbox limit 20)`.execute(
      database.db,
    );
    expect(await textOf(table)).not.toEqual(before);
    expect(await rebuild()).toMatchObject({ isSame: false });
    expect(await textOf(table)).toEqual(before);
  });

  it('misses nothing that happens meanwhile', async () => {
    await Promise.all([live(), rebuild(), rebuild()]);
    await platform.settled();
    const before = await textOf(table);
    expect(await rebuild()).toMatchObject({ isSame: true });
    expect(await textOf(table)).toEqual(before);
  });
});
