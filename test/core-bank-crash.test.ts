// The server dies by `kill -9` around a call to the core bank and starts again: the caller repeats with its key, and money
// moved once.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AccountsClient } from '@plinth/client/accounts';
import { eventually, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { accountsOfAda, type CoreBank, layManifest, startCoreBank } from './journeys/core-bank.ts';
import { startPlatform } from './journeys/platform.ts';
import { aSeededDatabase } from './seeded.ts';

let bank: CoreBank;
let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  bank = await startCoreBank();
  database = await aSeededDatabase();
  folder = mkdtempSync(path.join(tmpdir(), 'plinth-crash-'));
  layManifest(path.join(folder, 'contracts'));
});
afterEach(async () => {
  await database.close();
  await bank.stop();
  rmSync(folder, { recursive: true, force: true });
});

it.each(['upstream.noted', 'upstream.answered', 'upstream.concluded'])(
  'dead at %s, it comes back to one transfer',
  async (point) => {
    const dying = await startPlatform({
      databaseUrl: database.url,
      folder,
      env: { ...bank.env, PLINTH_CRASH_AT: point },
    });
    const died = once(dying.child, 'exit');
    const before = await accountsOfAda(dying.base);
    const [from] = (await before.listAccounts({})).items;
    if (from === undefined) throw new Error('no account');
    const body = { fromAccountId: from.id, toNumber: 'DE00KERN0004712001', amount: { amount: 777, currency: 'EUR' } };
    // Nobody answers any more: the client gives up after its own tries.
    await before.createTransfer({ body }, { key: 'rent', timeoutMs: 3_000 }).catch(() => undefined);
    expect((await died)[1]).toBe('SIGKILL');

    // At the same address: who signs people in is part of who they are, and so of their keys.
    const platform = await startPlatform({ databaseUrl: database.url, folder, port: dying.port, env: bank.env });
    try {
      const accounts = await accountsOfAda(platform.base);
      // A minute passes: the lease of the dead server's call is over.
      await sql`update runtime.idempotency set lease_until = now() where state = 'started'`.execute(database.db);
      const transfer = await eventually('the transfer is certain', 40_000, () => certain(accounts, body));
      expect(transfer).toMatchObject({ state: 'posted', amount: { amount: 777 } });
      const { items } = await accounts.listTransactions({ accountId: from.id, kind: 'transfer' });
      expect(items.map(({ amount }) => amount.amount)).toEqual([-777]);
      const { rows } = await sql`select type from runtime.outbox where type = 'transfer.posted'`.execute(database.db);
      expect(rows).toHaveLength(1);
    } finally {
      await platform.stop(true);
    }
  },
);

type Body = Parameters<AccountsClient['createTransfer']>[0]['body'];

/** What every good client does: the same call with the same key, until the answer is no longer "unknown". */
async function certain(accounts: AccountsClient, body: Body): Promise<unknown> {
  try {
    return await accounts.createTransfer({ body }, { key: 'rent', timeoutMs: 5_000 });
  } catch (error) {
    if ((error as { code?: string }).code !== 'outcome-unknown') throw error;
    await new Promise((resolve) => setTimeout(resolve, 500));
    return undefined;
  }
}
