// A partner's own calls protect what they rely on: the edge notes what was sent, the gate refuses to take it away and names
// the partner, and going ahead all the same is a recorded decision.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Principal, servicePrincipal, systemClock } from '@plinth/runtime';
import { atEase, eventually, type TestDatabase } from '@plinth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../server/src/config.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';
import { aSeededDatabase } from './seeded.ts';

const main = path.resolve(import.meta.dirname, '../server/src/main.ts');
const capabilities = path.resolve(import.meta.dirname, '../capabilities');
const acme: Principal = { ...servicePrincipal('acme'), issuer: 'test', audience: 'partner', partnerId: 'ptn_acme' };

let folder: string;
let database: TestDatabase;
let platform: Platform;
let server: Server;
let appId: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'plinth-partner-use-'));
  cpSync(path.join(capabilities, 'shapes.yaml'), path.join(folder, 'shapes.yaml'));
  for (const side of ['base', 'revision'])
    cpSync(path.join(capabilities, 'catalogue'), path.join(folder, side), { recursive: true });
  const revision = path.join(folder, 'revision/contract.yaml');
  const text = readFileSync(revision, 'utf8');
  const without = text
    .replace('required: [sku, quantity]', 'required: [sku]')
    .replace(/\n {22}quantity: \{[^\n]*\}/, '');
  if (without.includes('quantity: { type: integer, minimum: 1')) throw new Error('the property is still there');
  writeFileSync(revision, without);
  database = await aSeededDatabase();
  platform = await createPlatform({
    config: readConfig({ demo: true, ephemeral: true }, { LOG_LEVEL: 'silent' }),
    database,
    databaseUrl: database.url,
    mail: { send: () => Promise.resolve(), close: () => Promise.resolve() },
    clock: systemClock,
    load: atEase,
  });
  await platform.reload();
  server = createServer((request, response) => void platform.edge.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await platform.close();
  await database.close();
  rmSync(folder, { recursive: true });
});

describe('what a partner relies on', () => {
  it('is noted when the partner calls with its key', async () => {
    const app = await ask('partners.createApp', { body: { name: 'Acme Travel', scopes: ['catalogue.read'] } });
    appId = app['id'] as string;
    const key = await ask('partners.createKey', { appId });
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/catalogue/v1/price-quotes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key['secret'] as string}`, 'content-type': 'application/json' },
      body: JSON.stringify({ lines: [{ sku: 'TOASTER-2', quantity: 2 }] }),
    });
    expect(answer.status).toBe(200);
    const told = await eventually('the records are written', 40_000, async () => {
      const said = plinth('usage', 'catalogue');
      return said.stdout.includes(appId) ? said : undefined;
    });
    const lines = told.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).toEqual({ complete: true, windowDays: 1 });
    expect(lines).toContainEqual({
      consumer: appId,
      owner: 'Acme Travel of ptn_acme',
      operation: 'quotePrice',
      version: expect.any(String),
      calls: 1,
      parameters: [],
      sent: ['/lines', '/lines/[]/quantity', '/lines/[]/sku'],
    });
    writeFileSync(path.join(folder, 'usage.ndjson'), told.stdout);
  });

  it('cannot be taken away unnoticed: the gate names the partner', () => {
    const told = gate();
    expect(told.status).toBe(1);
    expect(told.stdout).toContain('quantity');
    expect(told.stdout).toContain(`breaks ${appId} (Acme Travel of ptn_acme)`);
  });

  it('is taken away by a recorded decision', () => {
    const fingerprints = new Set([...gate().stdout.matchAll(/fingerprint ([0-9a-f]{16})/g)].map(([, one]) => one));
    const approvals = [...fingerprints].map(
      (one) => `  - { fingerprint: '${one}', by: Ada, because: Acme moves by June., until: 2999-12-31 }`,
    );
    writeFileSync(path.join(folder, 'plinth.diff.yaml'), `approve:\n${approvals.join('\n')}\n`);
    const told = gate('--approvals', 'plinth.diff.yaml');
    expect(told.stdout).toContain('agreed to by Ada');
    expect(told.status).toBe(0);
  });
});

async function ask(operation: string, input: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { status, body } = await platform.edge.invoke({ operation, principal: acme, input, idempotencyKey: operation });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body as Record<string, unknown>;
}

/** `quantity` is no longer taken: base is the contract as it is, revision without the property. */
function gate(...more: string[]): { status: number | null; stdout: string } {
  return plinth('diff', 'base', 'revision', '--usage', 'usage.ndjson', ...more);
}

function plinth(...args: string[]): { status: number | null; stdout: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: database.url },
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0 && status !== 1 && status !== 3) throw new Error(stderr);
  return { status, stdout };
}
