import { migrate, toWireId, webhooks } from '@plinth/runtime';
import { aDatabase, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as partners0001 from './migrations/0001-partners.ts';
import * as partners0002 from './migrations/0002-deliveries.ts';
import * as partners0004 from './migrations/0004-suspensions.ts';
import * as partners0005 from './migrations/0005-lasting-suspensions.ts';
import * as partners0007 from './migrations/0007-suspended-apps.ts';

const [app, active, removed, key] = [1, 2, 3, 4].map((n) => `00000000-0000-7000-8000-00000000000${n}`) as [
  string,
  string,
  string,
  string,
];
let database: TestDatabase;

beforeAll(async () => {
  database = await aDatabase([{ schema: 'partners', migrations: { '0001-partners': partners0001 } }]);
});
afterAll(() => database.close());

it('endpoints, secrets and deliveries of before are there after the change, and go on', async () => {
  const { db } = database;
  await sql`insert into partners.apps values (${app}, 'ptn_a', 'A', 'sandbox', '{orders.read}', now())`.execute(db);
  await sql`insert into partners.keys values (${key}, ${app}, 'k1', 'h', 'pln_test', 'live', now())`.execute(db);
  for (const [id, state] of [
    [active, 'active'],
    [removed, 'removed'],
  ])
    await sql`
      insert into partners.endpoints
      values (${id}, ${app}, 'ptn_a', 'https://example.com/', '{order.placed}', 'whsec_old', ${state}, 0, now())`.execute(
      db,
    );
  for (const [n, state] of ['pending', 'delivered', 'dead'].entries())
    await sql`
      insert into partners.deliveries
      values (${`10000000-0000-7000-8000-00000000000${n}`}, ${active}, 'ptn_a', ${`evt_${n}`}, 'order.placed', '{}',
        ${state}, '[{"at":"2026-01-01T00:00:00Z","outcome":"answered 500","durationMs":1}]', null, now())`.execute(db);
  await migrate(database, [
    { schema: 'partners', migrations: { '0001-partners': partners0001, '0002-deliveries': partners0002 } },
  ]);
  const targets = await webhooks.readTargets(db, [active, removed]);
  expect([targets.get(active)?.state, targets.get(removed)?.state]).toEqual(['active', 'removed']);
  const owners = [toWireId('app', app)];
  const log = await webhooks.listDeliveries(db, { owners }, { limit: 10 });
  expect(log.map(({ eventId, state }) => `${eventId} ${state}`).toSorted()).toEqual([
    'evt_0 pending',
    'evt_1 delivered',
    'evt_2 dead',
  ]);
  expect(log.find(({ state }) => state === 'pending')?.dueAt).toBeDefined();
  expect(log[0]?.attempts).toHaveLength(1);
  const secrets = await sql<{ secret: string }>`
    select secret from runtime.webhook_secret where holder = ${active}`.execute(db);
  expect(secrets.rows).toEqual([{ secret: 'whsec_old' }]);
  const keys = await sql`select scopes, addresses, expires_at from partners.keys`.execute(db);
  expect(keys.rows).toEqual([{ scopes: null, addresses: [], expiresAt: null }]);
});

it('a partner that was shut out before, for a day then, is shut out until it is let in', async () => {
  const { db } = database;
  const upTo0004 = { '0001-partners': partners0001, '0002-deliveries': partners0002, '0004-suspensions': partners0004 };
  await migrate(database, [{ schema: 'partners', migrations: upTo0004 }]);
  await sql`insert into partners.suspensions values ('ptn_a', 'fraud', now() - interval '3 days')`.execute(db);
  await sql`insert into runtime.revocation values ('ptn:ptn_a', now() - interval '3 days', now() - interval '2 days')`.execute(
    db,
  );
  await migrate(database, [
    { schema: 'partners', migrations: { ...upTo0004, '0005-lasting-suspensions': partners0005 } },
  ]);
  const { rows } = await sql<{ what: string; lasts: boolean }>`
    select what, until > now() + interval '1000 years' as lasts from runtime.revocation`.execute(db);
  expect(rows).toEqual([{ what: 'ptn:ptn_a', lasts: true }]);
});

it('an application that was given the state by hand is shut out, and goes on in the sandbox', async () => {
  const { db } = database;
  await sql`update partners.apps set state = 'suspended' where id = ${app}`.execute(db);
  const all = {
    '0001-partners': partners0001,
    '0002-deliveries': partners0002,
    '0004-suspensions': partners0004,
    '0005-lasting-suspensions': partners0005,
    '0007-suspended-apps': partners0007,
  };
  await migrate(database, [{ schema: 'partners', migrations: all }]);
  const apps = await sql`
    select state, suspended_since is not null as "isOut", suspended_because as because from partners.apps`.execute(db);
  expect(apps.rows).toEqual([{ state: 'sandbox', isOut: true, because: 'Suspended before reasons were kept.' }]);
  const { rows } = await sql<{ what: string }>`
    select what from runtime.revocation where until > now() + interval '1000 years' order by what`.execute(db);
  expect(rows.map(({ what }) => what)).toEqual([`app:${toWireId('app', app)}`, 'ptn:ptn_a']);
});
