// The example core bank as a process, and a platform that knows where it is.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from '@plinth/client';
import { type AccountsClient, createAccounts } from '@plinth/client/accounts';
import { sessionOf } from '@plinth/testing';
import { freePort } from './platform.ts';

const root = path.resolve(import.meta.dirname, '../..');

export interface CoreBank {
  /** Settings of a platform before it. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

/** Starts it with books of its own. */
export async function startCoreBank(): Promise<CoreBank> {
  const books = mkdtempSync(path.join(tmpdir(), 'plinth-kernbank-'));
  const port = await freePort();
  const main = path.join(root, 'examples/systems/core-bank/main.ts');
  const args = [main, '--port', String(port), '--file', path.join(books, 'kernbank.sqlite')];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout !== null) await once(child.stdout, 'data');
  return {
    env: { PLINTH_UPSTREAM_CORE_BANK: `http://127.0.0.1:${port}/kernbank/v7`, PLINTH_SECRET_CORE_BANK: 'demo' },
    async stop() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      rmSync(books, { recursive: true, force: true });
    },
  };
}

/** Lays the manifest of accounts into a folder of contracts; gives its file. */
export function layManifest(contracts: string): string {
  const folder = path.join(contracts, 'accounts');
  mkdirSync(folder, { recursive: true });
  cpSync(path.join(root, 'examples/systems/core-bank/kernbank.yaml'), path.join(folder, 'kernbank.yaml'));
  const file = path.join(folder, 'upstream.yaml');
  cpSync(path.join(root, 'examples/adapters/accounts/upstream.yaml'), file);
  return file;
}

/** The portal's own client for ada, signed in with a cookie. */
export async function accountsOfAda(base: string): Promise<AccountsClient> {
  const browser = await sessionOf({ baseUrl: base, username: 'ada', password: 'demo' });
  const client = createClient({
    baseUrl: base,
    fetch: (url, init) => {
      const headers = new Headers(init.headers);
      headers.set('origin', base);
      return browser.fetch(url, { ...init, headers });
    },
  });
  return createAccounts(client);
}
