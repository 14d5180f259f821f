import { createHmac } from 'node:crypto';
import { exportSPKI, importJWK, type CryptoKey } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { movableClock, systemClock } from '../kernel/index.ts';
import { countingLimits, signToken, testAudience, testIssuer, testKeys, type TestKeys } from '../pipeline/test-edge.ts';
import { isSecretOf, keyIssuer, newApiKey, parseApiKey, type StoredKey } from './api-key.ts';
import { Authenticator, isPrincipal, type Presented } from './authenticator.ts';
import { TokenVerifier } from './issuers.ts';
import { hasDuplicateMember, readToken } from './strict-token.ts';

let keys: TestKeys;
let stranger: TestKeys;
let rsa: TestKeys;
let good: string;

beforeAll(async () => {
  [keys, stranger, rsa] = [await testKeys(), await testKeys('k1'), await testKeys('r1', 'RS256')];
  good = await signToken(keys);
});

const nowS = (): number => Math.floor(Date.now() / 1000);
const b64 = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const part = (index: number): string => good.split('.')[index] as string;
const head = { alg: 'ES256', typ: 'at+jwt', kid: 'k1' };

const verify = (token: string) =>
  new TokenVerifier(
    [
      { issuer: testIssuer, audience: testAudience, algorithms: ['ES256'], jwks: { keys: [keys.jwk, rsa.jwk] } },
      {
        issuer: 'https://two.test',
        audience: testAudience,
        algorithms: ['RS256'],
        jwks: { keys: [{ ...rsa.jwk, alg: undefined as never }] },
      },
    ],
    { clock: systemClock },
  ).verify(token);

it('a good token is its principal', async () => {
  expect(await verify(good)).toMatchObject({
    principal: { subject: 'ada', audience: 'customer', customerId: 'cus_ada', channel: 'web' },
  });
});

it('a token with an actor makes an agent', async () => {
  const token = await signToken(keys, { act: { sub: 'assistant', act: { sub: 'model' } }, client_id: 'assistant' });
  expect(await verify(token)).toMatchObject({
    principal: { audience: 'agent', actor: ['assistant', 'model'], applicationId: 'assistant' },
  });
});

it.each([
  ['a text', 'kiosk mobile', ['kiosk', 'mobile']],
  ['what we do not know left out', 'tv desk', ['desk']],
  ['nothing we know', 'tv', undefined],
  ['nothing', '', undefined],
])('a token names the channels of its application: %s', async (_, claim, channels) => {
  const found = await verify(await signToken(keys, { plinth_channels: claim }));
  if ('refused' in found) throw new Error(found.refused);
  expect([found.principal.channels, found.principal.channel]).toEqual([channels, channels?.[0] ?? 'web']);
});

it.each([7, { web: true }, ['web']])('channels that are no text are no channels: %j', async (claim) => {
  expect(await verify(await signToken(keys, { plinth_channels: claim }))).toHaveProperty('refused');
});

it('an outside issuer names them by a claim of its own, as a list or a text', async () => {
  const vouches = { kinds: ['customer'] as const, names: { channels: 'ways' } };
  const outside = new TokenVerifier(
    [{ issuer: testIssuer, audience: testAudience, algorithms: ['ES256'], jwks: { keys: [keys.jwk] }, vouches }],
    { clock: systemClock },
  );
  for (const ways of [['chat', 'web'], 'chat web'])
    expect(await outside.verify(await signToken(keys, { ways, plinth_channels: 'desk' }))).toMatchObject({
      principal: { channel: 'chat', channels: ['chat', 'web'] },
    });
});

it('another type is accepted of an issuer that is configured so, and of no other', async () => {
  const issuer = { audience: testAudience, algorithms: ['ES256'], jwks: { keys: [keys.jwk] } };
  const two = new TokenVerifier(
    [
      { ...issuer, issuer: testIssuer },
      { ...issuer, issuer: 'https://lenient.test', strictType: false },
    ],
    { clock: systemClock },
  );
  for (const typ of ['JWT', undefined]) {
    const lenient = await signToken(keys, { iss: 'https://lenient.test' }, { typ });
    expect(await two.verify(lenient)).toMatchObject({ principal: { subject: 'ada' } });
    expect(await two.verify(await signToken(keys, {}, { typ }))).toEqual({ refused: 'typ is not at+jwt' });
  }
});

const hmac = (text: string, secret: string): string => createHmac('sha256', secret).update(text).digest('base64url');

const read = (claims: string | Buffer, more: object = {}) =>
  readToken(`${b64({ ...head, ...more })}.${Buffer.from(claims).toString('base64url')}.${part(2)}`);

describe('an attack is refused:', () => {
  const attacks: [name: string, token: () => string | Promise<string>][] = [
    ['no signature at all', () => `${b64({ ...head, alg: 'none' })}.${part(1)}.`],
    ['algorithm none with a signature', () => `${b64({ ...head, alg: 'none' })}.${part(1)}.${part(2)}`],
    ['algorithm NoNe', () => `${b64({ ...head, alg: 'NoNe' })}.${part(1)}.${part(2)}`],
    [
      'HMAC with the public key as secret',
      async () => {
        const pem = await exportSPKI((await importJWK({ ...keys.jwk, ext: true }, 'ES256')) as CryptoKey);
        const text = `${b64({ ...head, alg: 'HS256' })}.${part(1)}`;
        return `${text}.${hmac(text, pem)}`;
      },
    ],
    ['another key under the same kid', () => signToken(stranger)],
    ['an algorithm that is not of this issuer', () => signToken(rsa, {}, { alg: 'RS256', kid: 'r1' })],
    ['an unknown issuer', () => signToken(keys, { iss: 'https://evil.test' })],
    ['an issuer with a slash more', () => signToken(keys, { iss: `${testIssuer}/` })],
    [
      'a key without declared algorithm',
      () => signToken(rsa, { iss: 'https://two.test' }, { alg: 'RS256', kid: 'r1' }),
    ],
    ['an unknown kid', () => signToken(keys, {}, { kid: 'k2' })],
    ['another audience', () => signToken(keys, { aud: 'https://other.test' })],
    ['no audience', () => signToken(keys, { aud: undefined })],
    ['an audience that only begins alike', () => signToken(keys, { aud: `${testAudience}.evil` })],
    ['no end', () => signToken(keys, { exp: undefined })],
    ['an end in the past', () => signToken(keys, { exp: nowS() - 61 })],
    ['an end that is text', () => signToken(keys, { exp: String(nowS() + 100) })],
    ['an end that is a fraction', () => signToken(keys, { exp: nowS() + 100.5 })],
    ['an end beyond all numbers', () => signToken(keys, { exp: 1e300 })],
    ['a beginning in the future', () => signToken(keys, { nbf: nowS() + 120 })],
    ['an issue time in the future', () => signToken(keys, { iat: nowS() + 120 })],
    ['an ID token', () => signToken(keys, {}, { typ: 'JWT' })],
    ['no type', () => signToken(keys, {}, { typ: undefined })],
    ['an embedded key', () => signToken(stranger, {}, { jwk: stranger.jwk })],
    ['a key address', () => signToken(stranger, {}, { jku: 'https://evil.test/keys' })],
    ['a certificate address', () => signToken(keys, {}, { x5u: 'https://evil.test/cert' })],
    ['an unknown critical extension', () => `${b64({ ...head, crit: ['exp'], exp: 1 })}.${part(1)}.${part(2)}`],
    ['an unencoded payload', () => `${b64({ ...head, b64: false })}.${part(1)}.${part(2)}`],
    ['a nested token', () => signToken(keys, {}, { cty: 'JWT' })],
    ['padding', () => `${part(0)}.${part(1)}.${part(2)}=`],
    ['a space', () => `${part(0)}.${part(1)}. ${part(2)}`],
    ['a line break at the end', () => `${good}\n`],
    [
      'unused bits that are set',
      () =>
        good.slice(0, -1) +
        (good.endsWith('A') ? 'B' : 'A').replace(/./, (letter) =>
          Buffer.from(part(2).slice(0, -1) + letter, 'base64url').length === 64 ? letter : 'B',
        ),
    ],
    ['base64 instead of base64url', () => good.replace(/[-_]/, '+').replace(/^/, '/')],
    ['two parts', () => `${part(0)}.${part(1)}`],
    ['four parts', () => `${good}.${part(2)}`],
    ['five parts (an encrypted token)', () => `${good}.${part(1)}.${part(2)}`],
    ['more than 8 KiB', () => signToken(keys, { filler: 'x'.repeat(8_000) })],
    [
      'changed claims',
      () => `${part(0)}.${b64({ ...JSON.parse(Buffer.from(part(1), 'base64url').toString()), sub: 'eve' })}.${part(2)}`,
    ],
    ['a changed header', () => `${b64({ ...head, extra: 1 })}.${part(1)}.${part(2)}`],
    ['claims that are a list', () => `${part(0)}.${b64([])}.${part(2)}`],
    ['claims that are no JSON', () => `${part(0)}.${b64('{')}.${part(2)}`],
    [
      'a claim that stands there twice',
      () => `${part(0)}.${b64('{"iss":"https://id.test","iss":"https://evil.test"}')}.${part(2)}`,
    ],
    ['an unknown kind of caller', () => signToken(keys, { plinth_audience: 'root' })],
    ['no subject', () => signToken(keys, { sub: undefined })],
    ['nothing', () => ''],
  ];

  it.each(attacks)('%s', async (_, token) => {
    expect(await verify(await token())).toHaveProperty('refused');
  });

  it('also when well signed with duplicate members', async () => {
    expect(hasDuplicateMember('{"a":1,"b":{"a":1},"c":["a","a"]}')).toBe(false);
    expect(hasDuplicateMember('{"a":1,"\\u0061":2}')).toBe(true);
    expect(hasDuplicateMember('{"x":{"a":1,"a":2}}')).toBe(true);
    expect(hasDuplicateMember(`{"a":1,"a"${' '.repeat(5000)}:2}`)).toBe(true);
  });

  it('before anything is believed of it: bytes that are no text, times that are no whole numbers, a key id that is no text', () => {
    expect(read('{}')).toHaveProperty('claims');
    expect(read(Buffer.from('{"sub":"ada\u00ff"}', 'latin1'))).toHaveProperty('refused');
    expect(read('{}', { kid: 7 })).toEqual({ refused: 'kid is not a string' });
    for (const name of ['exp', 'nbf', 'iat', 'auth_time'])
      for (const time of ['1.7e9', '1700000000.0', '-0'])
        expect(read(`{"${name}":${time}}`)).toMatchObject({ claims: { [name]: Number.NaN } });
  });

  it.each(['HS256', 'hs512', 'none', 'NONE'])('%s cannot even be configured', (algorithm) => {
    const issuer = { issuer: 'x', audience: 'y', algorithms: ['ES256', algorithm], jwks: { keys: [] } };
    expect(() => new TokenVerifier([issuer], { clock: systemClock })).toThrow('symmetric');
  });

  it('nor can one issuer twice', () => {
    const issuer = { issuer: 'x', audience: 'y', algorithms: ['ES256'], jwks: { keys: [] } };
    expect(() => new TokenVerifier([issuer, { ...issuer, audience: 'z' }], { clock: systemClock })).toThrow('twice');
  });
});

const made = (more: Partial<ConstructorParameters<typeof Authenticator>[0]> = {}): Authenticator =>
  new Authenticator({
    issuers: [{ issuer: testIssuer, audience: testAudience, algorithms: ['ES256'], jwks: { keys: [keys.jwk] } }],
    limits: countingLimits(),
    ...more,
  });
const from = (headers: Record<string, string>, method = 'GET', connection = {}): Presented => ({
  method,
  address: '192.0.2.1',
  connection,
  header: (name) => headers[name],
});

describe('the authenticator', () => {
  it('takes a token only where it is meant for', async () => {
    const one = made();
    const elsewhere = await signToken(keys, { aud: `${testAudience}mcp` });
    expect(await one.authenticate(from({ authorization: `Bearer ${elsewhere}` }))).toMatchObject({ fault: 'invalid' });
    expect(await one.verify(elsewhere, `${testAudience}mcp`)).toMatchObject({ subject: 'ada' });
    expect(await one.verify(good, `${testAudience}mcp`)).toBeUndefined();
  });

  it('knows a verified token without a promise the second time', async () => {
    const one = made();
    const first = one.authenticate(from({ authorization: `Bearer ${good}` }));
    expect(first).toBeInstanceOf(Promise);
    await first;
    expect(one.authenticate(from({ authorization: `bearer ${good}` }))).toMatchObject({ subject: 'ada' });
  });

  it('a connection is known by its last credential only, until it is revoked', async () => {
    const one = made();
    const connection = {};
    const send = (token: string) => one.authenticate(from({ authorization: `Bearer ${token}` }, 'GET', connection));
    await send(good);
    expect(send(good)).toMatchObject({ subject: 'ada' });
    expect(send(good)).toMatchObject({ subject: 'ada' });
    expect(await send(`${good.slice(0, -4)}AAAA`)).toMatchObject({ fault: 'invalid' });
    const other = await signToken(keys, { sub: 'ben' });
    expect(await send(other)).toMatchObject({ subject: 'ben' });
    expect(send(good)).toMatchObject({ subject: 'ada' });
    one.revoke(`sub:${testIssuer}|ada`);
    expect(send(good)).toMatchObject({ fault: 'invalid' });
  });

  it('a revoked subject is out at once, also from the cache', async () => {
    const one = made();
    await one.authenticate(from({ authorization: `Bearer ${good}` }));
    one.revoke(`sub:${testIssuer}|ada`);
    expect(one.authenticate(from({ authorization: `Bearer ${good}` }))).toMatchObject({ fault: 'invalid' });
  });

  it('stops verifying for an address after ten failures', async () => {
    const one = made();
    const bad = from({ authorization: 'Bearer a.b.c' });
    for (let index = 0; index < 10; index++) expect(await one.authenticate(bad)).toMatchObject({ fault: 'invalid' });
    expect(await one.authenticate(bad)).toMatchObject({ fault: 'blocked' });
    expect(await one.authenticate(from({ authorization: `Bearer ${good}` }))).toMatchObject({ fault: 'blocked' });
  });

  it('verifies again once the minute is over', async () => {
    const clock = movableClock(systemClock.now());
    const one = made({ clock });
    const bad = from({ authorization: 'Bearer a.b.c' });
    for (let n = 0; n < 10; n++) await one.authenticate(bad);
    const blocked = (await one.authenticate(bad)) as { fault: string; retryAfterS: number };
    expect(blocked.fault).toBe('blocked');
    expect(blocked.retryAfterS).toBeGreaterThan(0);
    expect(blocked.retryAfterS).toBeLessThanOrEqual(63);
    clock.advance({ seconds: blocked.retryAfterS });
    expect(await one.authenticate(from({ authorization: `Bearer ${good}` }))).toMatchObject({ subject: 'ada' });
  });

  it('an address of IPv6 is the network that one caller holds: another address in it is no other caller', async () => {
    const one = made();
    const at = (address: string) => one.authenticate({ ...from({ authorization: 'Bearer a.b.c' }), address });
    for (let n = 1; n <= 10; n++) expect(await at(`2001:db8:0:1::${n}`)).toMatchObject({ fault: 'invalid' });
    expect(await at('2001:db8:0:1:ffff::1')).toMatchObject({ fault: 'blocked' });
    expect(await at('2001:db8:0:2::1')).toMatchObject({ fault: 'invalid' });
  });

  it('a session cookie changes things only from our own pages', async () => {
    const principal = { ...(await made().verify(good)) } as never;
    const one = made({
      findSession: async (id) => (id === 's1' ? principal : undefined),
      allowedOrigins: ['https://shop.test'],
    });
    const cookie = { cookie: 'a=b; plinth=s1' };
    expect(await one.authenticate(from(cookie))).toMatchObject({ subject: 'ada' });
    expect(await one.authenticate(from(cookie, 'POST'))).toEqual({ fault: 'cross-site' });
    expect(await one.authenticate(from({ ...cookie, 'sec-fetch-site': 'cross-site' }, 'POST'))).toEqual({
      fault: 'cross-site',
    });
    expect(await one.authenticate(from({ ...cookie, 'sec-fetch-site': 'none' }, 'POST'))).toEqual({
      fault: 'cross-site',
    });
    expect(await one.authenticate(from({ ...cookie, origin: 'https://evil.test' }, 'POST'))).toEqual({
      fault: 'cross-site',
    });
    expect(await one.authenticate(from({ ...cookie, 'sec-fetch-site': 'same-origin' }, 'POST'))).toMatchObject({
      subject: 'ada',
    });
    expect(await one.authenticate(from({ ...cookie, origin: 'https://shop.test' }, 'POST'))).toMatchObject({
      subject: 'ada',
    });
    expect(await one.authenticate(from({ cookie: 'plinth=s2' }))).toEqual({ fault: 'none' });
  });

  it('a session is over when it ends, and is looked for by its own cookie only', async () => {
    const ends = nowS() + 100;
    const principal = { ...((await made().verify(good)) as object), expiresAt: ends } as never;
    const clock = movableClock(Temporal.Instant.fromEpochMilliseconds((ends - 1) * 1000));
    const asked: string[] = [];
    const one = made({ findSession: async (id) => (asked.push(id), principal), clock });
    expect(await one.authenticate(from({ cookie: 'plinth="s1' }))).toMatchObject({ subject: 'ada' });
    clock.advance({ seconds: 1 });
    expect(await one.authenticate(from({ cookie: 'plinth=s1' }))).toEqual({ fault: 'none' });
    asked.length = 0;
    for (const cookie of [
      'plinth2=s1',
      'xplinth=s1',
      'plinth_flow=s1',
      'plinth',
      'plinth=',
      `plinth=${'s'.repeat(257)}`,
    ])
      expect([cookie, await one.authenticate(from({ cookie }))]).toEqual([cookie, { fault: 'none' }]);
    expect(asked).toEqual([]);
  });

  it('an API key is good until its end, and not a second longer for having been looked up', async () => {
    const key = newApiKey('live', 'abc123');
    const partner = { ...((await made().verify(good)) as object), issuer: keyIssuer, audience: 'partner' } as never;
    const expiresAt = nowS() + 10;
    const clock = movableClock(Temporal.Instant.fromEpochMilliseconds((expiresAt - 10) * 1000));
    const one = made({
      findKey: async () => ({ id: 'row', secretHash: key.secretHash, principal: partner, expiresAt }),
      clock,
    });
    const ask = () => one.authenticate(from({ authorization: `Bearer ${key.text}` }));
    // By the id of its row it is withdrawn.
    expect(await ask()).toMatchObject({ credentialId: 'row' });
    clock.advance({ seconds: 9 });
    expect(isPrincipal(await ask())).toBe(true);
    clock.advance({ seconds: 1 });
    expect(await ask()).toMatchObject({ fault: 'invalid' });
  });

  it('an API key is its partner, and a wrong one costs no look-up', async () => {
    const key = newApiKey('test', 'abc123');
    const partner = { ...((await made().verify(good)) as object), issuer: keyIssuer, audience: 'partner' } as never;
    const stored: StoredKey = { secretHash: key.secretHash, principal: partner };
    let lookups = 0;
    const one = made({ findKey: async (id) => ((lookups += 1), id === 'abc123' ? stored : undefined) });
    expect(isPrincipal(await one.authenticate(from({ authorization: `Bearer ${key.text}` })))).toBe(true);
    expect(lookups).toBe(1);
    const typo = key.text.replace(/.$/, (letter) => (letter === 'a' ? 'b' : 'a'));
    expect(await one.authenticate(from({ authorization: `Bearer ${typo}` }))).toMatchObject({ fault: 'invalid' });
    expect(lookups).toBe(1);
    expect(await one.authenticate(from({ authorization: `Bearer ${newApiKey('test', 'abc123').text}` }))).toMatchObject(
      { fault: 'invalid' },
    );
  });

  it.each([
    ['customer', keyIssuer],
    ['service', keyIssuer],
    ['partner', testIssuer],
  ])('an API key is nobody but a partner: a row that says %s of %s is refused', async (audience, issuer) => {
    const key = newApiKey('live', 'abc123');
    const principal = { ...((await made().verify(good)) as object), issuer, audience } as never;
    const one = made({ findKey: async () => ({ secretHash: key.secretHash, principal }) });
    expect(await one.authenticate(from({ authorization: `Bearer ${key.text}` }))).toMatchObject({ fault: 'invalid' });
  });

  describe('tells who is suspended with their partner or application', () => {
    const claims = { client_id: 'app_1', partner_id: 'ptn_1', jti: 't1', sid: 's1' };
    const suspended = { fault: 'suspended' };

    it.each(['app:app_1', 'ptn:ptn_1'])(
      'so as often as they ask, without a failure or a second look (%s)',
      async (what) => {
        const one = made();
        const theirs = from({ authorization: `Bearer ${await signToken(keys, claims)}` });
        one.revocations.suspend(what);
        expect(await one.authenticate(theirs)).toEqual(suspended);
        for (let n = 0; n < 12; n++) expect(one.authenticate(theirs)).toEqual(suspended);
        expect(await one.authenticateAt(testAudience, theirs)).toEqual(suspended);
        expect(await one.verify(await signToken(keys, claims))).toBeUndefined();
        // Others at the address are looked at as ever, and so are they once they are let in.
        expect(await one.authenticate(from({ authorization: `Bearer ${good}` }))).toMatchObject({ subject: 'ada' });
        one.revocations.restore(what);
        expect(one.authenticate(theirs)).toMatchObject({ subject: 'ada', partnerId: 'ptn_1' });
      },
    );

    it.each(['jti:t1', 'sid:s1', `sub:${testIssuer}|ada`, 'cus:cus_ada'])(
      'nothing where the credential is worth nothing anyway (%s)',
      async (what) => {
        const one = made();
        const theirs = from({ authorization: `Bearer ${await signToken(keys, claims)}` });
        one.revocations.suspend('app:app_1');
        one.revocations.suspend('ptn:ptn_1');
        expect(await one.authenticate(theirs)).toEqual(suspended);
        one.revoke(what);
        for (let n = 0; n < 10; n++) expect(one.authenticate(theirs)).toMatchObject({ fault: 'invalid' });
        expect(one.authenticate(theirs)).toMatchObject({ fault: 'blocked' });
      },
    );

    it('nothing without a right credential', async () => {
      const one = made();
      one.revocations.suspend('app:app_1');
      const seconds = nowS();
      const [right, late, foreign, elsewhere] = await Promise.all([
        signToken(keys, claims),
        signToken(keys, { ...claims, exp: seconds - 100 }),
        signToken(stranger, claims),
        signToken(keys, { ...claims, aud: 'https://other.test' }),
      ]);
      for (const token of [late, foreign, elsewhere, `${right.split('.', 2).join('.')}.${'A'.repeat(86)}`])
        expect(await one.authenticate(from({ authorization: `Bearer ${token}` }))).toMatchObject({ fault: 'invalid' });
    });

    it.each([
      ['whom every process knows of', false],
      ['of whom only the row of their key says so yet', true],
    ])('by a right key at a right address, %s, until they are let in', async (_, isSuspended) => {
      const key = newApiKey('live', 'abc123');
      const principal = {
        ...((await made().verify(good)) as object),
        issuer: keyIssuer,
        audience: 'partner',
        partnerId: 'ptn_1',
      } as never;
      const stored: StoredKey = { secretHash: key.secretHash, principal, addresses: ['192.0.2.0/24'], isSuspended };
      const clock = movableClock(systemClock.now());
      let lookups = 0;
      const one = made({ findKey: async () => ((lookups += 1), stored), clock });
      if (!isSuspended) one.revocations.suspend('ptn:ptn_1');
      const theirs = from({ authorization: `Bearer ${key.text}` });
      for (let n = 0; n < 12; n++) expect(await one.authenticate(theirs)).toEqual(suspended);
      expect(lookups).toBe(1);
      expect(await one.verify(key.text)).toBeUndefined();
      expect(await one.authenticate({ ...theirs, address: '198.51.100.1' })).toMatchObject({ fault: 'invalid' });
      const guessed = from({ authorization: `Bearer ${newApiKey('live', 'abc123').text}` });
      expect(await one.authenticate(guessed)).toMatchObject({ fault: 'invalid' });
      one.revoke('key:abc123');
      expect(await one.authenticate(theirs)).toMatchObject({ fault: 'invalid' });
      one.revocations.restore('key:abc123');
      one.revocations.restore('ptn:ptn_1');
      stored.isSuspended = false;
      clock.advance({ seconds: 1 });
      expect(await one.authenticate(theirs)).toMatchObject({ partnerId: 'ptn_1' });
      // Where nobody says from where it comes, it is not known to come from there.
      expect(await one.verify(key.text)).toBeUndefined();
    });

    it('by their session, unless that has ended', async () => {
      const principal = { ...(await made().verify(await signToken(keys, claims))), sessionId: 's1' } as never;
      const one = made({ findSession: async () => principal });
      const theirs = from({ cookie: 'plinth=s1' });
      one.revocations.suspend('ptn:ptn_1');
      expect(await one.authenticate(theirs)).toEqual(suspended);
      one.revoke('sid:s1');
      expect(await one.authenticate(theirs)).toEqual({ fault: 'none' });
    });
  });

  it('a key holds its id, its secret and a checksum', () => {
    const key = newApiKey('live', 'shop1');
    expect(key.text).toMatch(/^pln_live_shop1_[A-Za-z0-9_-]{43}[A-Za-z0-9]{6}$/);
    const parts = parseApiKey(key.text);
    const isStored = (secretHash: string): boolean =>
      isSecretOf({ secretHash, principal: undefined as never }, parts?.secret ?? '');
    expect(isStored(key.secretHash)).toBe(true);
    // All of the hash counts.
    const lastIs = key.secretHash.at(-1);
    expect(isStored(key.secretHash.slice(0, -1) + (lastIs === '0' ? '1' : '0'))).toBe(false);
    for (const other of ['', key.secretHash.slice(0, 8), key.secretHash.slice(0, 62)])
      expect(isStored(other)).toBe(false);
  });
});
