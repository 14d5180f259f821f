// A core banking system of somebody else takes over accounts and cards from a running platform, by data alone, and gives
// them back. The client is the channels' own; it is not told.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { accounts } from '@plinth/capabilities/accounts';
import { customers } from '@plinth/capabilities/customers';
import { type Principal, servicePrincipal, systemClock, worldCustomers } from '@plinth/runtime';
import { atEase, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../server/src/config.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';
import { aSeededDatabase } from './seeded.ts';

const root = path.resolve(import.meta.dirname, '..');
const examples = path.join(root, 'examples');
const [ada, ben] = worldCustomers(4, Temporal.Now.plainDateISO('UTC').with({ day: 1 })).map(({ id }) => id) as [
  string,
  string,
];

interface Account {
  id: string;
  number: string;
  customerId: string;
  name: string;
  state: string;
  product: string;
  booked: { amount: number; currency: string };
  version: number;
}

let folder: string;
let bank: ChildProcess;
let database: TestDatabase;
let platform: Platform;
let bankUrl: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'plinth-upstreams-'));
  const started = await startBank(path.join(folder, 'kernbank.sqlite'));
  bank = started.child;
  database = await aSeededDatabase();
  bankUrl = started.url;
  platform = await openPlatform();
  mkdirSync(path.join(folder, 'contracts'));
});
afterAll(async () => {
  await platform?.close();
  await database?.close();
  bank?.kill();
  rmSync(folder, { recursive: true, force: true });
});

describe('a data-only manifest, laid beside a contract of a running platform', () => {
  it('moves accounts to the core bank, and back when it is taken away', async () => {
    const before = await list(ada);
    expect(before.map(({ name }) => name)).toEqual(['Everyday', 'Savings']);

    expect(await drop('accounts')).toMatchObject({
      upstreams: [{ contract: 'accounts', upstream: 'core-bank', operations: 10 }],
      refused: [],
    });
    const during = await list(ada);
    expect(during).toMatchObject([
      {
        name: 'Haushaltskonto',
        product: 'everyday',
        state: 'active',
        customerId: ada,
        booked: { amount: 184_250, currency: 'EUR' },
      },
      { name: 'Rücklage', product: 'savings' },
    ]);
    expect(during.every(({ id }) => /^acc_[0-9a-z]{26}$/.test(id))).toBe(true);

    await take('accounts');
    expect(await list(ada)).toEqual(before);
    await drop('accounts');
    expect(await list(ada)).toEqual(during);
  });

  it('keeps what is one customer’s from another, before the bank is asked', async () => {
    const [mine] = (await list(ada)) as [Account];
    const [theirs] = (await list(ben)) as [Account];
    expect((await as(ada, 'accounts.getAccount', { accountId: mine.id })).body).toMatchObject({
      id: mine.id,
      name: 'Haushaltskonto',
    });
    for (const accountId of [theirs.id, 'acc_00000000000000000000000000', '4711001', '..'])
      expect((await as(ada, 'accounts.getAccount', { accountId })).status).toBe(404);
    const body = { fromAccountId: theirs.id, toNumber: mine.number, amount: eur(1) };
    expect((await as(ada, 'accounts.createTransfer', { body })).status).toBe(404);
  });

  it('turns states and refusals into ours, in both directions, and tells the facts', async () => {
    const [mine] = (await list(ada)) as [Account];
    const frozen = await as(ada, 'accounts.freezeAccount', { accountId: mine.id, body: { reason: 'lost' } });
    expect(frozen).toMatchObject({ status: 201, body: { id: mine.id, state: 'frozen', frozenBy: 'customer' } });
    const [other] = (await list(ben)) as [Account];
    const body = { fromAccountId: mine.id, toNumber: other.number, amount: eur(5) };
    expect((await as(ada, 'accounts.createTransfer', { body })).body).toMatchObject({
      code: 'accounts.account-frozen',
      status: 409,
    });
    const thawed = await as(ada, 'accounts.unfreezeAccount', { accountId: mine.id });
    expect(thawed).toMatchObject({ status: 200, body: { state: 'active' } });
    const { rows } = await sql<{ type: string; customer: string }>`
      select type, customer_id as customer from runtime.outbox where subject = ${mine.id} order by ordinal`.execute(
      database.db,
    );
    expect(rows).toEqual([
      { type: 'account.frozen', customer: ada },
      { type: 'account.unfrozen', customer: ada },
    ]);
  });

  it('moves money once, however often the same wish is sent', async () => {
    const [from] = (await list(ada)) as [Account];
    const [to] = (await list(ben)) as [Account];
    const body = {
      fromAccountId: from.id,
      toNumber: to.number,
      payeeName: 'Ben Okoro',
      amount: eur(25_00),
      text: 'Miete',
    };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => as(ada, 'accounts.createTransfer', { body }, 'rent')),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 201));
    expect(new Set(answers.map(({ body: said }) => (said as { id: string }).id)).size).toBe(1);
    const [after] = (await list(ada)) as [Account];
    expect(after.booked.amount).toBe(from.booked.amount - 25_00);
    const [{ body: made } = { body: undefined }] = answers;
    const transferId = (made as { id: string }).id;
    expect((await as(ada, 'accounts.getTransfer', { transferId })).body).toMatchObject({
      text: 'Miete',
      fee: eur(0),
      state: 'posted',
    });
    expect((await as(ben, 'accounts.getTransfer', { transferId })).status).toBe(404);
    const page = await as(ada, 'accounts.listTransactions', { accountId: from.id, kind: 'transfer', limit: 1 });
    expect(page.body).toMatchObject({
      items: [{ accountId: from.id, kind: 'transfer', amount: eur(-25_00), counterparty: 'Ben Okoro' }],
    });
    const broke = await as(ada, 'accounts.createTransfer', { body: { ...body, amount: eur(90_000_00) } });
    expect(broke.body).toMatchObject({ code: 'accounts.insufficient-funds' });
  });

  it('pages through with the bank’s own marks, opens and closes', async () => {
    const first = await as(ada, 'accounts.listAccounts', { limit: 1 });
    const { items, next } = first.body as { items: Account[]; next: string };
    const second = await as(ada, 'accounts.listAccounts', { limit: 1, cursor: next });
    expect([items[0]?.name, (second.body as { items: Account[] }).items[0]?.name]).toEqual([
      'Haushaltskonto',
      'Rücklage',
    ]);
    const open = (): Promise<{ status: number; body: unknown }> =>
      as(ada, 'accounts.openAccount', { body: { product: 'savings', name: 'Reise' } }, 'open-once');
    const opened = await Promise.all([open(), open()]);
    expect(opened[0]).toMatchObject({ status: 201, body: { name: 'Reise', booked: eur(0) } });
    expect(opened[1]?.body).toEqual(opened[0]?.body);
    const { id } = (opened[0] as { body: Account }).body;
    expect((await as(ada, 'accounts.closeAccount', { accountId: id })).body).toMatchObject({ state: 'closed' });
    const [full] = (await list(ada)) as [Account];
    expect((await as(ada, 'accounts.closeAccount', { accountId: full.id })).body).toMatchObject({
      code: 'accounts.not-empty',
    });
  });

  it('moves a contract that was only dropped in from its mock to the core bank, and back', async () => {
    cpSync(path.join(examples, 'contracts/cards'), path.join(folder, 'contracts/cards'), { recursive: true });
    expect(await platform.reload()).toMatchObject({ running: ['cards'] });
    const mocked = (await as(ada, 'cards.listCards', {})).body as { items: { id: string }[] };
    await drop('cards');
    const real = (await as(ada, 'cards.listCards', {})).body as {
      items: { id: string; label: string; last4: string; state: string }[];
    };
    expect(real.items).toMatchObject([{ label: 'Debitkarte', last4: '4242', state: 'active', customerId: ada }]);
    const cardId = real.items[0]?.id ?? '';
    expect((await as(ada, 'cards.freezeCard', { cardId })).body).toMatchObject({ id: cardId, state: 'frozen' });
    expect((await as(ben, 'cards.unfreezeCard', { cardId })).status).toBe(404);
    await take('cards');
    expect((await as(ada, 'cards.listCards', {})).body).toEqual(mocked);
  });

  it('that can no longer be read changes nothing, and says where it is wrong', async () => {
    const file = path.join(folder, 'contracts/accounts/upstream.yaml');
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, good.replace('IN_AUFLOESUNG: closed, ', ''));
    const { refused, upstreams } = await platform.reload();
    expect(refused).toHaveLength(1);
    expect(refused[0]?.message).toMatch(
      /^\d+:\d+ The state map account is not total: in \(theirs → ours\) has no IN_AUFLOESUNG\./,
    );
    expect(upstreams).toMatchObject([{ upstream: 'core-bank' }]);
    expect((await list(ada))[0]?.name).toBe('Haushaltskonto');
    writeFileSync(file, good);
    expect((await platform.reload()).refused).toEqual([]);
  });

  it('that cannot be read when a platform starts leaves its operations to nobody, never to other rows', async () => {
    const file = path.join(folder, 'contracts/accounts/upstream.yaml');
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, `${good}odd: true\n`);
    const second = await openPlatform();
    try {
      const { refused, upstreams } = await second.reload();
      expect(refused).toHaveLength(1);
      expect(upstreams).toMatchObject([{ contract: 'accounts', upstream: '' }]);
      const principal: Principal = { ...servicePrincipal('test', ada), audience: 'customer', subject: ada, actor: [] };
      const answer = await second.edge.invoke({ operation: 'accounts.listAccounts', principal, input: {} });
      expect(answer.status).toBe(501);
    } finally {
      await second.close();
      writeFileSync(file, good);
    }
  });

  it('leaves the others alone when the bank is down: 503 at once, nothing invented', async () => {
    bank.kill();
    await once(bank, 'exit');
    const answer = await as(ada, 'accounts.listAccounts', {});
    expect(answer).toMatchObject({ status: 503, body: { code: 'dependency-unavailable', retryable: false } });
    expect((await as(ada, 'customers.getCustomer', { customerId: 'me' })).status).toBe(200);
  });
});

/** On the same database and folder, as a restart would be. */
function openPlatform(): Promise<Platform> {
  const config = readConfig(
    { demo: true, ephemeral: true, data: folder },
    { LOG_LEVEL: 'silent', PLINTH_UPSTREAM_CORE_BANK: bankUrl, PLINTH_SECRET_CORE_BANK: 'schluessel' },
  );
  const mail = { send: () => Promise.resolve(), close: () => Promise.resolve() };
  const capabilities = [customers, accounts];
  return createPlatform({
    config,
    database,
    databaseUrl: database.url,
    mail,
    clock: systemClock,
    load: atEase,
    capabilities,
  });
}

async function drop(name: string): ReturnType<Platform['reload']> {
  const place = path.join(folder, 'contracts', name);
  mkdirSync(place, { recursive: true });
  cpSync(path.join(examples, 'systems/core-bank/kernbank.yaml'), path.join(place, 'kernbank.yaml'));
  cpSync(path.join(examples, 'adapters', name, 'upstream.yaml'), path.join(place, 'upstream.yaml'));
  return platform.reload();
}

async function take(name: string): Promise<void> {
  rmSync(path.join(folder, 'contracts', name, 'upstream.yaml'));
  await platform.reload();
}

async function list(who: string): Promise<Account[]> {
  const answer = await as(who, 'accounts.listAccounts', {});
  expect(answer).toMatchObject({ status: 200 });
  return (answer.body as { items: Account[] }).items;
}

let keys = 0;

async function as(who: string, operation: string, input: Record<string, unknown>, key = `key-${++keys}`) {
  const principal: Principal = { ...servicePrincipal('test', who), audience: 'customer', subject: who, actor: [] };
  const { status, body } = await platform.edge.invoke({ operation, principal, input, idempotencyKey: key });
  return { status, body };
}

function eur(amount: number): { amount: number; currency: string } {
  return { amount, currency: 'EUR' };
}

async function startBank(file: string): Promise<{ child: ChildProcess; url: string }> {
  const main = path.join(examples, 'systems/core-bank/main.ts');
  const child = spawn(process.execPath, [main, '--port', '0', '--file', file, '--key', 'schluessel'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill());
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, url: /http:\S+/.exec(line.toString())?.[0] ?? '' };
}
