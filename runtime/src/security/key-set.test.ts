import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../kernel/index.ts';
import { countingLimits, signToken, testAudience, testIssuer, testKeys, type TestKeys } from '../pipeline/test-edge.ts';
import { Authenticator } from './authenticator.ts';
import { createEgress } from './egress.ts';
import { TokenVerifier } from './issuers.ts';
import { KeySet } from './key-set.ts';

const minuteMs = 60_000;
let first: TestKeys;
let second: TestKeys;
beforeAll(async () => {
  [first, second] = [await testKeys('k1'), await testKeys('k2')];
});

function away(): never {
  throw new Error('away');
}

describe('a set that is fetched', () => {
  let nowMs = 0;
  let loads = 0;
  let served: () => JWK[];
  let set: KeySet;
  const named = (kid: string) => set.find({ alg: 'ES256', typ: 'at+jwt', kid });
  beforeEach(async () => {
    [nowMs, loads, served] = [0, 0, () => [first.jwk]];
    set = new KeySet(
      () => {
        loads += 1;
        return new Promise((resolve) => resolve({ keys: served() }));
      },
      () => nowMs,
    );
  });

  it('is not ready before the first good one', async () => {
    served = away;
    await set.refresh();
    expect(set.isReady).toBe(false);
    await expect(named('k1')).rejects.toMatchObject({ failure: 'unavailable' });
    served = () => [first.jwk];
    nowMs = 30_000;
    await set.refresh();
    expect(set.isReady).toBe(true);
    expect(await named('k1')).toBeDefined();
  });

  it('is loaded again after ten minutes, and a key that was withdrawn is gone', async () => {
    await set.refresh();
    served = () => [second.jwk];
    nowMs = 10 * minuteMs - 1;
    expect(await named('k1')).toBeDefined();
    nowMs += 1;
    expect(await named('k1')).toBeUndefined();
    expect(await named('k2')).toBeDefined();
    expect(loads).toBe(2);
  });

  it('is loaded at most once in 30 s for unknown key ids, however many ask', async () => {
    await set.refresh();
    for (let second = 0; second < 30; second++) {
      nowMs = second * 1000;
      const found = await Promise.all(Array.from({ length: 1000 }, (_, n) => named(`x${second} ${n}`)));
      expect(found.every((key) => key === undefined)).toBe(true);
    }
    expect(loads).toBe(1);
    served = () => [first.jwk, second.jwk];
    nowMs = 30_000;
    expect((await Promise.all(Array.from({ length: 50 }, () => named('k2')))).every(Boolean)).toBe(true);
    expect(loads).toBe(2);
  });

  it('stays in use for 24 h while no newer one can be had, and no longer', async () => {
    await set.refresh();
    served = away;
    for (nowMs = 10 * minuteMs; nowMs <= 24 * 60 * minuteMs; nowMs += minuteMs) expect(await named('k1')).toBeDefined();
    expect(set.isReady).toBe(false);
    await expect(named('k1')).rejects.toMatchObject({ failure: 'unavailable' });
  });

  it('is waited for again once its issuer is back', async () => {
    await set.refresh();
    served = away;
    nowMs = 10 * minuteMs;
    await set.refresh();
    served = () => [first.jwk];
    nowMs += 30_000;
    await set.refresh();
    served = () => [second.jwk];
    nowMs += 10 * minuteMs;
    expect(await named('k1')).toBeUndefined();
    expect(loads).toBe(4);
  });

  it('may have a hundred keys, and a key need not say that it is for signatures', async () => {
    const { use: _, ...silent } = first.jwk;
    served = () => [...Array.from({ length: 99 }, () => second.jwk), silent];
    await set.refresh();
    const key = await named('k1');
    expect(key).toBeDefined();
    // Made of its text once.
    expect(await named('k1')).toBe(key);
  });

  it('is not waited for while its issuer hangs', async () => {
    let hangs = false;
    const slow = new KeySet(
      () =>
        hangs
          ? new Promise(() => {})
          : loads++ === 0
            ? Promise.resolve({ keys: [first.jwk] })
            : Promise.reject(new Error('away')),
      () => nowMs,
    );
    await slow.refresh();
    nowMs = 10 * minuteMs;
    await slow.refresh();
    [nowMs, hangs] = [11 * minuteMs, true];
    expect(await slow.find({ alg: 'ES256', typ: 'at+jwt', kid: 'k1' })).toBeDefined();
  });

  it.each<[string, unknown]>([
    ['no list', 'keys'],
    ['nothing', undefined],
    ['more than 100 keys', Array.from({ length: 101 }, () => ({}))],
  ])('keeps the last good one when it is sent %s', async (_, keys) => {
    await set.refresh();
    served = () => keys as JWK[];
    nowMs = 10 * minuteMs;
    expect(await named('k1')).toBeDefined();
    expect(loads).toBe(2);
  });

  it('gives a token without a key id the only key of its algorithm, and none of two', async () => {
    await set.refresh();
    const unnamed = { alg: 'ES256', typ: 'at+jwt', kid: undefined };
    expect(await set.find(unnamed)).toBeDefined();
    served = () => [first.jwk, second.jwk];
    nowMs = 10 * minuteMs;
    expect(await set.find(unnamed)).toBeUndefined();
  });

  it.each<[string, Partial<JWK>]>([
    ['is for something else than signatures', { use: 'enc' }],
    ['says no algorithm', { alg: undefined as never }],
    ['says another one', { alg: 'ES384' }],
  ])('does not use a key that %s', async (_, more) => {
    served = () => [{ ...first.jwk, ...more }];
    await set.refresh();
    expect(await named('k1')).toBeUndefined();
  });

  it('takes no secret or private key from it', async () => {
    served = () => [{ kty: 'oct', k: 'AAAA', alg: 'ES256', kid: 'k1' }, { ...second.jwk, d: 'AAAA' }, null as never];
    await set.refresh();
    expect([await named('k1'), await named('k2')]).toEqual([undefined, undefined]);
  });
});

describe('a process that has started', () => {
  let loads = 0;
  let served: () => { keys: JWK[] };
  let verifier: TokenVerifier;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const jwks = () => {
      loads += 1;
      return new Promise<{ keys: JWK[] }>((resolve) => resolve(served()));
    };
    const issuer = { issuer: testIssuer, audience: testAudience, algorithms: ['ES256'], jwks };
    verifier = new TokenVerifier([issuer], { clock: systemClock });
    [loads, served] = [0, () => ({ keys: [first.jwk] })];
  });
  afterEach(() => {
    verifier.close();
    vi.useRealTimers();
  });

  it('becomes ready by itself half a minute after its issuer was away', async () => {
    served = away;
    await verifier.start();
    served = () => ({ keys: [first.jwk] });
    await vi.advanceTimersByTimeAsync(29_999);
    expect([verifier.missing, loads]).toEqual([[testIssuer], 1]);
    await vi.advanceTimersByTimeAsync(1);
    expect([verifier.missing, loads]).toEqual([[], 2]);
  });

  it('loads the keys again every ten minutes, asked or not, until it ends', async () => {
    await verifier.start();
    await vi.advanceTimersByTimeAsync(10 * minuteMs - 1);
    expect(loads).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(loads).toBe(2);
    await vi.advanceTimersByTimeAsync(10 * minuteMs);
    expect(loads).toBe(3);
    verifier.close();
    await vi.advanceTimersByTimeAsync(30 * minuteMs);
    expect(loads).toBe(3);
  });
});

describe('an issuer by address', () => {
  let server: Server;
  let answer: { status: number; body: string };
  let uri: string;
  beforeAll(async () => {
    server = createServer((_, response) => response.writeHead(answer.status).end(answer.body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const made = (allowed: string[]) =>
    new Authenticator({
      issuers: [{ issuer: testIssuer, audience: testAudience, algorithms: ['ES256'], jwksUri: uri }],
      limits: countingLimits(),
      egress: createEgress({ allowed, totalTimeoutMs: 2_000 }),
    });

  it('is fetched at start through the guarded client; its tokens are known then', async () => {
    answer = { status: 200, body: JSON.stringify({ keys: [first.jwk] }) };
    const one = made([new URL(uri).host]);
    expect(one.missing).toEqual([testIssuer]);
    await one.start();
    one.close();
    expect(one.missing).toEqual([]);
    expect(await one.verify(await signToken(first))).toMatchObject({ subject: 'ada' });
    expect(await one.verify(await signToken(second))).toBeUndefined();
  });

  it.each<[string, () => Authenticator, number, string]>([
    ['answers 500', () => made([new URL(uri).host]), 500, ''],
    ['answers no JSON', () => made([new URL(uri).host]), 200, '<html>'],
    ['is a private address that nobody allowed', () => made([]), 200, '{"keys":[]}'],
  ])('that %s is missing, and its tokens are not refused but undecided', async (_, make, status, body) => {
    answer = { status, body };
    const one = make();
    await one.start();
    one.close();
    expect(one.missing).toEqual([testIssuer]);
    await expect(one.verify(await signToken(first))).rejects.toMatchObject({ failure: 'unavailable' });
  });

  it('needs the guarded client, and one of jwks and jwksUri', () => {
    const issuer = { issuer: 'i', audience: 'a', algorithms: ['ES256'] };
    const clock = systemClock;
    expect(() => new TokenVerifier([{ ...issuer, jwksUri: uri }], { clock })).toThrow('guarded client');
    expect(() => new TokenVerifier([issuer], { clock })).toThrow('either jwks or jwksUri');
    expect(() => new TokenVerifier([{ ...issuer, jwksUri: uri, jwks: { keys: [] } }], { clock })).toThrow('either');
  });
});
