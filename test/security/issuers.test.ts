// An issuer of the enterprise beside the embedded provider, or in its place: who it may vouch for, when the platform is
// ready, and a change of its keys while customers call.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from '@plinth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../server/src/config.ts';
import { ada, ben, call, openIssuer, type OutsideIssuer, startWorld, type World } from './world.ts';

let issuer: OutsideIssuer;
let world: World;
beforeAll(async () => {
  issuer = await openIssuer();
  await issuer.publish('two', 'one');
  world = await startWorld({ issuer });
});
afterAll(async () => {
  await world?.close();
  await issuer?.close();
});

describe('an outside issuer', () => {
  it('names customers by its own claim, and they see their own things only', async () => {
    const own = await call(world, await issuer.customer(ada, 'customers.read'), '/customers/v1/customers/me');
    expect([own.status, own.body['id']]).toEqual([200, ada]);
    const other = await call(world, await issuer.customer(ben, 'customers.read'), `/customers/v1/customers/${ada}`);
    expect([other.status, other.code]).toEqual([404, 'not-found']);
  });

  it('gives nobody the things of a subject that only looks like an id of ours', async () => {
    const claims = { sub: ada, kind: 'partner', partner_number: 'ptn_x', scope: 'customers.read' };
    const token = await issuer.token({ ...claims, act: { sub: 'software' } });
    expect((await call(world, token, `/customers/v1/customers/${ada}`)).status).toBe(404);
  });

  it.each([
    ['a customer without a customer number', { sub: 'x' }],
    ['a partner without a partner', { sub: 'x', kind: 'partner' }],
    ['our name for a customer', { sub: 'x', customer_id: 'cus_1' }],
    ['every scope', { sub: 'x', customer_number: 'cus_1', scope: '*' }],
  ])('is not believed when it names %s', async (_, claims) => {
    expect(await call(world, await issuer.token(claims), '/customers/v1/customers/me')).toMatchObject({
      status: 401,
      code: 'invalid-token',
    });
  });

  it('vouches for nobody but the kinds of callers it is listed for', async () => {
    const narrow = await startWorld({ issuer, entry: { kinds: ['customer'] } });
    const staff = await issuer.token({ sub: 's', kind: 'staff', scope: 'customers.read' });
    expect((await call(narrow, staff, '/customers/v1/customers')).status).toBe(401);
    expect((await call(world, staff, '/customers/v1/customers')).status).toBe(200);
    await narrow.close();
  });
});

it('a change of keys under load fails no request', async () => {
  const tokens = { old: await issuer.customer(ada, 'customers.read'), new: '' };
  const state = { current: tokens.old, stop: false };
  const seen = new Map<string, number>();
  const asking = Array.from({ length: 8 }, async () => {
    while (!state.stop) {
      const { status, code = '' } = await call(world, state.current, '/customers/v1/customers/me');
      // Limits are for people; this is about keys.
      const said = status === 200 || status === 429 ? 'answered' : `${status} ${code}`;
      seen.set(said, (seen.get(said) ?? 0) + 1);
    }
  });
  const answered = (more: number) =>
    eventually('requests are answered', 10_000, async () => (seen.get('answered') ?? 0) >= more || undefined);
  await answered(100);
  // The next key was published before anything is signed with it; the old one stays until its tokens have ended.
  await issuer.publish('one', 'two');
  state.current = await issuer.customer(ada, 'customers.read');
  await answered((seen.get('answered') ?? 0) + 100);
  await issuer.publish('two', 'three');
  await answered((seen.get('answered') ?? 0) + 100);
  state.stop = true;
  await Promise.all(asking);
  expect([...seen.keys()]).toEqual(['answered']);
  expect(issuer.fetches()).toBeLessThanOrEqual(3);
});

it('unknown keys ask the issuer for its set at most once in half a minute', async () => {
  const before = issuer.fetches();
  await issuer.publish('two', 'unknown');
  for (let n = 0; n < 5; n++)
    expect((await call(world, await issuer.customer(ada), '/customers/v1/customers/me')).status).toBe(401);
  expect(issuer.fetches() - before).toBeLessThanOrEqual(1);
});

it('the platform is not ready while an issuer has no keys, and says which; the embedded provider may be off', async () => {
  const late = await openIssuer();
  late.fail();
  const started = await startWorld({ issuer: late, demo: false, file: { embedded: false } });
  const waiting = await call(started, undefined, '/readyz');
  expect([waiting.status, waiting.body]).toEqual([
    503,
    { ready: false, because: `the keys of ${late.issuer} are not known yet` },
  ]);
  expect(await call(started, await late.customer(ada), '/customers/v1/customers/me')).toMatchObject({
    status: 503,
    code: 'dependency-unavailable',
  });
  expect((await call(started, undefined, '/oidc/.well-known/openid-configuration')).status).toBe(404);
  expect((await call(started, undefined, '/session/login')).status).toBe(404);
  const metadata = await call(started, undefined, '/.well-known/oauth-protected-resource/mcp');
  expect(metadata.body['authorization_servers']).toEqual([late.issuer]);
  await started.close();
  await late.close();
});

const read = (text: string, env: Record<string, string> = {}) => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'plinth-issuers-')), 'issuers.json');
  writeFileSync(file, text);
  return readConfig({ demo: false }, { PLINTH_ISSUERS: file, ...env }).outside;
};

describe('the file of issuers', () => {
  const entry = { issuer: 'https://id.test', jwksUri: 'https://id.test/keys', audience: 'a', algorithms: ['ES256'] };
  const asked = { issuer: 'https://id.test', uri: 'https://id.test/ask', clientId: 'us', audience: 'a' };
  const signIn = { issuer: 'https://id.test', clientId: 'us' };
  it('says where people sign in, with the secret in a file of its own', () => {
    const outside = read(JSON.stringify({ issuers: [entry], signIn }), { PLINTH_SIGN_IN_SECRET: 's' });
    expect(outside?.signIn).toEqual({ ...signIn, clientSecret: 's', scope: 'openid', resource: undefined });
    const more = { ...signIn, scope: 'openid api', resource: 'https://api.test' };
    const told = read(JSON.stringify({ issuers: [entry], signIn: more }), { PLINTH_SIGN_IN_SECRET: 's' });
    expect(told?.signIn).toMatchObject(more);
    const odd = JSON.stringify({ issuers: [entry], signIn: { ...signIn, scope: 'api' } });
    expect(() => read(odd, { PLINTH_SIGN_IN_SECRET: 's' })).toThrow('/signIn/scope lacks openid');
  });

  it('is read whole', () => {
    const outside = read(JSON.stringify({ issuers: [entry], introspection: asked, embedded: false }), {
      PLINTH_INTROSPECTION_SECRET: 's',
    });
    expect(outside?.issuers[0]).toMatchObject({ ...entry, vouches: { kinds: ['customer'], names: {} } });
    expect(outside?.introspection).toMatchObject({ clientSecret: 's', uri: asked.uri });
    expect(outside?.embedded).toBe(false);
  });

  it('may say that an issuer marks its access tokens as something else', () => {
    const strictness = [undefined, true, false].map(
      (strictType) => read(JSON.stringify({ issuers: [{ ...entry, strictType }] }))?.issuers[0]?.strictType,
    );
    expect(strictness).toEqual([undefined, undefined, false]);
  });

  it.each<[string, unknown, string]>([
    ['no JSON', '{', 'cannot be read'],
    ['no object', '[]', 'the whole is no object'],
    ['nobody', { issuers: [] }, '/issuers is empty'],
    ['an unknown member', { issuers: [{ ...entry, jwksUrl: 'x' }] }, '/issuers/0/jwksUrl is not known'],
    ['a symmetric algorithm', { issuers: [{ ...entry, algorithms: ['HS256'] }] }, '/issuers/0/algorithms is not'],
    ['no keys', { issuers: [{ ...entry, jwksUri: undefined }] }, 'has both jwks and jwksUri, or neither'],
    ['an address that is none', { issuers: [{ ...entry, jwksUri: 'file:///etc/passwd' }] }, 'is no address'],
    ['a kind that nobody is', { issuers: [{ ...entry, kinds: ['agent'] }] }, '/issuers/0/kinds'],
    ['a claim for no field', { issuers: [{ ...entry, claims: { actor: 'x' } }] }, '/issuers/0/claims/actor'],
    ['questions without a secret', { introspection: asked }, 'no credential to ask with'],
    ['pages without a secret', { issuers: [entry], signIn }, 'our pages have no secret there'],
    [
      'pages at nobody listed',
      { issuers: [entry], signIn: { ...signIn, issuer: 'x' } },
      '/signIn/issuer is not listed',
    ],
    ['pages of machines', { issuers: [{ ...entry, kinds: ['service'] }], signIn }, 'vouches for nobody who has pages'],
  ])('with %s stops the start and says where', (_, content, message) => {
    expect(() => read(typeof content === 'string' ? content : JSON.stringify(content))).toThrow(message);
  });
});
