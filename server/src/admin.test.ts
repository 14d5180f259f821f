import { connect, type Socket } from 'node:net';
import { migrate, runtimeMigrations } from '@plinth/runtime';
import { Metrics } from '@plinth/runtime/pipeline';
import { anEmptyDatabase, eventually, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AdminListening, listenAdmin } from './admin.ts';

let database: TestDatabase;
let admin: AdminListening;
let ready = true;
let drained = 0;
const metrics = new Metrics();
const readiness = () => Promise.resolve(ready ? { ready } : { ready, because: 'draining' });
const ask = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${admin.port}${path}`, { method });

beforeAll(async () => {
  database = await anEmptyDatabase();
  await migrate(database, [runtimeMigrations]);
  admin = await listenAdmin({ port: 0, metrics, database, readiness, drain: () => (drained += 1) });
});
afterAll(async () => {
  await admin.close();
  await database.close();
});

const tell = (type: string) =>
  fetch(`http://127.0.0.1:${admin.port}/drain`, { method: 'POST', headers: { 'content-type': type } });

it('says how long facts wait, from the database', async () => {
  const before = await (await ask('/metrics')).text();
  expect(before).toContain('plinth_outbox_lag 0\n');
  await sql`
    insert into runtime.outbox (event_id, type, source, subject, aggregate_seq, data, trace_id, time, created_at)
    values (gen_random_uuid(), 'a.b', '/a', 's', 1, '{}', 't', now(), now() - interval '90 seconds')`.execute(
    database.db,
  );
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const lag = /plinth_outbox_lag (\d+)/.exec(await (await ask('/metrics')).text())?.[1];
  expect(Number(lag)).toBeGreaterThanOrEqual(90);
});

const letter = (replayed: string) =>
  sql`
  insert into runtime.dead_letter (consumer, event_id, subject, position, event, attempt, error, replayed_at)
  values ('a', gen_random_uuid(), 's', 1, '{}', 8, 'poison', ${sql.raw(replayed)})`.execute(database.db);

it('counts letters that wait for somebody, and none that were tried again', async () => {
  await Promise.all([letter('null'), letter('null'), letter('now()')]);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect(await (await ask('/metrics')).text()).toContain('plinth_deadletters 2\n');
});

it('counts deliveries that wait, and how far the slowest reaction is behind', async () => {
  const { db } = database;
  await sql`
    insert into runtime.webhook_target (id, owner, kind, url, state, created_at)
    values ('00000000-0000-4000-8000-000000000001', 'o', 'endpoint', 'https://a.example', 'active', now())`.execute(db);
  await sql`
    insert into runtime.webhook_delivery (id, target_id, event_id, event_type, media_type, body, state, created_at)
    select gen_random_uuid(), '00000000-0000-4000-8000-000000000001', state, 'a.b', 'a/b', '', state, now()
    from unnest(array['pending', 'delivered', 'dead']) state`.execute(db);
  await sql`update runtime.event_log set head = 10`.execute(db);
  await sql`insert into runtime.consumer (name, position) values ('slow', 3), ('quick', 9)`.execute(db);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const text = await (await ask('/metrics')).text();
  expect(text).toContain('plinth_webhook_pending 1\n');
  expect(text).toContain('plinth_inbox_lag 7\n');
});

it('says nothing of what only the database knows while that is away', async () => {
  let isAway = false;
  let reads = 0;
  const over = new Proxy(database, {
    get: (target, name) => {
      if (name === 'db') reads += 1;
      if (name === 'db' && isAway) throw new Error('away');
      return Reflect.get(target, name) as unknown;
    },
  });
  const other = await listenAdmin({ port: 0, metrics: new Metrics(), database: over, readiness });
  const figures = async () => (await fetch(`http://127.0.0.1:${other.port}/metrics`)).text();
  for (let n = 0; n < 5; n++) expect(await figures()).toMatch(/^plinth_outbox_lag \d/m);
  // Once a second, however often it is asked.
  expect(reads).toBeLessThan(5);
  isAway = true;
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect(await figures()).toMatch(/^plinth_outbox_lag NaN$/m);
  await other.close();
});

it('is heard on this machine’s own address alone', async () => {
  await expect(fetch(`http://127.0.0.2:${admin.port}/livez`)).rejects.toThrow('fetch failed');
});

it('counts refusals by stage and code', async () => {
  metrics.nameStages((code) => (code === 'rate-limited' ? 'limit' : undefined));
  metrics.refused('rate-limited');
  metrics.refused('orders.out-of-stock');
  const text = await (await ask('/metrics')).text();
  expect(text).toContain('plinth_edge_refused_total{stage="limit",code="rate-limited"} 1\n');
  expect(text).toContain('plinth_edge_refused_total{stage="handler",code="orders.out-of-stock"} 1\n');
});

it('says whether the process lives and may be sent work', async () => {
  expect((await ask('/livez')).status).toBe(200);
  expect((await ask('/readyz')).status).toBe(200);
  ready = false;
  const answer = await ask('/readyz');
  expect([answer.status, await answer.json()]).toEqual([503, { ready: false, because: 'draining' }]);
});

it('knows nothing else, and is only read', async () => {
  expect((await ask('/openapi.json')).status).toBe(404);
  expect((await ask('/metrics', 'POST')).status).toBe(405);
});

it('is told to end by who can name the type of a body, which no page of another origin can', async () => {
  expect([(await tell('text/plain')).status, drained]).toEqual([415, 0]);
  expect([(await ask('/drain')).status, drained]).toEqual([404, 0]);
  expect([(await tell('application/json')).status, drained]).toEqual([202, 1]);
});

it('has room for fifty connections', async () => {
  const sockets: Socket[] = [];
  for (let n = 0; n < 60; n++) sockets.push(connect(admin.port, '127.0.0.1').on('error', () => undefined));
  await eventually('others are cut', 5_000, () => sockets.filter(({ closed }) => closed).length >= 10);
  expect(sockets.filter(({ closed }) => !closed).length).toBeGreaterThan(40);
  sockets.forEach((socket) => socket.destroy());
});
