// A job through the whole platform: contract from a file, HTTP, session, queue, database, and the client that waits.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient, type Client, type OperationDescriptor } from '@plinth/client';
import { type Capability, open, problem, reply, Sessions, systemClock } from '@plinth/runtime';
import { atEase, anEmptyDatabase, type TestDatabase } from '@plinth/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { listen, type Listening } from './http.ts';
import { createPlatform, type Platform } from './platform.ts';
import { StaticSite } from './web/static.ts';

const contract = `
openapi: 3.1.0
info: { title: Exports, version: 1.0.0, description: Exports. }
servers: [{ url: /exports/v1 }]
x-plinth:
  capability: exports
  owner: { team: test, contact: test@example.org }
  audience: [customer]
paths:
  /exports:
    post:
      operationId: makeExport
      summary: Export my things
      security: [{ oidc: [] }]
      x-plinth: { effect: write, async: { mode: always, retain: PT1H } }
      requestBody:
        required: true
        content: { application/json: { schema: { type: object, properties: { of: { type: string } } } } }
      responses:
        '201': { description: Made., content: { application/json: { schema: { type: object } } } }
        '202': { description: Begun. }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration } }
`;

const makeExport: OperationDescriptor = {
  capability: 'exports',
  id: 'makeExport',
  method: 'POST',
  path: '/exports/v1/exports',
  params: [],
  hasBody: true,
  effect: 'write',
  idempotency: 'required',
};

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-jobs-'));
let database: TestDatabase;
let platform: Platform;
let listening: Listening;
let client: Client;

const run = async ({ body: { of } }: { body: { of: string } }) =>
  of === 'nothing' ? problem('conflicting-state', { currentState: 'empty' }) : reply(201, { exported: of });

beforeAll(async () => {
  writeFileSync(path.join(folder, 'contract.yaml'), contract);
  database = await anEmptyDatabase();
  const config = { ...readConfig({ demo: false, ephemeral: true }, { LOG_LEVEL: 'silent' }), port: 0 };
  const exporting: Capability = { name: 'exports', folder, handlers: { makeExport: open(run) }, migrations: {} };
  platform = await createPlatform({
    config,
    database,
    databaseUrl: database.url,
    mail: { send: async () => undefined, close: async () => undefined },
    clock: systemClock,
    load: atEase,
    capabilities: [exporting],
  });
  listening = await listen(platform, new StaticSite());
  const { id } = await new Sessions(database.db).start({
    issuer: config.baseUrl,
    subject: 'ada',
    audience: 'customer',
    customerId: 'cus_ada',
    actor: [],
    scopes: new Set(['*']),
    acr: '',
    authTime: 0,
    channel: 'web',
    expiresAt: 0,
  });
  client = createClient({
    baseUrl: `http://127.0.0.1:${listening.port}`,
    fetch: async (url, init) =>
      fetch(url, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), cookie: `plinth=${id}`, origin: config.baseUrl },
      }),
  });
}, 60_000);
afterAll(async () => {
  await listening.close();
  await platform.close();
  await database.close();
  rmSync(folder, { recursive: true });
});

it('the client’s done() waits for the job and gives its result', async () => {
  expect(await client.call(makeExport, { body: { of: 'orders' } })).toMatchObject({
    operation: 'exports.makeExport',
    state: 'queued',
  });
  expect(await client.done(makeExport, { body: { of: 'invoices' } })).toEqual({ exported: 'invoices' });
});

it('the client’s done() throws the problem of a job that failed', async () => {
  await expect(client.done(makeExport, { body: { of: 'nothing' } })).rejects.toMatchObject({
    status: 409,
    code: 'conflicting-state',
  });
});

it('the served document says what the 202 is', async () => {
  const response = await fetch(`http://127.0.0.1:${listening.port}/openapi.json`);
  expect(await response.json()).toMatchObject({
    paths: {
      '/exports/v1/exports': {
        post: {
          responses: {
            '202': { content: { 'application/json': { schema: { $ref: '#/components/schemas/exports.Job' } } } },
          },
        },
      },
    },
    components: { schemas: { 'exports.Job': { required: expect.arrayContaining(['id', 'state']) } } },
  });
});
