// A person's accounts move to somebody else's core banking system while they are signed in, and back: the portal's own
// client over HTTP, a session in a cookie, and nothing but two files laid into a folder.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from '@plinth/client';
import { type AccountsClient, createAccounts } from '@plinth/client/accounts';
import { anEmptyDatabase, eventually, sessionOf, type TestDatabase } from '@plinth/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort, type RunningPlatform, startPlatform } from './platform.ts';

const root = path.resolve(import.meta.dirname, '../..');
let books: string;
let bank: ChildProcess;
let database: TestDatabase;
let platform: RunningPlatform;
let accounts: AccountsClient;

beforeAll(async () => {
  books = mkdtempSync(path.join(tmpdir(), 'plinth-kernbank-'));
  const port = await freePort();
  const main = path.join(root, 'examples/systems/core-bank/main.ts');
  bank = spawn(process.execPath, [main, '--port', String(port), '--file', path.join(books, 'kernbank.sqlite')]);
  const env = { PLINTH_UPSTREAM_CORE_BANK: `http://127.0.0.1:${port}/kernbank/v7`, PLINTH_SECRET_CORE_BANK: 'demo' };
  database = await anEmptyDatabase();
  platform = await startPlatform({ databaseUrl: database.url, env });
  const browser = await sessionOf({ baseUrl: platform.base, username: 'ada', password: 'demo' });
  const client = createClient({
    baseUrl: platform.base,
    fetch: (url, init) => {
      const headers = new Headers(init.headers);
      headers.set('origin', platform.base);
      return browser.fetch(url, { ...init, headers });
    },
  });
  accounts = createAccounts(client);
});
afterAll(async () => {
  await platform?.stop();
  await database?.close();
  if (bank.exitCode === null) {
    bank.kill();
    await once(bank, 'exit');
  }
  rmSync(books, { recursive: true, force: true });
});

it('moves with two files, serves the same client, and moves back', async () => {
  const before = await names();
  expect(before).toEqual(['Everyday', 'Savings']);

  const folder = path.join(platform.contracts, 'accounts');
  mkdirSync(folder);
  cpSync(path.join(root, 'examples/systems/core-bank/kernbank.yaml'), path.join(folder, 'kernbank.yaml'));
  cpSync(path.join(root, 'examples/adapters/accounts/upstream.yaml'), path.join(folder, 'upstream.yaml'));
  await eventually('the core bank answers', 10_000, async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return (await names())[0] === 'Haushaltskonto';
  });
  const [first] = (await accounts.listAccounts({})).items;
  if (first === undefined) throw new Error('no account');
  const frozen = await accounts.freezeAccount({ accountId: first.id, body: { reason: 'test' } });
  expect(frozen).toMatchObject({ id: first.id, state: 'frozen', frozenBy: 'customer' });
  expect(await accounts.unfreezeAccount({ accountId: first.id })).toMatchObject({ state: 'active' });
  const body = {
    fromAccountId: first.id,
    toNumber: 'DE00KERN0004712001',
    payeeName: 'Ben Okoro',
    amount: { amount: 1250, currency: 'EUR' },
  };
  expect(await accounts.checkTransfer({ body })).toMatchObject({ nameCheck: 'match', isPossible: true });
  const transfer = await accounts.createTransfer({ body: { ...body, text: 'Lunch' } });
  expect(transfer).toMatchObject({ state: 'posted', payeeName: 'Ben Okoro', amount: body.amount });
  expect(await accounts.getAccount({ accountId: first.id })).toMatchObject({
    booked: { amount: first.booked.amount - 1250 },
  });

  rmSync(path.join(folder, 'upstream.yaml'));
  await eventually('our own rows answer again', 10_000, async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return (await names())[0] === 'Everyday';
  });
  expect(await names()).toEqual(before);
});

async function names(): Promise<string[]> {
  return (await accounts.listAccounts({})).items.map(({ name }) => name);
}
