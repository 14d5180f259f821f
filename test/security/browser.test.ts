// What pages of other sites can make a browser do here: nothing. Cookie flags, who may send with the cookie, framing,
// what pages may load, and what other origins may read.

import { randomUUID } from 'node:crypto';
import { Sessions } from '@plinth/runtime';
import { sessionOf } from '@plinth/testing';
import { importJWK, type JWK, SignJWT } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flowKeyOf, SignIn } from '../../server/src/web/session.ts';
import { ada, call, startWorld, type World } from './world.ts';

const shop = 'https://shop.example';
let world: World;
let base: string;
let cookie: string;
let setCookie: string[];
beforeAll(async () => {
  world = await startWorld({ env: { PLINTH_CORS_ORIGINS: shop } });
  base = world.platform.config.baseUrl;
  const browser = await sessionOf({ baseUrl: base, username: 'ada' });
  cookie = browser.cookies();
  const begun = await fetch(`${base}/session/login`, { redirect: 'manual' });
  setCookie = begun.headers.getSetCookie();
});
afterAll(() => world.close());

const crossSite: readonly [string, Record<string, string>][] = [
  ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }],
  ['a sibling of the site', { 'sec-fetch-site': 'same-site', origin: 'https://other.localhost' }],
  ['another site, by an old browser', { origin: 'https://evil.test' }],
  ['a sandboxed frame', { origin: 'null' }],
  ['nowhere known', {}],
  ['the address line', { 'sec-fetch-site': 'none' }],
  ['a listed origin', { 'sec-fetch-site': 'cross-site', origin: shop }],
];

describe('a request with the cookie from', () => {
  it.each(crossSite)('%s changes nothing', async (_, headers) => {
    const writes = world.platform
      .contracts()
      .flatMap(({ basePath, operations }) => operations.map((operation) => ({ basePath, operation })))
      .filter(({ operation }) => operation.policy.effect !== 'read' && (operation.security?.length ?? 0) > 0);
    const answers = new Set<string>();
    for (const { basePath, operation } of writes) {
      const target = basePath + operation.path.replaceAll(/\{\w+\}/g, 'x');
      const response = await fetch(base + target, {
        method: operation.method.toUpperCase(),
        headers: { cookie, 'content-type': 'text/plain', ...headers },
        ...(operation.method === 'delete' ? {} : { body: '{}' }),
      });
      answers.add(`${response.status} ${((await response.json()) as { code: string }).code}`);
    }
    expect(writes.length).toBeGreaterThan(40);
    expect([...answers]).toEqual(['403 cross-site-request']);
  });

  it.each(crossSite)('%s ends no session, enrols no device and confirms nothing', async (_, headers) => {
    for (const [method, path] of [
      ['POST', '/session/logout'],
      ['POST', '/session/device'],
      ['POST', '/session/visit'],
      ['DELETE', '/session/visit'],
      ['POST', '/confirmations/x'],
      ['POST', '/visits/ABCD'],
    ] as const)
      expect([path, (await fetch(base + path, { method, headers: { cookie, ...headers } })).status]).toEqual([
        path,
        403,
      ]);
    const known = await fetch(`${base}/session`, { headers: { cookie } });
    expect(await known.json()).toMatchObject({ signedIn: true });
  });

  it.each([
    ['our own page', () => ({ 'sec-fetch-site': 'same-origin' })],
    ['our own page, in an old browser,', () => ({ origin: base })],
  ])('%s does', async (_, headers) => {
    const response = await fetch(`${base}/customers/v1/customers/me`, {
      method: 'PATCH',
      headers: { cookie, ...headers(), 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify({ city: 'Own' }),
    });
    expect(response.status).toBe(200);
  });
});

function cookieFor(baseUrl: string): string {
  const signIn = new SignIn({ baseUrl } as never);
  return signIn.cookie(signIn.cookieName, 'v', 60);
}

const statusWith = async (named: string) =>
  (await fetch(`${base}/customers/v1/customers/me`, { headers: { cookie: named } })).status;

describe('cookies', () => {
  it('cannot be read by pages, nor sent by other sites; under TLS no other host can set them', () => {
    expect(cookieFor('https://plinth.example')).toBe(
      '__Host-plinth=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure',
    );
    expect(cookieFor('http://localhost:1')).toBe('plinth=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax');
    expect(setCookie.length).toBeGreaterThan(0);
    for (const each of setCookie) expect(each).toMatch(/; HttpOnly; SameSite=Lax/);
  });

  it('of another name hold no session: under TLS the plain one does not', async () => {
    const id = /(?:^|; )plinth=([^;]+)/.exec(cookie)?.[1] ?? '';
    expect(await statusWith(`plinth=${id}`)).toBe(200);
    expect(await statusWith(`__Host-plinth=${id}`)).toBe(401);
    expect(await statusWith(`plinth=${id}x`)).toBe(401);
  });

  it('do not finish a sign-in that was begun elsewhere', async () => {
    const response = await fetch(`${base}/session/callback?code=stolen&state=x`, { redirect: 'manual' });
    expect(response.headers.get('location')).toBe('/portal/?signin=failed');
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it('of a sign-in under way are sealed by what processes share, or else by what nobody else knows', () => {
    const [one, same, other] = ['a key', 'a key', 'another'].map((key) => flowKeyOf(key).toString('hex'));
    expect([one === same, one === other]).toEqual([true, false]);
    const own = [1, 2].map(() => flowKeyOf(undefined));
    expect(own[0]).toHaveLength(32);
    expect(own[0]?.equals(own[1] as Buffer)).toBe(false);
  });

  it('are given for a token of our provider for the API, and for no other', async () => {
    const { rows } = await sql<{ signing: JWK }>`select value->'signing' as signing from oidc.key`.execute(
      world.database.db,
    );
    const key = rows[0]?.signing as JWK;
    const privateKey = await importJWK(key, 'ES256');
    const personOf = async (claims: Record<string, unknown> = {}) => {
      const nowS = Math.floor(Date.now() / 1000);
      const whole = { iss: `${base}/oidc`, aud: `${base}/`, sub: ada, customer_id: ada, iat: nowS, exp: nowS + 60 };
      const token = await new SignJWT({ ...whole, ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid as string })
        .sign(privateKey);
      return world.platform.signIn.firstParty(token).catch(() => undefined);
    };
    // Who acts for the person is not who signed in: our pages act as the person.
    for (const act of [undefined, { sub: 'assistant' }])
      expect(await personOf({ act })).toMatchObject({ audience: 'customer', customerId: ada, actor: [] });
    for (const claims of [{ aud: `${base}/mcp` }, { aud: base }, { iss: 'https://id.test' }, { exp: 1 }])
      expect([claims, await personOf(claims)]).toEqual([claims, undefined]);
  });

  it('of a person who is let in no more show and confirm nothing', async () => {
    const browser = await sessionOf({ baseUrl: base, username: 'ben' });
    const headers = { cookie: browser.cookies(), 'sec-fetch-site': 'same-origin' };
    const session = async () => (await (await fetch(`${base}/session`, { headers })).json()) as { signedIn: boolean };
    const confirm = async () =>
      (await fetch(`${base}/confirmations/none`, { method: 'POST', headers, body: 'answer=yes', redirect: 'manual' }))
        .status;
    expect([await session(), await confirm()]).toMatchObject([{ signedIn: true }, 200]);
    const id = /plinth=([^;]+)/.exec(headers.cookie)?.[1] ?? '';
    const principal = await new Sessions(world.database.db).find(id);
    const who = `sub:${principal?.issuer}|${principal?.subject}`;
    await world.platform.revocations.revoke(who);
    // Sent to sign in.
    expect([await session(), await confirm()]).toEqual([{ signedIn: false }, 302]);
  });

  it('send nobody elsewhere after the sign-in', async () => {
    for (const target of [
      'https://evil.test',
      '//evil.test',
      '/\\evil.test',
      '/portal\\..',
      '/portal/\\evil.test',
      'javascript:alert(1)',
    ]) {
      const response = await fetch(`${base}/session/login?returnTo=${encodeURIComponent(target)}`, {
        redirect: 'manual',
      });
      const flow = /plinth_flow=([^.]+)/.exec(response.headers.getSetCookie()[0] ?? '')?.[1] ?? '';
      const { returnTo } = JSON.parse(Buffer.from(flow, 'base64url').toString()) as { returnTo: string };
      expect(returnTo).toBe('/portal/');
    }
  });
});

describe('pages', () => {
  const html = ['/problems/not-found', '/problems/nothing', '/oidc/interaction/none'];

  it.each(html)('%s cannot be framed and load nothing from elsewhere', async (path) => {
    const response = await fetch(base + path, { redirect: 'manual' });
    expect(response.headers.get('content-type')).toContain('text/html');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toMatch(/default-src '(none|self)'/);
    // Software on the person's own machine gets its answer by a form (RFC 8252).
    expect(policy.replace(/http:\/\/(127\.0\.0\.1|localhost):\*/g, '')).not.toMatch(/https?:|\*|unsafe/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const outside = [...(await response.text()).matchAll(/(?:src|href|action)="([^"]+)"/g)]
      .map(([, target]) => target ?? '')
      .filter((target) => /^(https?:)?\/\//.test(target) && !target.startsWith(base));
    expect(outside).toEqual([]);
  });

  it('and answers of the API are never taken for another kind of content', async () => {
    for (const path of ['/customers/v1/customers/me', '/nothing', '/openapi.json', '/session', '/livez'])
      expect((await fetch(base + path)).headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('other origins', () => {
  const origins = ['https://evil.test', `${shop}.evil.test`, 'null', shop];

  it.each(origins)('%s', async (origin) => {
    const isListed = origin === shop;
    const preflight = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    };
    for (const path of ['/orders/v1/orders', '/customers/v1/customers/me', '/session', '/mcp', '/live', '/jobs/x']) {
      const asked = await fetch(base + path, { method: 'OPTIONS', headers: preflight });
      const read = await fetch(base + path, { headers: { origin, cookie } });
      // Work after a 202 and live updates are part of what operations say.
      const isOperation = path.includes('/v1/') || ['/live', '/jobs/x'].includes(path);
      for (const answer of [asked, read]) {
        // A listed origin may read why it is refused, wherever it asks.
        const may = !isListed ? [null] : isOperation ? [shop] : answer.status < 400 ? [null] : [shop, null];
        expect([path, may]).toEqual([
          path,
          expect.arrayContaining([answer.headers.get('access-control-allow-origin')]),
        ]);
        expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
        await answer.body?.cancel();
      }
    }
  });

  it('do not speak to MCP', async () => {
    const answer = await call(world, 'x.y.z', '/mcp', { method: 'POST', body: {}, headers: { origin: shop } });
    expect([answer.status, answer.code]).toEqual([403, 'cross-site-request']);
  });
});
