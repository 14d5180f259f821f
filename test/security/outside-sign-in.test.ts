// People sign in to our pages at a provider of the enterprise: another instance of the embedded one, at an address of its
// own and over a database of its own, which this platform knows by its issuers file alone.

import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Account, createIdentityProvider, type IdentityProvider, oidcMigrations } from '@plinth/adapters/oidc';
import { aDatabase, Browser, passPages, sessionOf, type TestDatabase } from '@plinth/testing';
import { importJWK, type JWK, SignJWT } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../journeys/platform.ts';
import { ada, openIssuer, type OutsideIssuer, startWorld, type World } from './world.ts';

const person = { password: 'demo', note: '' };
const accounts: Account[] = [
  { ...person, username: 'ada', name: 'Ada', audience: 'customer', id: ada },
  { ...person, username: 'sue', name: 'Sue', audience: 'staff', id: 'stf_sue' },
];
const vault = `
openapi: 3.1.0
info: { title: Vault, version: 1.0.0, description: What is opened by those who have just proved who they are. }
servers: [{ url: /vault/v1 }]
x-plinth: { stage: stable, capability: vault, owner: { team: vault, contact: vault@northfold.example }, audience: [customer] }
tags: [{ name: Vault, description: What is locked. }]
paths:
  /openings:
    post:
      operationId: openVault
      tags: [Vault]
      summary: Open the vault
      security: [{ oidc: [vault.write] }]
      x-plinth: { effect: write, emits: [], ownerCheck: [], stepUp: { acr: password, maxAgeS: 600 } }
      responses:
        '201':
          description: Open.
          content: { application/json: { schema: { type: object, required: [open], properties: { open: { type: boolean } } } } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration } }
`;
const handler = `export async function openVault() { return { status: 201, body: { open: true } }; }`;

let database: TestDatabase;
let provider: IdentityProvider;
let outside: Server;
let folder: string;
let base: string;
let world: World;
/** Another issuer of access tokens, where nobody signs in to our pages. */
let other: OutsideIssuer;
/** What the provider is asked, without queries. */
const asked: string[] = [];
/** Nothing is answered. */
let isAway = false;
/** Id tokens leave with another signature. */
let isForging = false;
const sealingKey = 'a key of this test';

beforeAll(async () => {
  database = await aDatabase([oidcMigrations]);
  outside = createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.split('?', 1)[0]}`);
    if (isForging && request.url?.endsWith('/token') === true) forgeIdToken(response);
    if (isAway) response.writeHead(503).end();
    else if (!provider.handle(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(outside.address() as AddressInfo).port}`;
  const port = await freePort();
  base = `http://localhost:${port}`;
  provider = await createIdentityProvider({
    baseUrl: `http://${host}`,
    pages: base,
    database,
    accounts,
    scopes: () => ['customers.read'],
    webClientSecret: 'a secret of our pages',
    onError: (error) => process.stderr.write(`${String(error)}\n`),
  });
  other = await openIssuer();
  folder = mkdtempSync(path.join(tmpdir(), 'plinth-sign-in-'));
  const { issuer, audience } = provider;
  const file = {
    issuers: [
      { issuer, jwksUri: `${issuer}/jwks`, audience, algorithms: ['ES256'], kinds: ['customer', 'partner', 'service'] },
      {
        issuer: other.issuer,
        jwksUri: `${other.issuer}keys`,
        audience,
        algorithms: ['ES256'],
        claims: { customerId: 'customer_number' },
      },
    ],
    signIn: { issuer, clientId: 'plinth-web' },
    embedded: false,
  };
  writeFileSync(path.join(folder, 'issuers.json'), JSON.stringify(file));
  writeFileSync(path.join(folder, 'secret'), 'a secret of our pages\n');
  const env = {
    PLINTH_ISSUERS: path.join(folder, 'issuers.json'),
    PLINTH_SIGN_IN_SECRET_FILE: path.join(folder, 'secret'),
    PLINTH_ALLOWED_PRIVATE_HOSTS: `${host},${other.host}`,
    PLINTH_SEALING_KEY: sealingKey,
  };
  world = await startWorld({ env, port });
  const vaultFolder = path.join(world.platform.config.contractsFolder, 'vault');
  mkdirSync(path.join(vaultFolder, 'handlers'), { recursive: true });
  writeFileSync(path.join(vaultFolder, 'contract.yaml'), vault);
  writeFileSync(path.join(vaultFolder, 'handlers', 'open-vault.ts'), handler);
  const { running, refused } = await world.platform.reload();
  if (running.length !== 1) throw new Error(JSON.stringify(refused));
});
afterAll(async () => {
  await world?.close();
  provider?.close();
  await other?.close();
  outside?.closeAllConnections();
  outside?.close();
  await database?.close();
  rmSync(folder, { recursive: true });
});

/** The first letter of a signature becomes another one: nothing else changes, not even the length. */
function forgeIdToken(response: ServerResponse): void {
  const end = response.end.bind(response) as (body: string) => ServerResponse;
  response.end = ((body: string | Uint8Array) =>
    end(
      Buffer.from(body as Uint8Array)
        .toString()
        .replace(
          /("id_token":"[^."]+\.[^."]+\.)(.)/,
          (_, before: string, letter: string) => before + (letter === 'A' ? 'B' : 'A'),
        ),
    )) as typeof response.end;
}

const ask = async (browser: Browser, target: string, init: RequestInit = {}) => {
  const response = await browser.fetch(base + target, {
    ...init,
    headers: { 'sec-fetch-site': 'same-origin', ...(init.headers as Record<string, string>) },
  });
  const text = await response.text();
  const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  return { status: response.status, challenge: response.headers.get('www-authenticate') ?? '', body };
};
const open = (browser: Browser, key: string) =>
  ask(browser, '/vault/v1/openings', { method: 'POST', headers: { 'idempotency-key': key } });
const isOurs = (url: URL): boolean => url.origin === base && !url.pathname.startsWith('/session/');

it('a person signs in there, calls here, proves who they are anew, and is signed out at both', async () => {
  const browser = await sessionOf({ baseUrl: base, username: 'ada' });
  expect((await ask(browser, '/session')).body).toMatchObject({ signedIn: true, name: 'Ada', customerId: ada });
  expect(await ask(browser, '/customers/v1/customers/me')).toMatchObject({ status: 200, body: { id: ada } });
  // Pages have a cookie of ours and no token of theirs.
  expect(browser.cookies()).not.toMatch(/eyJ/);

  const refused = await open(browser, 'the-same-wish');
  expect(refused).toMatchObject({ status: 401, body: { code: 'step-up-required', stepUp: { acr: 'password' } } });
  expect(refused.challenge).toContain('acr_values="password"');
  const stepUp = new URL('/session/login?returnTo=/portal/&acr=password&maxAge=600', base);
  await passPages(browser, stepUp, { username: 'ada' }, isOurs);
  expect(await open(browser, 'the-same-wish')).toMatchObject({ status: 201, body: { open: true } });

  const { status, body } = await ask(browser, '/session/logout', { method: 'POST' });
  expect(status).toBe(200);
  const there = new URL(String(body['continueAt']));
  expect(there.origin + there.pathname).toBe(`${provider.issuer}/session/end`);
  expect((await ask(browser, '/customers/v1/customers/me')).status).toBe(401);
  const page = await browser.visit(there);
  const html = await page.response.text();
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
  const action = /action="([^"]+)"/.exec(html)?.[1] ?? '';
  const form = new URLSearchParams({ xsrf, logout: 'yes' });
  const home = await browser.visit(new URL(action, there), { method: 'POST', body: form }, isOurs);
  expect(home.url.href).toBe(`${base}/`);
  const known = await sql`select 1 from oidc.record where kind = 'Session' and payload->>'accountId' = ${ada}`.execute(
    database.db,
  );
  expect(known.rows).toEqual([]);
});

const begin = async (browser: Browser): Promise<URL> => {
  const response = await browser.fetch(`${base}/session/login`);
  return new URL(response.headers.get('location') ?? '');
};

it('the sign-in is bound to this browser by PKCE, state and nonce', async () => {
  const asks = (await begin(new Browser())).searchParams;
  expect(asks.get('code_challenge_method')).toBe('S256');
  for (const name of ['state', 'nonce', 'code_challenge']) expect(asks.get(name)?.length).toBeGreaterThan(20);
  for (const name of ['state', 'nonce', 'code_challenge']) {
    const browser = new Browser();
    const target = await begin(browser);
    target.searchParams.set(name, 'A'.repeat(43));
    const end = await passPages(browser, target, { username: 'ada' }, isOurs);
    expect([name, end.searchParams.get('signin')]).toEqual([name, 'failed']);
    expect((await ask(browser, '/session')).body).toEqual({ signedIn: false });
  }
  // The control: unchanged it ends well.
  const browser = new Browser();
  const end = await passPages(browser, await begin(browser), { username: 'ada' }, isOurs);
  expect(end.searchParams.get('signin')).toBe(null);
});

interface Flow {
  verifier: string;
  until: number;
  returnTo: string;
}

const keyOf = (own: string): Buffer => createHmac('sha256', own).update('sign-in').digest();
const sealed = (flow: Flow, key: Buffer): string => {
  const body = Buffer.from(JSON.stringify(flow)).toString('base64url');
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
};

const isBack = (url: URL): boolean => url.pathname === '/session/callback';

/** Comes back from the provider with another flow than this browser was given. Where it is sent, and whether it has a session. */
async function comeBack(change: (flow: Flow) => string): Promise<{ to: string; isIn: boolean }> {
  const browser = new Browser();
  const back = await passPages(browser, await begin(browser), { username: 'ada' }, isBack);
  const own = /plinth_flow=([^.;]+)/.exec(browser.cookies())?.[1] ?? '';
  const flow = JSON.parse(Buffer.from(own, 'base64url').toString()) as Flow;
  const answer = await fetch(back, { headers: { cookie: `plinth_flow=${change(flow)}` }, redirect: 'manual' });
  const isIn = answer.headers.getSetCookie().some((line) => /^plinth=[^;]/.test(line));
  return { to: answer.headers.get('location') ?? '', isIn };
}

it('what the browser keeps meanwhile is ours, unchanged, and good for ten minutes', async () => {
  const key = keyOf(sealingKey);
  expect(await comeBack((flow) => sealed({ ...flow, returnTo: '/desk/' }, key))).toEqual({ to: '/desk/', isIn: true });
  const failed = { to: '/portal/?signin=failed', isIn: false };
  expect(await comeBack((flow) => sealed(flow, keyOf('another')))).toEqual(failed);
  expect(await comeBack((flow) => sealed(flow, key).split('.', 1).join(''))).toEqual(failed);
  const marked = (flow: Flow): string =>
    `${Buffer.from(JSON.stringify({ ...flow, returnTo: '//evil' })).toString('base64url')}.${sealed(flow, key).split('.')[1]}`;
  expect(await comeBack(marked)).toEqual(failed);
  const left: number[] = [];
  const late = (flow: Flow): string => {
    left.push(flow.until - Date.now());
    return sealed({ ...flow, until: Date.now() - 1 }, key);
  };
  expect(await comeBack(late)).toEqual(failed);
  expect(Math.abs((left[0] ?? 0) - 600_000)).toBeLessThan(120_000);
});

it('a sign-in always asks who it is; one of an hour ago is none of the last minute, whatever became of the question', async () => {
  const browser = await sessionOf({ baseUrl: base, username: 'ada' });
  // The provider still knows the person, and asks all the same.
  const { url, response } = await browser.visit(await begin(browser), {}, isOurs);
  expect([isOurs(url), await response.text()]).toEqual([false, expect.stringContaining('/login"')]);
  await sql`
    update oidc.record set payload = jsonb_set(payload, '{loginTs}', to_jsonb(extract(epoch from now())::int - 3600))
    where kind = 'Session'`.execute(database.db);
  for (const [query, outcome] of [
    ['', null],
    ['?maxAge=60', 'failed'],
  ] as const) {
    const begun = await browser.fetch(`${base}/session/login${query}`);
    const target = new URL(begun.headers.get('location') ?? '');
    for (const name of ['prompt', 'max_age']) target.searchParams.delete(name);
    const end = await passPages(browser, target, { username: 'ada' }, isOurs);
    expect([query, end.searchParams.get('signin')]).toEqual([query, outcome]);
  }
});

it('an id token that the provider did not sign lets nobody in', async () => {
  isForging = true;
  try {
    await expect(sessionOf({ baseUrl: base, username: 'ada' })).rejects.toThrow('sign-in failed');
  } finally {
    isForging = false;
  }
  await sessionOf({ baseUrl: base, username: 'ada' });
});

it('lets in nobody of a kind that the provider may not vouch for', async () => {
  await expect(sessionOf({ baseUrl: base, username: 'sue', app: 'desk' })).rejects.toThrow('sign-in failed');
});

it('lets in nobody by a token of another issuer, nor anybody who has no pages, whatever that token is good for', async () => {
  const { rows } = await sql<{ signing: JWK }>`select value->'signing' as signing from oidc.key`.execute(database.db);
  const key = rows[0]?.signing as JWK;
  const privateKey = await importJWK(key, 'ES256');
  const there = (claims: Record<string, unknown>): Promise<string> =>
    new SignJWT({ sub: 'x', customer_id: ada, scope: 'customers.read', ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid as string })
      .setIssuer(provider.issuer)
      .setAudience(provider.audience)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey);
  const { signIn, authenticator } = world.platform;
  const own = await there({});
  expect(await signIn.firstParty(own)).toMatchObject({ audience: 'customer', customerId: ada });
  for (const token of [
    await other.customer(ada, 'customers.read', { aud: provider.audience }),
    await there({ act: { sub: 'assistant' } }),
    await there({ plinth_audience: 'service' }),
  ]) {
    expect(await authenticator.verify(token)).toBeDefined();
    expect(await signIn.firstParty(token)).toBeUndefined();
  }
});

it('a provider that is away keeps nobody from signing out, and is not ready to begin with', async () => {
  const browser = await sessionOf({ baseUrl: base, username: 'ada' });
  isAway = true;
  try {
    expect((await ask(browser, '/session/logout', { method: 'POST' })).status).toBeLessThan(300);
    expect((await ask(browser, '/session')).body).toEqual({ signedIn: false });
    const { allowedPrivateHosts } = world.platform.config;
    const later = await startWorld({
      database: world.database,
      env: {
        PLINTH_ISSUERS: path.join(folder, 'issuers.json'),
        PLINTH_SIGN_IN_SECRET_FILE: path.join(folder, 'secret'),
        PLINTH_ALLOWED_PRIVATE_HOSTS: allowedPrivateHosts.join(','),
      },
    });
    const response = await fetch(`${later.base}/readyz`);
    const because = `the keys of ${provider.issuer} are not known yet`;
    expect([response.status, await response.json()]).toEqual([503, { ready: false, because }]);
    // A person who tries meanwhile is sent back in words.
    const begun = await fetch(`${later.base}/session/login`, { redirect: 'manual' });
    expect(begun.headers.get('location')).toBe('/portal/?signin=failed');
    await later.close();
  } finally {
    isAway = false;
  }
});
