import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newApiKey } from '@plinth/runtime';
import {
  aDatabase,
  askForTokens,
  Browser,
  passPages,
  refreshedTokens,
  type TestDatabase,
  tokensFor,
} from '@plinth/testing';
import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Account,
  createIdentityProvider,
  type IdentityProvider,
  oidcMigrations,
  type ProviderOptions,
} from './index.ts';

const accounts: Account[] = [
  { username: 'ada', password: 'demo', name: 'Ada <Byron>', note: 'customer', audience: 'customer', id: 'cus_ada' },
  { username: 'sue', password: 'demo', name: 'Sue', note: 'support', audience: 'staff', id: 'stf_sue' },
];
const [older, newer] = [newApiKey('test', 'older'), newApiKey('test', 'newer')];
const secret = newer.text;
let scopes = ['orders.read', 'orders.write'];
let database: TestDatabase;
let server: Server;
let provider: IdentityProvider;
let options: ProviderOptions;
let baseUrl: string;
const defects: unknown[] = [];

beforeAll(async () => {
  database = await aDatabase([oidcMigrations]);
  server = createServer((request, response) => {
    if (!provider.handle(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  options = {
    baseUrl,
    database,
    accounts,
    scopes: () => scopes,
    webClientSecret: 'web-secret',
    findApplication: async (id) =>
      id === 'app_1'
        ? {
            id,
            name: 'Parcel Partner',
            partnerId: 'ptn_1',
            scopes: ['orders.read'],
            secretHashes: [older.secretHash, newer.secretHash],
          }
        : undefined,
    onError: (error) => defects.push(error),
  };
  provider = await createIdentityProvider(options);
});
afterAll(async () => {
  provider.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await database.close();
});

async function verified(token: string, audience = `${baseUrl}/`): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, createLocalJWKSet(provider.jwks), {
    issuer: provider.issuer,
    audience,
    typ: 'at+jwt',
    algorithms: ['ES256'],
  });
  return payload;
}

function authorization(changes: Record<string, string | undefined>): URL {
  const url = new URL(`${baseUrl}/oidc/auth`);
  const parameters: Record<string, string | undefined> = {
    client_id: 'northfold-agent',
    response_type: 'code',
    redirect_uri: 'http://127.0.0.1:8399/callback',
    scope: 'openid orders.read',
    code_challenge: 'a'.repeat(43),
    code_challenge_method: 'S256',
    ...changes,
  };
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
  return url;
}

const atCallback = (url: URL): boolean => url.port === '8399';

describe('the code flow', () => {
  it('gives software a token that names the person and the software', async () => {
    const { accessToken, scope } = await tokensFor({ baseUrl, username: 'ada', scopes: ['orders.read'] });
    expect(scope.split(' ')).toContain('orders.read');
    expect(await verified(accessToken)).toMatchObject({
      sub: 'cus_ada',
      plinth_audience: 'customer',
      customer_id: 'cus_ada',
      client_id: 'northfold-agent',
      act: { sub: 'northfold-agent' },
      plinth_channels: 'mcp chat',
      name: 'Ada <Byron>',
      scope: 'orders.read',
    });
  });

  it('gives tokens for MCP that the API does not take', async () => {
    const resource = `${baseUrl}/mcp`;
    const { accessToken } = await tokensFor({ baseUrl, username: 'ada', scopes: ['orders.read'], resource });
    expect(await verified(accessToken, resource)).toMatchObject({ aud: resource, sub: 'cus_ada' });
    await expect(verified(accessToken)).rejects.toThrow(/"aud"/);
  });

  it('gives the platform’s own pages a token without actor, and asks nobody for consent', async () => {
    const redirectUri = `${baseUrl}/session/callback`;
    const verifier = 'v'.repeat(64);
    const start = authorization({
      client_id: 'plinth-web',
      redirect_uri: redirectUri,
      scope: 'openid',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    });
    const browser = new Browser();
    const page = await browser.visit(start);
    const answer = await browser.visit(
      new URL(`${page.url.pathname}/login`, baseUrl),
      { method: 'POST', body: new URLSearchParams({ username: 'ada', password: 'demo' }) },
      (url) => url.href.startsWith(redirectUri),
    );
    const form = {
      grant_type: 'authorization_code',
      redirect_uri: redirectUri,
      code: answer.url.searchParams.get('code') ?? '',
      code_verifier: verifier,
    };
    const { accessToken } = await askForTokens(baseUrl, form, 'plinth-web:web-secret');
    const claims = await verified(accessToken);
    expect([claims['act'], claims['plinth_channels']]).toEqual([undefined, undefined]);
    await expect(askForTokens(baseUrl, form, 'plinth-web:web-secret')).rejects.toThrow(/invalid_grant/);
  });

  it('refreshes tokens of software that was allowed to stay, also after a restart', async () => {
    const first = await tokensFor({ baseUrl, username: 'ada', scopes: ['orders.read'], offline: true });
    const before = provider;
    provider = await createIdentityProvider(options);
    before.close();
    const second = await refreshedTokens(baseUrl, first.refreshToken ?? '');
    expect(await verified(second.accessToken)).toMatchObject({ sub: 'cus_ada', act: { sub: 'northfold-agent' } });
    // Keys are kept: the earlier token still counts.
    expect(await verified(first.accessToken)).toMatchObject({ sub: 'cus_ada' });
  });

  it('refuses a password that does not belong to the name, and says so on the page', async () => {
    await expect(tokensFor({ baseUrl, username: 'ada', password: 'guess' })).rejects.toThrow(/do not belong together/);
  });

  it('answers an unknown redirect address itself and never sends anybody there', async () => {
    const response = await fetch(authorization({ redirect_uri: 'http://evil.example/callback' }), {
      redirect: 'manual',
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    expect(await response.text()).toContain('redirect_uri did not match');
  });

  it.each([
    ['a scope that no operation asks for', { scope: 'openid orders.burn' }, 'invalid_scope', /orders\.burn/],
    ['another resource', { resource: 'https://elsewhere.example/' }, 'invalid_target', /not for https/],
    ['a flow without PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request', /PKCE/],
    ['a token in the address', { response_type: 'token' }, 'unsupported_response_type', /.*/],
  ])('refuses %s with a reason', async (_case, changes, error, description) => {
    const response = await fetch(authorization(changes), { redirect: 'manual' });
    const location = new URL(response.headers.get('location') ?? 'none:');
    const answer = new URLSearchParams(location.hash.slice(1) || location.search);
    expect(answer.get('error')).toBe(error);
    expect(answer.get('error_description')).toMatch(description);
  });

  it('knows a scope as soon as a contract asks for it', async () => {
    scopes = [...scopes, 'cards.read'];
    const { accessToken } = await tokensFor({ baseUrl, username: 'ada', scopes: ['cards.read'] });
    expect(await verified(accessToken)).toMatchObject({ scope: 'cards.read' });
  });

  it('gives nothing when the person does not allow it', async () => {
    const browser = new Browser();
    const signIn = await browser.visit(authorization({ prompt: 'consent' }));
    const consent = await browser.visit(new URL(`${signIn.url.pathname}/login`, baseUrl), {
      method: 'POST',
      body: new URLSearchParams({ username: 'ada', password: 'demo' }),
    });
    const html = await consent.response.text();
    expect(html).toContain('Allow Northfold Agent?');
    expect(html).toContain('See your orders');
    const { url } = await browser.visit(
      new URL(`${consent.url.pathname}/deny`, baseUrl),
      { method: 'POST', body: new URLSearchParams() },
      atCallback,
    );
    expect(url.searchParams.get('error')).toBe('access_denied');
  });
});

describe('its pages', () => {
  it('are bound to the browser that began, hold no script, and escape names', async () => {
    const browser = new Browser();
    const { url, response } = await browser.visit(authorization({}));
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await response.text();
    expect(html).toContain('Ada &lt;Byron&gt;');
    expect(html).not.toMatch(/<script|style=|onclick/);
    const elsewhere = await fetch(url);
    expect(elsewhere.status).toBe(400);
    expect(await elsewhere.text()).toContain('This sign-in has ended');
  });

  it('name the base address, whatever host the caller claims', async () => {
    const response = await fetch(`${baseUrl}/oidc/.well-known/openid-configuration`, {
      headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    });
    expect(await response.json()).toMatchObject({
      issuer: `${baseUrl}/oidc`,
      token_endpoint: `${baseUrl}/oidc/token`,
    });
  });
});

describe('partners’ servers', () => {
  const form = { grant_type: 'client_credentials', scope: 'orders.read' };

  it.each([older, newer])('get a token that names the partner, with each live key', async ({ text }) => {
    const { accessToken } = await askForTokens(baseUrl, form, `app_1:${text}`);
    expect(await verified(accessToken)).toMatchObject({
      plinth_audience: 'partner',
      partner_id: 'ptn_1',
      plinth_channels: 'partner',
      client_id: 'app_1',
      scope: 'orders.read',
    });
  });

  it.each([
    ['another secret', form, 'app_1:guess', /invalid_client/],
    ['a key of somebody else', form, `app_1:${newApiKey('test', 'other').text}`, /invalid_client/],
    ['the hash instead of the secret', form, `app_1:${newer.secretHash}`, /invalid_client/],
    ['an application nobody knows', form, `app_2:${secret}`, /invalid_client/],
    ['a scope the partner was not given', { ...form, scope: 'orders.write' }, `app_1:${secret}`, /invalid_scope/],
  ])('get nothing for %s', async (_case, asked, basic, refusal) => {
    await expect(askForTokens(baseUrl, asked, basic)).rejects.toThrow(refusal);
  });
});

async function begin(): Promise<{ device_code: string; user_code: string }> {
  const response = await fetch(`${baseUrl}/oidc/device/auth`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'plinth-kiosk', scope: 'openid orders.read' }),
  });
  return (await response.json()) as { device_code: string; user_code: string };
}

const poll = (code: string): ReturnType<typeof askForTokens> =>
  askForTokens(baseUrl, {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    client_id: 'plinth-kiosk',
    device_code: code,
  });
const inputs = (html: string): Record<string, string> =>
  Object.fromEntries(
    [...html.matchAll(/name="(xsrf|user_code|confirm)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );

/** Types the code and confirms it; gives the page that comes then. */
async function typeCode(browser: Browser, userCode: string): Promise<{ url: URL; html: string }> {
  const page = await browser.visit(`${baseUrl}/oidc/device`);
  const typed = await browser.visit(`${baseUrl}/oidc/device`, {
    method: 'POST',
    body: new URLSearchParams({ ...inputs(await page.response.text()), user_code: userCode }),
  });
  const html = await typed.response.text();
  expect(html).toContain(userCode);
  const next = await browser.visit(`${baseUrl}/oidc/device`, {
    method: 'POST',
    body: new URLSearchParams({ confirm: 'yes', ...inputs(html), user_code: userCode }),
  });
  return { url: next.url, html: await next.response.text() };
}

describe('devices', () => {
  it('are enrolled by staff, with the code that they show', async () => {
    const { device_code: deviceCode, user_code: userCode } = await begin();
    await expect(poll(deviceCode)).rejects.toThrow(/authorization_pending/);
    const browser = new Browser();
    const { url, html } = await typeCode(browser, userCode);
    expect(html).toContain('Sue');
    expect(html).not.toContain('Byron');
    const done = await browser.visit(new URL(`${url.pathname}/login`, baseUrl), {
      method: 'POST',
      body: new URLSearchParams({ username: 'sue', password: 'demo' }),
    });
    expect(await done.response.text()).toContain('The device is enrolled');
    const claims = await verified((await poll(deviceCode)).accessToken);
    expect(claims).toMatchObject({
      plinth_audience: 'device',
      plinth_channels: 'kiosk',
      client_id: 'plinth-kiosk',
      scope: 'orders.read',
    });
    expect(claims['customer_id']).toBeUndefined();
    await expect(poll(deviceCode)).rejects.toThrow(/invalid_grant/);
  });

  it('are not enrolled by a customer, newly signed in or from before', async () => {
    const { device_code: deviceCode, user_code: userCode } = await begin();
    const fresh = new Browser();
    const { url } = await typeCode(fresh, userCode);
    const refused = await fresh.visit(new URL(`${url.pathname}/login`, baseUrl), {
      method: 'POST',
      body: new URLSearchParams({ username: 'ada', password: 'demo' }),
    });
    expect(refused.response.status).toBe(403);

    const second = await begin();
    const browser = new Browser();
    await passPages(browser, authorization({}), { username: 'ada' }, atCallback);
    const page = await typeCode(browser, second.user_code);
    expect(page.html).toContain('You cannot enrol a device');
    await browser.visit(new URL(`${page.url.pathname}/allow`, baseUrl), {
      method: 'POST',
      body: new URLSearchParams(),
    });
    await expect(poll(second.device_code)).rejects.toThrow(/authorization_pending|access_denied/);
    await expect(poll(deviceCode)).rejects.toThrow(/authorization_pending/);
  });
});

describe('what it keeps', () => {
  it('is swept when it has ended', async () => {
    const { sweepRecords } = await import('./store.ts');
    await sql`update oidc.record set expires_at = now() - interval '1 second'`.execute(database.db);
    await sweepRecords(database);
    const { rows } = await sql<{ n: bigint }>`select count(*) as n from oidc.record where expires_at < now()`.execute(
      database.db,
    );
    expect(rows[0]?.n).toBe(0n);
  });

  it('was all of it expected: no defect was reported', () => {
    expect(defects).toEqual([]);
  });
});
