// Accounts behind a real edge and a real database: what customers, the desk and software acting for them may do.

import { openPostgres } from '@plinth/adapters/postgres';
import { accounts } from '@plinth/capabilities/accounts';
import { customers } from '@plinth/capabilities/customers';
import {
  type Database,
  type Principal,
  servicePrincipal,
  systemClock,
  worldCustomers,
  worldId,
  worldStaff,
} from '@plinth/runtime';
import { atEase, serverUrl } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../server/src/config.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';
import { audit } from '../server/src/world.ts';

interface Account {
  id: string;
  number: string;
  name: string;
  state: string;
  booked: { amount: number };
  available: { amount: number };
}

const capabilities = [customers, accounts];
const today = Temporal.Now.plainDateISO('UTC').with({ day: 1 });
const [ada, ben] = worldCustomers(8, today).map(({ id }) => id) as [string, string];
const everydayOf = (n: number) => worldId('acc', n, 'everyday');
const name = `plinth_accounts_${process.pid}`;
let database: Database;
let platform: Platform;

beforeAll(async () => {
  await admin(`create database ${name}`);
  database = await openPostgres({ url: serverUrl(name) });
  const config = readConfig({ demo: true, ephemeral: true }, { LOG_LEVEL: 'silent' });
  const mail = { send: () => Promise.resolve(), close: () => Promise.resolve() };
  const databaseUrl = serverUrl(name);
  platform = await createPlatform({
    config,
    database,
    databaseUrl,
    mail,
    clock: systemClock,
    load: atEase,
    capabilities,
  });
});
afterAll(async () => {
  await platform.close();
  await database.close();
  await admin(`drop database ${name} with (force)`);
});

describe('an account', () => {
  it('shows its owner what is booked and what can be spent, newest transaction first', async () => {
    const mine = await list(ada);
    expect(mine.map(({ name: called }) => called)).toEqual(['Everyday', 'Savings']);
    const [first] = mine as [Account];
    const page = await as(ada, 'accounts.listTransactions', { accountId: first.id, limit: 5 });
    const { items, next } = page.body as { items: { balanceAfter: { amount: number } }[]; next: string };
    expect(items[0]?.balanceAfter.amount).toBe(first.booked.amount);
    const more = await as(ada, 'accounts.listTransactions', { accountId: first.id, limit: 5, cursor: next });
    expect((more.body as { items: unknown[] }).items).toHaveLength(5);
    const salaries = await as(ada, 'accounts.listTransactions', { accountId: first.id, kind: 'salary' });
    expect((salaries.body as { items: unknown[] }).items.length).toBeGreaterThan(2);
  });

  it('of somebody else does not exist, whatever is asked of it', async () => {
    const accountId = everydayOf(1);
    const body = { fromAccountId: accountId, toNumber: await numberOf(2), amount: eur(1) };
    const answers = [
      await as(ben, 'accounts.getAccount', { accountId }),
      await as(ben, 'accounts.listTransactions', { accountId }),
      await as(ben, 'accounts.freezeAccount', { accountId }),
      await as(ben, 'accounts.checkTransfer', { body }),
      await as(ben, 'accounts.createTransfer', { body }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    expect((await list(ben, { customerId: ada })).every(({ id }) => id !== accountId)).toBe(true);
  });

  it('is opened once although the request is sent twice, and at most ten times', async () => {
    const open = (key?: string) => as(ben, 'accounts.openAccount', { body: { product: 'savings', name: 'Trip' } }, key);
    const twice = await Promise.all([open('same'), open('same')]);
    expect(twice.map(({ status }) => status)).toEqual([201, 201]);
    expect(twice[0]?.body).toEqual(twice[1]?.body);
    expect(twice[0]?.body).toMatchObject({ customerId: ben, state: 'active', available: eur(0) });
    const many = await Promise.all(Array.from({ length: 9 }, () => open()));
    expect(many.filter(({ status }) => status === 201)).toHaveLength(7);
    expect(many.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'accounts.too-many-accounts' });
    const nobody = await ask('accounts.openAccount', {
      body: { product: 'everyday', customerId: worldId('cus', 9999) },
    });
    expect(nobody.body).toMatchObject({ code: 'accounts.no-such-customer' });
  });

  it('that is frozen lets money in but not out; what the bank froze stays frozen', async () => {
    const accountId = everydayOf(3);
    const cleo = worldId('cus', 3);
    const out = { body: { fromAccountId: accountId, toNumber: await numberOf(1), amount: eur(100) } };
    const into = { body: { fromAccountId: everydayOf(1), toNumber: await numberOf(3), amount: eur(100) } };
    expect((await as(cleo, 'accounts.freezeAccount', { accountId })).body).toMatchObject({ state: 'frozen' });
    expect((await as(cleo, 'accounts.freezeAccount', { accountId })).status).toBe(201);
    expect((await as(cleo, 'accounts.createTransfer', out)).body).toMatchObject({ code: 'accounts.account-frozen' });
    expect((await as(ada, 'accounts.createTransfer', into)).status).toBe(201);
    expect((await as(cleo, 'accounts.unfreezeAccount', { accountId })).body).toMatchObject({ state: 'active' });
    expect((await as(cleo, 'accounts.createTransfer', out)).status).toBe(201);
    await call(desk, 'accounts.freezeAccount', { accountId, body: { reason: 'Card stolen' } });
    const tried = await as(cleo, 'accounts.unfreezeAccount', { accountId });
    expect(tried.body).toMatchObject({ code: 'accounts.frozen-by-bank' });
    expect((await call(desk, 'accounts.unfreezeAccount', { accountId })).status).toBe(200);
  });
});

describe('closing an account', () => {
  it('needs it empty; afterwards nothing comes in or goes out, and its transactions can still be read', async () => {
    const { id: accountId, number } = await anAccount();
    const into = { body: { fromAccountId: everydayOf(1), toNumber: number, amount: eur(700) } };
    await as(ada, 'accounts.createTransfer', into);
    const refused = await as(ada, 'accounts.closeAccount', { accountId });
    expect(refused).toMatchObject({ status: 409, body: { code: 'accounts.not-empty', booked: eur(700) } });
    const back = { fromAccountId: accountId, toNumber: await numberOf(1), amount: eur(700) };
    expect((await as(ada, 'accounts.createTransfer', { body: back })).status).toBe(201);
    expect((await as(ben, 'accounts.closeAccount', { accountId })).status).toBe(404);
    expect((await as(ada, 'accounts.closeAccount', { accountId })).body).toMatchObject({ state: 'closed' });
    expect((await as(ada, 'accounts.closeAccount', { accountId })).status).toBe(201);
    expect((await as(ada, 'accounts.createTransfer', into)).body).toMatchObject({ code: 'accounts.account-closed' });
    expect((await as(ada, 'accounts.freezeAccount', { accountId })).body).toMatchObject({ code: 'conflicting-state' });
    const { items } = (await as(ada, 'accounts.listTransactions', { accountId })).body as { items: unknown[] };
    expect(items).toHaveLength(2);
    const { rows } =
      await sql`select 1 from runtime.outbox where type = 'account.closed' and subject = ${accountId}`.execute(
        database.db,
      );
    expect(rows).toHaveLength(1);
  });

  it('and money arriving at the same time: one of them wins', async () => {
    for (let round = 0; round < 5; round++) {
      const { id: accountId, number } = await anAccount();
      const [closed, sent] = await Promise.all([
        call(service, 'accounts.closeAccount', { accountId }),
        call(service, 'accounts.createTransfer', {
          body: { fromAccountId: everydayOf(1), toNumber: number, amount: eur(1) },
        }),
      ]);
      expect([closed.status, sent.status].toSorted((a, b) => a - b)).toEqual([201, 409]);
      const { state, booked } = await get(accountId);
      expect([state, booked.amount]).toEqual(closed.status === 201 ? ['closed', 0] : ['active', 1]);
    }
  });
});

describe('a transfer', () => {
  it('moves money at once and shows on both accounts', async () => {
    const [before, theirs] = await Promise.all([balance(1), balance(2)]);
    const wish = { fromAccountId: everydayOf(1), toNumber: await numberOf(2), amount: eur(1250) };
    const checked = await as(ada, 'accounts.checkTransfer', { body: { ...wish, payeeName: 'ben okoro' } });
    expect(checked.body).toMatchObject({ nameCheck: 'match', fee: eur(0), isPossible: true });
    const sent = await as(ada, 'accounts.createTransfer', { body: { ...wish, payeeName: 'Ben Okoro', text: 'Lunch' } });
    expect(sent).toMatchObject({ status: 201, body: { payeeName: 'Ben Okoro', amount: eur(1250), state: 'posted' } });
    expect([await balance(1), await balance(2)]).toEqual([before - 1250, theirs + 1250]);
    const { items } = (await as(ben, 'accounts.listTransactions', { accountId: everydayOf(2), limit: 1 })).body as {
      items: object[];
    };
    expect(items[0]).toMatchObject({ amount: eur(1250), counterparty: 'Ada Lindqvist', text: 'Lunch' });
    const facts = await sql<{ type: string; data: object }>`
      select type, data from runtime.outbox where type = 'transaction.booked' order by ordinal desc limit 2`.execute(
      database.db,
    );
    expect(JSON.stringify(facts.rows)).not.toMatch(/Lunch|Ada|Ben/);
  });

  it('is refused with what is missing, and nothing moves', async () => {
    const before = await balance(1);
    const body = { fromAccountId: everydayOf(1), toNumber: await numberOf(2), amount: eur(90_000_000) };
    expect((await as(ada, 'accounts.checkTransfer', { body })).body).toMatchObject({ isPossible: false });
    const sent = await as(ada, 'accounts.createTransfer', { body });
    expect(sent).toMatchObject({ status: 409, body: { code: 'accounts.insufficient-funds' } });
    expect((sent.body as { detail: string }).detail).toMatch(
      /^[\d,]+\.\d{2} EUR is missing; [\d,]+\.\d{2} EUR can be spent\.$/,
    );
    expect(await balance(1)).toBe(before);
  });

  it('answers wrong numbers, the same account and other currencies with what to do', async () => {
    const wish = { fromAccountId: everydayOf(1), toNumber: await numberOf(2), amount: eur(1) };
    const send = async (change: object) =>
      (await as(ada, 'accounts.createTransfer', { body: { ...wish, ...change } })).body as { code: string };
    expect(await send({ toNumber: 'XN29NFLD0000000018' })).toMatchObject({ code: 'accounts.unknown-payee' });
    expect(await send({ toNumber: await numberOf(1) })).toMatchObject({ code: 'accounts.same-account' });
    expect(await send({ amount: { amount: 1, currency: 'SEK' } })).toMatchObject({
      code: 'accounts.currency-mismatch',
    });
    expect(await send({ expectedFee: 5 })).toMatchObject({ code: 'accounts.fee-changed' });
    expect(await send({ amount: eur(-5) })).toMatchObject({ status: 400 });
  });

  it('with one reference happens once, whichever keys it comes with', async () => {
    const before = await balance(1);
    const body = { fromAccountId: everydayOf(1), toNumber: await numberOf(2), amount: eur(300), reference: 'rent-11' };
    const all = await Promise.all(Array.from({ length: 6 }, () => as(ada, 'accounts.createTransfer', { body })));
    expect(all.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 201]);
    expect(new Set(all.map((answer) => (answer.body as { id: string }).id)).size).toBe(1);
    expect(await balance(1)).toBe(before - 300);
    const other = await as(ada, 'accounts.createTransfer', { body: { ...body, amount: eur(301) } });
    expect(other.body).toMatchObject({ code: 'accounts.reference-used' });
  });

  it('spends a balance once, however many try at the same time and in both directions', async () => {
    const opened = (await as(ada, 'accounts.openAccount', { body: { product: 'savings' } })).body as Account;
    const back = { toNumber: opened.number, amount: eur(1000) };
    await as(ada, 'accounts.createTransfer', { body: { ...back, fromAccountId: everydayOf(1) } });
    const toNumber = await numberOf(1);
    const all = await Promise.all(
      Array.from({ length: 20 }, () =>
        call(service, 'accounts.createTransfer', { body: { fromAccountId: opened.id, toNumber, amount: eur(150) } }),
      ),
    );
    expect(all.filter(({ status }) => status === 201)).toHaveLength(6);
    expect((await as(ada, 'accounts.getAccount', { accountId: opened.id })).body).toMatchObject({ booked: eur(100) });
  });

  it('from savings to somebody else costs a fee, booked beside it', async () => {
    const savings = worldId('acc', 1, 'savings');
    await as(ada, 'accounts.createTransfer', {
      body: { fromAccountId: everydayOf(1), toNumber: (await get(savings)).number, amount: eur(2000) },
    });
    const before = (await get(savings)).booked.amount;
    const body = { fromAccountId: savings, toNumber: await numberOf(2), amount: eur(1000) };
    expect((await as(ada, 'accounts.createTransfer', { body })).body).toMatchObject({ fee: eur(25) });
    expect((await get(savings)).booked.amount).toBe(before - 1025);
  });

  it('that leaves little behind tells its owner once', async () => {
    const { id } = (await as(ada, 'accounts.openAccount', { body: { product: 'everyday', name: 'Small' } }))
      .body as Account;
    const { number } = await get(id);
    await as(ada, 'accounts.createTransfer', {
      body: { fromAccountId: everydayOf(1), toNumber: number, amount: eur(6000) },
    });
    const toNumber = await numberOf(1);
    for (const amount of [500, 600, 700]) {
      await as(ada, 'accounts.createTransfer', { body: { fromAccountId: id, toNumber, amount: eur(amount) } });
    }
    const { rows } = await sql<{ data: { available: object } }>`
      select data from runtime.outbox where type = 'balance.low' and subject = ${id}`.execute(database.db);
    expect(rows.map(({ data }) => data.available)).toEqual([eur(4900)]);
  });
});

it('every invariant of accounts holds after all of that', async () => {
  const { checked, broken } = await audit(database, capabilities);
  expect(broken).toEqual([]);
  expect(checked).toBeGreaterThan(8);
});

const service = servicePrincipal('test');
const desk: Principal = { ...service, audience: 'staff', subject: worldStaff[0]?.id ?? '', channel: 'desk' };
let keys = 0;

function call(principal: Principal, operation: string, input: Record<string, unknown>, key = `k-${keys++}`) {
  return platform.edge.invoke({ operation, principal, input, idempotencyKey: key });
}

function ask(operation: string, input: Record<string, unknown>) {
  return call(service, operation, input);
}

function as(customerId: string, operation: string, input: Record<string, unknown>, key?: string) {
  const principal: Principal = { ...service, audience: 'customer', subject: customerId, customerId };
  return call(principal, operation, input, key);
}

function eur(amount: number) {
  return { amount, currency: 'EUR' };
}

async function list(customerId: string, input: Record<string, unknown> = {}): Promise<Account[]> {
  return ((await as(customerId, 'accounts.listAccounts', input)).body as { items: Account[] }).items;
}

async function anAccount(): Promise<Account> {
  return (await as(ada, 'accounts.openAccount', { body: { product: 'savings', name: 'Short' } })).body as Account;
}

async function get(accountId: string): Promise<Account> {
  return (await ask('accounts.getAccount', { accountId })).body as Account;
}

async function numberOf(n: number): Promise<string> {
  return (await get(everydayOf(n))).number;
}

async function balance(n: number): Promise<number> {
  return (await get(everydayOf(n))).booked.amount;
}

async function admin(text: string): Promise<void> {
  const server = await openPostgres({ url: serverUrl(), poolSize: 1 });
  await sql.raw(text).execute(server.db);
  await server.close();
}
