// A person's accounts move to somebody else's core banking system while they are signed in, and back: the portal's own
// client over HTTP, a session in a cookie, and nothing but two files laid into a folder.

import { rmSync } from 'node:fs';
import type { AccountsClient } from '@plinth/client/accounts';
import { eventually, type TestDatabase } from '@plinth/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aSeededDatabase } from '../seeded.ts';
import { accountsOfAda, type CoreBank, layManifest, startCoreBank } from './core-bank.ts';
import { type RunningPlatform, startPlatform } from './platform.ts';

let bank: CoreBank;
let database: TestDatabase;
let platform: RunningPlatform;
let accounts: AccountsClient;

beforeAll(async () => {
  bank = await startCoreBank();
  database = await aSeededDatabase();
  platform = await startPlatform({ databaseUrl: database.url, env: bank.env });
  accounts = await accountsOfAda(platform.base);
});
afterAll(async () => {
  await platform?.stop();
  await database?.close();
  await bank?.stop();
});

it('moves with two files, serves the same client, and moves back', async () => {
  const before = await names();
  expect(before).toEqual(['Everyday', 'Savings']);

  const manifest = layManifest(platform.contracts);
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

  rmSync(manifest);
  await eventually('our own rows answer again', 10_000, async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return (await names())[0] === 'Everyday';
  });
  expect(await names()).toEqual(before);
});

async function names(): Promise<string[]> {
  return (await accounts.listAccounts({})).items.map(({ name }) => name);
}
