// Personal data and secrets are for whom they are meant: none stands in logs, metrics, problems, facts, dead letters, the
// audit or stored answers of secrets. The platform runs as a process of its own, with every line it can write.

import { randomUUID } from 'node:crypto';
import { openPostgres } from '@plinth/adapters/postgres';
import type { Database } from '@plinth/runtime';
import { anEmptyDatabase, sessionOf, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callerWith, personAt } from '../journeys/caller.ts';
import { type RunningPlatform, startPlatform } from '../journeys/platform.ts';

let database: TestDatabase;
let platform: RunningPlatform;
let db: Database;
beforeAll(async () => {
  database = await anEmptyDatabase();
  platform = await startPlatform({ databaseUrl: database.url, env: { LOG_LEVEL: 'debug' } });
  db = await openPostgres({ url: database.url, poolSize: 1 });
}, 120_000);
afterAll(async () => {
  await platform?.stop();
  await db?.close();
  await database?.close();
});

/** Personal values of one person; each is looked for in every spelling that JSON gives it. */
const person = {
  givenName: 'Canarya',
  familyName: 'Kanarienvogel',
  email: 'canary.pii@mail.example',
  phone: '+46701999888',
};

async function tablesWith(text: string): Promise<string[]> {
  const { rows: tables } = await sql<{ name: string }>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`.execute(db.db);
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from ${sql.raw(name)} as t
      where t::text like ${`%${text}%`} or t::text like ${`%${Buffer.from(text).toString('hex')}%`}`.execute(db.db);
    if ((rows[0]?.n ?? 0) > 0) found.push(name);
  }
  return found;
}

it('personal data and secrets stand where they belong, and nowhere else', async () => {
  const ada = await personAt(platform.base, 'ada');
  const mia = await personAt(platform.base, 'mia');
  const browser = await sessionOf({ baseUrl: platform.base, username: 'petra' });
  const petra = callerWith(platform.base, { cookie: browser.cookies(), 'sec-fetch-site': 'same-origin' });
  // Written, read, refused in several ways: everything that could be told on the way.
  const made = await mia('POST', '/customers/v1/customers', { ...person, city: 'Umeå', country: 'SE', locale: 'sv' });
  expect(made.status).toBe(201);
  const id = String(made.body['id']);
  await mia('GET', `/customers/v1/customers?q=${encodeURIComponent(person.email)}`);
  await mia('PATCH', `/customers/v1/customers/${id}`, { phone: person.phone });
  const problems = [
    await mia('POST', '/customers/v1/customers', { ...person, city: 'Umeå', country: 'SE', locale: 'sv' }),
    await mia('PATCH', `/customers/v1/customers/${id}`, { email: `${person.email} x` }),
    await mia('PATCH', `/customers/v1/customers/${id}`, { phone: `${person.phone}x`, givenName: 7 }),
    await mia('PATCH', `/customers/v1/customers/${id}`, { email: person.email, isAdmin: person.familyName }),
    await ada('GET', `/customers/v1/customers/${id}`),
    await callerWith(platform.base, { authorization: `Bearer ${person.email}` })('GET', '/customers/v1/customers/me'),
  ];
  expect(problems.map(({ status }) => status).every((status) => status >= 400)).toBe(true);
  const app = await petra('POST', '/partners/v1/apps', { name: 'Canary', scopes: ['catalogue.read'] });
  const key = await petra(
    'POST',
    `/partners/v1/apps/${String(app.body['id'])}/keys`,
    {},
    { 'idempotency-key': randomUUID() },
  );
  expect(key.status).toBe(201);
  const secret = String(key.body['secret']);
  const hook = { appId: app.body['id'], url: 'https://hooks.example.org/canary', events: ['order.placed'] };
  const endpoint = await petra('POST', '/partners/v1/webhook-endpoints', hook);
  expect(endpoint.status).toBe(201);
  const hookSecret = String(endpoint.body['secret']);
  expect(hookSecret).toMatch(/^whsec_/);
  const keyed = await petra('POST', '/partners/v1/webhook-endpoints', { ...hook, signature: 'ed25519' });
  const { rows: pairs } = await sql<{ privateKey: string }>`
    select secret as "privateKey" from runtime.webhook_secret
    where public_key = ${String(keyed.body['secret'])}`.execute(db.db);
  const privateKey = String(pairs[0]?.privateKey);
  expect(privateKey).toMatch(/^whsk_/);
  const listed = await petra('GET', '/partners/v1/webhook-endpoints');
  expect(JSON.stringify(listed.body)).toContain(String(keyed.body['secret']));
  const byKey = callerWith(platform.base, { authorization: `Bearer ${secret}` });
  expect((await byKey('GET', '/catalogue/v1/offerings')).status).toBe(200);
  const cookie = /plinth=([^;]+)/.exec(browser.cookies())?.[1] ?? '';
  expect(cookie.length).toBeGreaterThan(20);

  const metrics = await (await fetch(`${platform.base}/metrics`)).text();
  const told = JSON.stringify([...problems, keyed, listed].map(({ body }) => body));
  const output = platform.output();
  expect(output).toContain('customers.createCustomer');
  const canaries = {
    ...person,
    secret,
    'secret without its ends': secret.slice(14, -6),
    hookSecret,
    privateKey,
    cookie,
  };
  const leaks = Object.entries(canaries).flatMap(([name, text]) =>
    [
      ['the log', output],
      ['metrics', metrics],
      ['problems', told],
    ].flatMap(([place, content]) => ((content as string).includes(text) ? [`${name} in ${place as string}`] : [])),
  );
  expect(leaks).toEqual([]);
  for (const text of [person.familyName, person.email]) {
    // The person's own record; the answer that was kept of who made it is sealed.
    expect(await tablesWith(text)).toEqual(['customers.customers']);
  }
  for (const text of [secret, secret.slice(14, -6), cookie]) expect(await tablesWith(text)).toEqual([]);
  // It must be known to sign with, and stands nowhere else: not in the stored answer that told it, either.
  for (const text of [hookSecret, privateKey]) expect(await tablesWith(text)).toEqual(['runtime.webhook_secret']);
});
