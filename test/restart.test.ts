// A process that starts finds work of one that died in the middle, and goes on with it before it has taken any call.

import { newIds, servicePrincipal, systemClock, worldCustomers } from '@plinth/runtime';
import { atEase, anEmptyDatabase, eventually, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../server/src/config.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await anEmptyDatabase();
});
afterAll(() => database.close());

const start = (): Promise<Platform> =>
  createPlatform({
    config: readConfig({ demo: true, ephemeral: true }, { LOG_LEVEL: 'silent' }),
    database,
    databaseUrl: database.url,
    mail: { send: () => Promise.resolve(), close: () => Promise.resolve() },
    clock: systemClock,
    load: atEase,
  });

it('runs under way are finished, and nothing of them is undone', async () => {
  const first = await start();
  const [customer] = worldCustomers(8, Temporal.Now.plainDateISO('UTC').with({ day: 1 }));
  const answer = await first.edge.invoke({
    operation: 'orders.placeOrder',
    principal: { ...servicePrincipal('test', customer?.id ?? ''), audience: 'customer' },
    input: { body: { lines: [{ sku: 'KETTLE-17', quantity: 1 }], payment: { method: 'card_ok' } } },
    idempotencyKey: newIds(systemClock).uuid(),
  });
  expect(answer.status).toBe(201);
  await first.settled();
  await first.close();
  // As the process would have left it that died when the goods were confirmed.
  await sql`delete from orders.workflow_step where name in ('confirm-stock', 'take-money')`.execute(database.db);
  await sql`update orders.workflow_run set state = 'running', ended_at = null`.execute(database.db);
  // What the platform needs before it can serve comes late: the run is claimed long before.
  const slow = database.transaction(async (tx) => {
    await sql`lock table oidc.key in access exclusive mode`.execute(tx);
    await new Promise((resolve) => setTimeout(resolve, 5000));
  });
  const second = await start();
  await slow;
  const run = await eventually('the run ends', 20_000, async () => {
    const { rows } = await sql<{ state: string; error: string | null }>`
      select state, error from orders.workflow_run where state not in ('running', 'undoing')`.execute(database.db);
    return rows[0];
  });
  expect(run).toEqual({ state: 'completed', error: null });
  await second.close();
});
