// Calls whose end is found out late, by look-up or by a person: callbacks, kept answers, facts and ids are as if the answer
// had come at once. And a look-up that our own guards refuse uses up none of its turns.

import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { customers } from '@plinth/capabilities/customers';
import { type Principal, servicePrincipal, systemClock, webhooks } from '@plinth/runtime';
import { atEase, eventually, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { readConfig } from '../../server/src/config.ts';
import { createPlatform, type Platform } from '../../server/src/platform.ts';
import { aSeededDatabase } from '../seeded.ts';
import { contract, events, lookUp, manifestOf, openTill, target, type Till, type Wish } from './payouts.ts';

const main = path.resolve(import.meta.dirname, '../../server/src/main.ts');
const application = 'app_late';

/** The payouts, kept for an hour, and with an address that is told what became of one. */
const late = contract
  .replace('list: true }, timeoutMs', 'list: true }, cache: { ttl: PT1H, tags: [payouts] }, timeoutMs')
  .replace('emits: [payout.made] }', 'emits: [payout.made], cache: { purges: [payouts] } }')
  .replace('wish: { type: string }', 'wish: { type: string }, callbackUrl: { type: string }')
  .replace(
    '      requestBody:',
    `      callbacks:
        paid:
          '{$request.body#/callbackUrl}':
            post: { operationId: onPaid, responses: { '204': { description: Heard. } } }
      requestBody:`,
  );

let folder: string;
let till: Till;
let url: string;
let receiver: Server;
let callbackUrl: string;
let database: TestDatabase;
let platform: Platform;
let secret: string;
/** Bodies of callbacks that were signed with the application's secret. */
let heard: Record<string, unknown>[];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'plinth-late-'));
  till = openTill();
  url = await listening(till.server);
  receiver = createServer((request, response) => void hear(request, response));
  const host = await listening(receiver);
  callbackUrl = `${host}/heard`;
  database = await aSeededDatabase();
  const env = { LOG_LEVEL: 'silent', PLINTH_ALLOWED_PRIVATE_HOSTS: new URL(host).host };
  platform = await createPlatform({
    config: readConfig({ demo: true, ephemeral: true, data: folder }, env),
    database,
    databaseUrl: database.url,
    mail: { send: () => Promise.resolve(), close: () => Promise.resolve() },
    clock: systemClock,
    load: atEase,
    capabilities: [customers],
  });
  ({ secret } = await database.transaction((tx) => webhooks.rotateSecret(tx, application, systemClock.now())));
  const home = path.join(folder, 'contracts/payouts');
  mkdirSync(home, { recursive: true });
  const files = { 'contract.yaml': late, 'events.yaml': events, 'till.yaml': target };
  for (const [name, written] of Object.entries(files)) writeFileSync(path.join(home, name), written);
});
afterAll(async () => {
  await platform?.close();
  await database?.close();
  for (const server of [till?.server, receiver]) {
    server?.closeAllConnections();
    server?.close();
  }
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  till.effects.clear();
  till.requests.length = 0;
  till.lookUpStatus = undefined;
  heard = [];
});

it('a success found by look-up is told to the callback, and ends what was kept before it', async () => {
  await install(lookUp);
  till.lookUpStatus = 500;
  expect(await pay('act-and-reset', 'looked-up')).toMatchObject({ status: 504 });
  // Kept after the call, before anybody knows: the till shows nothing yet.
  till.list = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"list":[]}' };
  expect(await list()).toEqual([]);
  till.list = undefined;
  expect(await list()).toEqual([]);
  expect(heard).toEqual([]);
  till.lookUpStatus = undefined;
  await eventually('the callback came', 30_000, () => Promise.resolve(heard.length > 0));
  const stored = await pay('act-and-reset', 'looked-up');
  expect(stored).toMatchObject({ status: 201, body: { amount: 700, state: 'paid' } });
  expect(heard).toEqual([stored.body]);
  await eventually('the list is read anew', 10_000, async () => (await list()).length === 1);
}, 60_000);

it('that nothing happened is told to the callback as a problem', async () => {
  await install(lookUp);
  expect(await pay('reset', 'nothing')).toMatchObject({ status: 504 });
  await eventually('the callback came', 30_000, () => Promise.resolve(heard.length > 0));
  expect(heard).toMatchObject([{ code: 'upstream-failed', status: 502 }]);
  expect(await pay('ok', 'nothing')).toMatchObject({ status: 201 });
}, 60_000);

it('a success that a person found is told alike, and what the upstream calls it is known from then on', async () => {
  await install('none');
  const first = await pay('act-and-reset', 'by-hand');
  const { job } = first.body as { job: string };
  till.list = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"list":[]}' };
  expect(await list()).toEqual([]);
  till.list = undefined;
  expect(await list()).toEqual([]);
  const [[effect] = []] = [...till.effects.values()];
  const settle = ['doubts', 'settle', job, '--done', '--reason', 'the till roll has it'];
  const theirs = file('theirs.json', { ...effect, s: 'X' });
  expect(await plinth([...settle, '--theirs', theirs, '--answer', theirs])).toMatchObject({ code: 2 });
  expect(await plinth([...settle, '--theirs', theirs])).toMatchObject({
    code: 3,
    err: expect.stringContaining('a state is not in the map s') as string,
  });
  expect(await known()).toEqual([]);
  file('theirs.json', effect);
  expect(await plinth([...settle, '--theirs', theirs])).toEqual({ code: 0, err: `${job} is settled as done\n` });
  const stored = await pay('act-and-reset', 'by-hand');
  expect(stored).toMatchObject({ status: 201, body: { amount: 700, state: 'paid', customerId: 'cus_a' } });
  const { id } = stored.body as { id: string };
  expect(await known()).toEqual([{ theirs: effect?.n, ours: id, owner: 'cus_a' }]);
  await eventually('the callback came', 30_000, () => Promise.resolve(heard.length > 0));
  expect(heard).toEqual([stored.body]);
  await eventually('the list is read anew', 10_000, async () => (await list()).length === 1);
  const { rows } = await sql`select type, data from runtime.outbox where subject = ${id}`.execute(database.db);
  expect(rows).toEqual([{ type: 'payout.made', data: stored.body }]);
}, 60_000);

it('a look-up that the open breaker keeps back uses up no turn', async () => {
  await install(lookUp);
  till.lookUpStatus = 500;
  const before = breakerOpenings();
  for (let n = 0; n < 44; n++) {
    // Most calls go well at any time, so that the breaker of the write stays closed.
    for (const twin of ['a', 'b']) expect((await pay('ok', `well-${n}-${twin}`)).status).toBe(201);
    expect((await pay('act-and-reset', `lost-${n}`)).status).toBe(504);
  }
  await eventually('the breaker of the look-up opens', 20_000, () => Promise.resolve(breakerOpenings() > before));
  await eventually('turns are what the till was asked', 10_000, async () => {
    const { rows } = await sql<{ turns: number; unasked: number }>`
      select sum(asked)::int as turns, count(*) filter (where asked = 0)::int as unasked
      from runtime.upstream_call where state = 'unknown'`.execute(database.db);
    const asked = till.requests.filter(({ url: to }) => to.startsWith('/by/')).length;
    return rows[0]?.turns === asked && rows[0].unasked > 0;
  });
  till.lookUpStatus = undefined;
  await eventually('all are found out', 45_000, async () => {
    const { rows } = await sql`select 1 from runtime.upstream_call where state <> 'done'`.execute(database.db);
    return rows.length === 0;
  });
  expect([...till.effects.values()].every((each) => each.length === 1)).toBe(true);
}, 120_000);

async function hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const [id, seconds, signature] = ['id', 'timestamp', 'signature'].map((name) => request.headers[`webhook-${name}`]);
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const right = createHmac('sha256', key)
    .update(`${String(id)}.${String(seconds)}.${body}`)
    .digest('base64');
  if (signature === `v1,${right}`) heard.push(JSON.parse(body) as Record<string, unknown>);
  response.writeHead(204).end();
}

async function install(idempotency: string): Promise<void> {
  // A name of its own for each test: breakers and limits begin anew.
  const manifest = `${manifestOf(url, idempotency)}rollout: r${++rollouts}\n`;
  writeFileSync(path.join(folder, 'contracts/payouts/upstream.yaml'), manifest);
  expect((await platform.reload()).refused).toEqual([]);
}

let rollouts = 0;

function pay(wish: Wish, key: string) {
  return call('payouts.payOut', { body: { amount: 700, wish, callbackUrl } }, key);
}

async function list(): Promise<unknown[]> {
  return ((await call('payouts.listPayouts', {})).body as { items: unknown[] }).items;
}

async function call(operation: string, input: Record<string, unknown>, key?: string) {
  const customer = { ...servicePrincipal('test', 'cus_a'), audience: 'customer', subject: 'a', actor: [] } as const;
  const principal: Principal = { ...customer, applicationId: application };
  return platform.edge.invoke({ operation, principal, input, ...(key === undefined ? {} : { idempotencyKey: key }) });
}

async function known(): Promise<unknown[]> {
  const ours = [...till.effects.values()].map(([effect]) => effect?.n ?? '');
  const { rows } = await sql`
    select theirs, ours, owner from runtime.upstream_id where upstream = 'till' and theirs = any(${ours})`.execute(
    database.db,
  );
  return rows;
}

function breakerOpenings(): number {
  return platform.metrics
    .text()
    .split('\n')
    .filter(
      (line) => line.startsWith('plinth_upstream_breaker') && line.includes('state="open"') && line.includes('find'),
    )
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

function plinth(words: readonly string[]): Promise<{ code: number; err: string }> {
  const { dataFolder, contractsFolder } = platform.config;
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const env = {
    PATH,
    HOME,
    NODE_COMPILE_CACHE,
    NO_COLOR: '1',
    DATABASE_URL: database.url,
    PLINTH_DATA: dataFolder,
    PLINTH_CONTRACTS: contractsFolder,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...words], { env, timeout: 30_000 }, (error, _, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), err });
    });
  });
}

function file(name: string, body: unknown): string {
  const place = path.join(folder, name);
  writeFileSync(place, JSON.stringify(body));
  return place;
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
