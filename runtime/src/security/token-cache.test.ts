// What a verified token is kept for: never beyond its own end or five minutes, never for another, and so many at most.

import { beforeAll, expect, it } from 'vitest';
import { anonymous, movableClock } from '../kernel/index.ts';
import { countingLimits, signToken, testAudience, testIssuer, testKeys, type TestKeys } from '../pipeline/test-edge.ts';
import { Authenticator, isPrincipal, type Presented } from './authenticator.ts';
import { OpenStreams, Revocations, TokenCache, type Verified } from './token-cache.ts';

let keys: TestKeys;
beforeAll(async () => {
  keys = await testKeys();
});

const from = (token: string, connection: object): Presented => ({
  method: 'GET',
  address: '192.0.2.1',
  connection,
  header: (name) => (name === 'authorization' ? `Bearer ${token}` : undefined),
});

it.each([
  ['its own end and the leeway of a minute', 100, 160],
  ['five minutes', 3_600, 300],
])('a token is taken without a look at its signature until %s', async (_, livesS, keptS) => {
  const startS = Math.floor(Date.now() / 1000);
  const clock = movableClock(Temporal.Instant.fromEpochMilliseconds(startS * 1000));
  const token = await signToken(keys, { exp: startS + livesS });
  const one = new Authenticator({
    issuers: [{ issuer: testIssuer, audience: testAudience, algorithms: ['ES256'], jwks: { keys: [keys.jwk] } }],
    limits: countingLimits(),
    clock,
  });
  const connection = {};
  const ask = () => one.authenticate(from(token, connection));
  await ask();
  clock.advance({ seconds: keptS - 2 });
  // The same connection, and another one.
  expect([ask(), one.authenticate(from(token, {}))].every((known) => !(known instanceof Promise))).toBe(true);
  clock.advance({ seconds: 3 });
  expect([ask(), one.authenticate(from(token, {}))].every((known) => known instanceof Promise)).toBe(true);
  // Verified anew, it is good as long as it lives, and then it is not.
  expect(isPrincipal(await ask())).toBe(livesS > keptS);
  clock.advance({ seconds: livesS });
  expect(isPrincipal(await ask())).toBe(false);
});

it('what is kept is found by a hash: a dump of the memory holds no token', () => {
  expect(TokenCache.keyOf('abc')).toBe('ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=');
});

it('twenty thousand tokens are kept at most; those that are asked for stay', () => {
  const cache = new TokenCache();
  const entry: Verified = { principal: anonymous, until: 2 };
  cache.put('asked', entry);
  cache.put('forgotten', entry);
  for (let n = 0; n < 40_000; n++) {
    cache.put(`token ${n}`, entry);
    if (n % 5_000 === 0) cache.get('asked', 1);
  }
  expect(cache.get('asked', 1)).toBe(entry);
  expect(cache.get('forgotten', 1)).toBeUndefined();
  let kept = 0;
  for (let n = 39_999; n >= 0; n--) if (cache.get(`token ${n}`, 1) !== undefined) kept += 1;
  expect(kept).toBeLessThanOrEqual(20_000);
  expect(kept).toBeGreaterThanOrEqual(10_000);
});

it('what is no token now is remembered by nobody: it is looked at anew each time', async () => {
  const startS = Math.floor(Date.now() / 1000);
  const clock = movableClock(Temporal.Instant.fromEpochMilliseconds(startS * 1000));
  const one = new Authenticator({
    issuers: [{ issuer: testIssuer, audience: testAudience, algorithms: ['ES256'], jwks: { keys: [keys.jwk] } }],
    limits: countingLimits(),
    clock,
  });
  const connection = {};
  const early = await signToken(keys, { nbf: startS + 120, exp: startS + 600 });
  const ask = () => one.authenticate(from(early, connection));
  expect(await ask()).toEqual({ fault: 'invalid', reason: 'nbf lies ahead or is not an integer' });
  expect(ask()).toBeInstanceOf(Promise);
  clock.advance({ seconds: 60 });
  expect(await ask()).toMatchObject({ subject: 'ada' });
});

it('an answer that goes on ends once with the leave of its caller, and at once when that has ended before', () => {
  const revocations = new Revocations();
  const streams = new OpenStreams(revocations);
  const ada = { ...anonymous, issuer: 'i', subject: 'ada' };
  const ended: string[] = [];
  streams.add(ada, () => void ended.push('open'));
  revocations.revoke('sub:i|ada', 0);
  for (let n = 0; n < 2; n++) streams.sweep();
  streams.add(ada, () => void ended.push('late'));
  expect(ended).toEqual(['open', 'late']);
});
