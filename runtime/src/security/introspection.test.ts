import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { read } from '../capability.ts';
import { reply } from '../context.ts';
import { movableClock, PortError, systemClock } from '../kernel/index.ts';
import { startTestEdge, testAudience, testIssuer, type TestEdge } from '../pipeline/test-edge.ts';
import { createEgress, type Egress } from './egress.ts';
import { Introspection, looksOpaque } from './introspection.ts';

const opaque = 'opaque-token-of-ada-0123456789';
const issuer = 'https://opaque.test';
let server: Server;
let uri: string;
let egress: Egress;
let asked: { authorization: string | undefined; form: URLSearchParams }[] = [];
let answer: { status: number; body: string };
const nowS = Math.floor(Date.now() / 1000);
const ada = { active: true, sub: 'ada', aud: testAudience, customer_id: 'cus_ada', scope: 'notes.read' };

async function note(request: IncomingMessage): Promise<void> {
  asked.push({ authorization: request.headers.authorization, form: new URLSearchParams(await text(request)) });
}

beforeAll(async () => {
  server = createServer((request, response) => {
    void note(request).then(() => response.writeHead(answer.status).end(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  uri = `http://127.0.0.1:${port}/introspect`;
  egress = createEgress({ allowed: [`127.0.0.1:${port}`], totalTimeoutMs: 2_000 });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

let world: TestEdge;
beforeEach(async () => {
  asked = [];
  say(ada);
  world = await startTestEdge({
    handlers: { listNotes: read(async () => reply(200, {})) },
    authenticator: {
      egress,
      introspection: { issuer, uri, clientId: 'edge:1', clientSecret: 's%', audience: testAudience },
    },
  });
  return () => world.close();
});

function say(claims: unknown, status = 200): void {
  answer = { status, body: typeof claims === 'string' ? claims : JSON.stringify(claims) };
}

async function get(token = opaque): Promise<{ status: number; code: string | undefined }> {
  const response = await fetch(`${world.url}/notes/v1/notes`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, code: ((await response.json()) as { code?: string }).code };
}

const closed: Egress = () => Promise.reject(new PortError('refused', 'This address is private'));

describe('an opaque token', () => {
  it('is asked about once, with our own credential, and is its principal', async () => {
    expect((await Promise.all(Array.from({ length: 20 }, () => get()))).every(({ status }) => status === 200)).toBe(
      true,
    );
    expect((await get()).status).toBe(200);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from('edge%3A1:s%25').toString('base64')}`);
    expect(Object.fromEntries(asked[0]?.form ?? [])).toEqual({ token: opaque, token_type_hint: 'access_token' });
    expect(await world.authenticator.verify(opaque)).toMatchObject({ issuer, subject: 'ada', customerId: 'cus_ada' });
  });

  it.each<[string, object]>([
    ['is not active', { ...ada, active: false }],
    ['is active in words only', { ...ada, active: 'true' }],
    ['is for another audience', { ...ada, aud: 'https://other.test' }],
    ['is for no audience', { ...ada, aud: undefined }],
    ['is of another issuer', { ...ada, iss: testIssuer }],
    ['has ended', { ...ada, exp: nowS - 61 }],
    ['ends at no time', { ...ada, exp: 'never' }],
    ['names nobody', { ...ada, sub: undefined }],
    ['is bound to a key', { ...ada, cnf: { jkt: 'x' } }],
    ['is no bearer token', { ...ada, token_type: 'DPoP' }],
    ['may do everything', { ...ada, scope: '*' }],
  ])('that %s is refused', async (_, claims) => {
    say(claims);
    expect(await get()).toEqual({ status: 401, code: 'invalid-token' });
  });

  it('is one by whichever spelling of its type, and by none', async () => {
    for (const [token, token_type] of [
      ['of-type-bearer-0123456789', 'bearer'],
      ['of-type-Bearer-0123456789', 'Bearer'],
      ['of-no-type-at-all-0123456789', undefined],
    ]) {
      say({ ...ada, token_type });
      expect(await get(token)).toEqual({ status: 200, code: undefined });
    }
  });

  it.each<[string, unknown, number]>([
    ['500', '', 500],
    ['401 to our own credential', '', 401],
    ['no JSON', '<html>', 200],
    ['a list', [], 200],
    ['nothing', 'null', 200],
  ])('nobody is let in on a guess when the answer is %s', async (_, body, status) => {
    say(body, status);
    expect(await get()).toEqual({ status: 503, code: 'dependency-unavailable' });
  });

  it.each([
    ['60 s', {}, 60],
    ['its own end', { exp: nowS + 10 }, 10],
    ['60 s, though it lives for hours', { exp: nowS + 7200 }, 60],
  ])('is taken on an answer for %s', async (_, more, seconds) => {
    say({ ...ada, ...more });
    const clock = movableClock(Temporal.Instant.fromEpochMilliseconds(nowS * 1000), true);
    const options = { issuer, uri, clientId: 'edge', clientSecret: 's', audience: testAudience };
    expect(await new Introspection(options, egress, clock).verify(opaque)).toMatchObject({ until: nowS + seconds });
  });

  it('is undecided whatever way the issuer cannot be asked', async () => {
    const options = { issuer, uri, clientId: 'edge', clientSecret: 's', audience: testAudience };
    await expect(new Introspection(options, closed, systemClock).verify(opaque)).rejects.toMatchObject({
      failure: 'unavailable',
    });
  });

  it('is not taken for one resource on an answer for another, however close they come', async () => {
    const mcp = `${testAudience}/mcp`;
    const options = { issuer, uri, clientId: 'edge', clientSecret: 's', audience: testAudience };
    const one = new Introspection(options, egress, systemClock);
    const [api, other] = await Promise.all([one.verify(opaque), one.verify(opaque, mcp)]);
    expect(api).toHaveProperty('principal');
    expect(other).toHaveProperty('refused');
  });

  it('is asked about by 64 at a time; more are told to come again', async () => {
    const options = { issuer, uri, clientId: 'edge', clientSecret: 's', audience: testAudience };
    const waiting: (() => void)[] = [];
    const slow: Egress = () =>
      new Promise((resolve) => waiting.push(() => resolve({ status: 200, headers: {}, body: JSON.stringify(ada) })));
    const one = new Introspection(options, slow, systemClock);
    const under = Array.from({ length: 64 }, (_, n) => one.verify(`${opaque}-${n}`));
    await expect(one.verify(`${opaque}-65`)).rejects.toMatchObject({ failure: 'unavailable' });
    // A second question about one of them is the same question.
    under.push(one.verify(`${opaque}-0`));
    expect(waiting).toHaveLength(64);
    for (const answer of waiting) answer();
    expect((await Promise.all(under)).every((each) => 'principal' in each)).toBe(true);
    const again = one.verify(`${opaque}-65`);
    waiting.at(-1)?.();
    expect(await again).toHaveProperty('principal');
  });

  it('that is known is let in while the issuer is away; others are neither let in nor refused', async () => {
    expect((await get()).status).toBe(200);
    say('', 500);
    expect((await get()).status).toBe(200);
    expect((await get('another-token-0123456789')).status).toBe(503);
  });

  it('is never asked about when it cannot be one', async () => {
    for (const token of ['short', 'a.b.c', `${opaque}"`, 'x'.repeat(5_000), 'aaaaaaaa.bbbbbbbb.cccccccc'])
      expect([token.length, looksOpaque(token), (await get(token)).status]).toEqual([token.length, false, 401]);
    expect(asked).toHaveLength(0);
  });

  it('has 16 to 4096 letters', () => {
    expect([15, 16, 4096, 4097].map((letters) => looksOpaque('x'.repeat(letters)))).toEqual([false, true, true, false]);
  });
});
