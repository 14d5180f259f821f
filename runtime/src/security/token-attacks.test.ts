// The corpus of hostile credentials against a whole edge: each is sent over HTTP from an address of its own.

import { request, type IncomingHttpHeaders, type Server } from 'node:http';
import { duplexPair } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read } from '../capability.ts';
import { reply } from '../context.ts';
import { startTestEdge, type TestEdge } from '../pipeline/test-edge.ts';
import { attacks, type Attack } from './attacks/corpus.ts';
import { makeSigners } from './attacks/signers.ts';

const signers = makeSigners(Math.floor(Date.now() / 1000));
const corpus = attacks(signers);
let world: TestEdge;
let served = 0;

beforeAll(async () => {
  world = await startTestEdge({
    handlers: { listNotes: read(async () => ((served += 1), reply(200, {}))) },
    authenticator: { issuers: signers.issuers, findKey: async () => undefined },
  });
});
afterAll(() => world.close());

interface Seen {
  status: number;
  headers: IncomingHttpHeaders;
  code: string | undefined;
}

/** One request on a connection that comes from `address`. */
function send(server: Server, address: string, authorization: string): Promise<Seen> {
  const [ours, theirs] = duplexPair();
  server.emit('connection', Object.assign(theirs, { remoteAddress: address }));
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { path: '/notes/v1/notes', headers: { authorization }, createConnection: () => ours },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const body = JSON.parse(Buffer.concat(chunks).toString()) as { code?: string };
          resolve({ status: response.statusCode ?? 0, headers: response.headers, code: body.code });
          ours.destroy();
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

describe('the corpus', () => {
  it('holds at least 400 credentials, no two alike', () => {
    expect(new Set(corpus.map(({ authorization }) => authorization)).size).toBe(corpus.length);
    expect(corpus.length).toBeGreaterThanOrEqual(400);
  });

  it('differs from credentials that are accepted only in what each attack names', async () => {
    for (const alg of ['ES256', 'RS256', 'EdDSA'] as const)
      expect(await send(world.server, '203.0.113.9', `Bearer ${signers.good(alg)}`)).toMatchObject({ status: 200 });
  });
});

const byRule = Object.entries(Object.groupBy(corpus, ({ rule }) => rule)) as [string, Attack[]][];

describe('nobody gets in by', () => {
  it.each(byRule)('%s', async (rule, list) => {
    const before = served;
    const wrong: unknown[] = [];
    for (const [index, { name, authorization }] of list.entries()) {
      const address = `2001:db8:${byRule.findIndex(([each]) => each === rule).toString(16)}:${index.toString(16)}::1`;
      const seen = await send(world.server, address, authorization);
      const isRefused = seen.status === 401 && seen.code === 'invalid-token';
      if (
        !isRefused ||
        seen.headers['www-authenticate'] !== 'Bearer realm="plinth", error="invalid_token", scope="notes.read"'
      )
        wrong.push([name, seen.status, seen.code]);
    }
    expect(wrong).toEqual([]);
    expect(served).toBe(before);
  });
});

it('after ten failures of one address nothing of it is verified, also not a good token it has not shown before', async () => {
  const seen: number[] = [];
  for (const { authorization } of corpus.slice(0, 12))
    seen.push((await send(world.server, '198.51.100.7', authorization)).status);
  expect(seen).toEqual([...Array<number>(10).fill(401), 429, 429]);
  const fresh = `Bearer ${signers.signed({ ...signers.claims, jti: 'fresh' })}`;
  const blocked = await send(world.server, '198.51.100.7', fresh);
  expect([blocked.status, blocked.code]).toEqual([429, 'too-many-failures']);
  expect(Number(blocked.headers['retry-after'])).toBeGreaterThan(0);
  expect((await send(world.server, '198.51.100.8', fresh)).status).toBe(200);
});

it('the mirrored ECDSA signature, which is valid by the standard, is the same token to a revocation', async () => {
  const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
  const token = signers.good();
  const text = token.slice(0, token.lastIndexOf('.'));
  const own = Buffer.from(token.slice(text.length + 1), 'base64url');
  const mirrored = order - BigInt(`0x${own.subarray(32).toString('hex')}`);
  const bytes = Buffer.concat([own.subarray(0, 32), Buffer.from(mirrored.toString(16).padStart(64, '0'), 'hex')]);
  const twin = `Bearer ${text}.${bytes.toString('base64url')}`;
  expect((await send(world.server, '203.0.113.10', twin)).status).toBe(200);
  world.authenticator.revoke('jti:j1');
  expect((await send(world.server, '203.0.113.10', twin)).status).toBe(401);
  expect((await send(world.server, '203.0.113.10', `Bearer ${token}`)).status).toBe(401);
});
