// Tokens by exchange against an authorization server and an upstream that note all they hear: what is asked for whom, what
// is kept and for how long, and what callers are told when there is no token to be had.

import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { compileSchema, type Contract, type JsonValue, load } from '@plinth/contract';
import { createEgress, type Principal, servicePrincipal } from '@plinth/runtime';
import { seededRandom } from '@plinth/runtime/kernel';
import { createLogger, Metrics } from '@plinth/runtime/pipeline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fulfil } from './fulfil.ts';
import { LineBook } from './lines.ts';
import { type ExchangeEntry, type Manifest, manifestSchema } from './manifest.ts';

const contractText = `openapi: 3.1.0
info: { title: Till, version: 1.0.0 }
security: []
paths:
  /sales/{number}:
    parameters: [{ name: number, in: path, required: true, schema: { type: string } }]
    get:
      operationId: getSale
      responses: { '200': { description: It., content: { application/json: { schema: { type: object } } } } }
    post:
      operationId: doSale
      responses: { '200': { description: It., content: { application/json: { schema: { type: object } } } } }
`;

const platform = 'https://plinth.example';
const secret = 'geheim:+ /kanarie';
const outside = 'https://id.example';

interface Asked {
  headers: IncomingHttpHeaders;
  form: Record<string, string>;
}

interface Call {
  method: string;
  headers: IncomingHttpHeaders;
}

let contract: Contract;
let tokens: Server;
let till: Server;
let tokensHost: string;
let tillUrl: string;
let asked: Asked[];
let calls: Call[];
let lines: string[];
let book: LineBook;
/** What the authorization server does next, and the upstream. */
let give: (response: ServerResponse, count: number) => unknown;
let sell: (response: ServerResponse, authorization: string) => unknown;

beforeEach(async () => {
  [asked, calls, lines] = [[], [], []];
  give = (response, count) => response.end(JSON.stringify(granted(`token-${count}`)));
  sell = (response) => response.setHeader('content-type', 'application/json').end('{}');
  tokens = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push({ headers: request.headers, form: Object.fromEntries(new URLSearchParams(body)) });
      return give(response, asked.length);
    });
  });
  till = createServer((request, response) => {
    calls.push({ method: request.method ?? '', headers: request.headers });
    request.resume().on('end', () => sell(response, request.headers.authorization ?? ''));
  });
  tokensHost = await listening(tokens);
  tillUrl = `http://${await listening(till)}`;
  const loaded = await load('till.yaml', { read: () => Promise.resolve(contractText), companions: {}, foreign: true });
  contract = loaded.contract as Contract;
  book = bookOf([tokensHost]);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await book.close();
  for (const server of [tokens, till]) {
    server.closeAllConnections();
    server.close();
  }
});

describe('what is asked for', () => {
  it('is the form of RFC 8693, by our own client', async () => {
    await read(customer('cus_a'));
    const [{ headers, form } = { headers: {}, form: {} }] = asked;
    expect(headers).toMatchObject({ 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' });
    const pair = Buffer.from((headers.authorization ?? '').replace('Basic ', ''), 'base64').toString();
    expect(pair.split(':').map(decodeURIComponent)).toEqual(['plinth', secret]);
    expect(form).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience: 'till',
      scope: 'sales.read sales.write',
      subject_token: expect.any(String),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    });
    expect(calls[0]?.headers.authorization).toBe('Bearer token-1');
  });

  it.each<[string, Principal, subject: object, actor?: object]>([
    ['a customer', customer('cus_a'), { sub: 'cus_a' }],
    [
      'software for a customer',
      { ...customer('cus_a'), audience: 'agent', actor: ['app_new', 'app_old', 'app_first'] },
      { sub: 'cus_a', may_act: { sub: 'app_new' }, act: { sub: 'app_old', act: { sub: 'app_first' } } },
      { sub: 'app_new' },
    ],
    [
      'a capability for a customer',
      { ...servicePrincipal('orders', 'cus_a'), actor: ['orders', 'assistant'] },
      { sub: 'cus_a', may_act: { sub: 'orders' }, act: { sub: 'assistant' } },
      { sub: 'orders' },
    ],
    ['a partner', person('partner', 'app_1'), { sub: `${outside}|app_1` }],
    ['somebody of the staff', person('staff', 'cus_a'), { sub: `${outside}|cus_a` }],
    ['a service of the enterprise', person('service', 'plinth'), { sub: `${outside}|plinth` }],
    ['our own work', servicePrincipal('plinth'), { sub: platform }],
    [
      'our own work for staff',
      { ...servicePrincipal('orders'), actor: ['orders', 'sam'] },
      { sub: platform, may_act: { sub: 'sam' } },
      { sub: 'sam' },
    ],
    ['nobody', { ...customer(''), issuer: '', subject: '', customerId: undefined as never }, { sub: platform }],
  ])('says of %s who it is, and which software acts', async (_, who, subject, actor) => {
    await read(who);
    const { form } = asked[0] as Asked;
    const aud = `http://${tokensHost}/token`;
    expect(claimsIn(form['subject_token'])).toEqual({ aud, ...subject });
    expect(form['actor_token'] && claimsIn(form['actor_token'])).toEqual(actor && { aud, ...actor });
    expect(form['actor_token_type']).toBe(actor && 'urn:ietf:params:oauth:token-type:jwt');
  });
});

describe('a token', () => {
  it('is for one customer and the software that acts, and for nobody else', async () => {
    give = (response) => {
      const { form } = asked.at(-1) as Asked;
      const { sub } = claimsIn(form['subject_token']);
      const act = form['actor_token'] === undefined ? 'alone' : claimsIn(form['actor_token']).sub;
      response.end(JSON.stringify(granted(`${sub}-${act}`)));
    };
    const both: Principal[] = [customer('cus_a'), customer('cus_b')];
    const all = [...both, { ...customer('cus_a'), actor: ['app_1'] }, { ...customer('cus_a'), actor: ['app_2'] }];
    for (const who of [...all, ...all]) await read(who);
    const each = ['cus_a-alone', 'cus_b-alone', 'cus_a-app_1', 'cus_a-app_2'].map((name) => `Bearer ${name}`);
    expect(calls.map(({ headers }) => headers.authorization)).toEqual([...each, ...each]);
    expect(asked).toHaveLength(4);
  });

  it('is not one that another manifest asked for in other words, and is that of one that asks alike', async () => {
    const first = handlersOf({ scope: 'sales.read' });
    const alike = handlersOf({ scope: 'sales.read' });
    const other = handlersOf({ scope: 'sales.write' });
    for (const { getSale } of [first, alike, other]) await getSale(customer('cus_a'));
    expect(calls.map(({ headers }) => headers.authorization)).toEqual(['token-1', 'token-1', 'token-2'].map(bearer));
  });

  it('is asked for once by all who wait for it', async () => {
    give = (response, count) => setTimeout(() => response.end(JSON.stringify(granted(`token-${count}`))), 50);
    const whose = Array.from({ length: 20 }, (_, index) => customer(index % 2 === 0 ? 'cus_a' : 'cus_b'));
    await Promise.all(whose.map(read));
    expect(asked).toHaveLength(2);
    expect(calls).toHaveLength(20);
  });

  it.each([
    ['ends ten seconds before its end', 100, 89_000, 91_000],
    ['is kept for five minutes at most', 3600, 299_000, 301_000],
  ])('%s', async (_, seconds, stillMs, overMs) => {
    give = (response, count) => response.end(JSON.stringify(granted(`token-${count}`, { expires_in: seconds })));
    const now = performance.now.bind(performance);
    const started = performance.now();
    let aheadMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
    await read(customer('cus_a'));
    expect(performance.now() - started).toBeLessThan(900);
    aheadMs = stillMs - 900;
    await read(customer('cus_a'));
    expect(asked).toHaveLength(1);
    aheadMs = overMs;
    await read(customer('cus_a'));
    expect(calls.at(-1)?.headers.authorization).toBe('Bearer token-2');
  });

  it.each([[{ expires_in: undefined }], [{ expires_in: 10 }]])('that says %o is not kept', async (said) => {
    give = (response, count) => response.end(JSON.stringify(granted(`token-${count}`, said)));
    for (const each of [1, 2]) {
      await read(customer('cus_a'));
      expect(asked).toHaveLength(each);
    }
  });
});

describe('a 401 of the upstream', () => {
  it('ends the token, and a call that may be repeated is made once more with another', async () => {
    refuse('token-1');
    expect(await read(customer('cus_a'))).toMatchObject({ status: 200 });
    expect(calls.map(({ headers }) => headers.authorization)).toEqual(['token-1', 'token-2'].map(bearer));
    // Its head is written anew, not twice.
    expect(calls[1]?.headers.traceparent).toBe(calls[0]?.headers.traceparent);
    expect(calls[1]?.headers.accept).toBe('application/json');
    await read(customer('cus_a'));
    expect(asked).toHaveLength(2);
  });

  it('that stays is told after the second', async () => {
    refuse('token-1', 'token-2', 'token-3');
    expect(await read(customer('cus_a'))).toMatchObject({ code: 'upstream-failed' });
    expect([calls.length, asked.length]).toEqual([2, 2]);
  });

  it('to a call that may not be repeated ends the token for the next one', async () => {
    refuse('token-1');
    const { doSale } = handlersOf({}, { pass: 'all' });
    expect(await doSale(customer('cus_a'))).toMatchObject({ passed: { status: 401 } });
    expect([calls.length, asked.length]).toEqual([1, 1]);
    expect(await doSale(customer('cus_a'))).toMatchObject({ passed: { status: 200 } });
    expect([calls.length, asked.length]).toEqual([2, 2]);
  });
});

describe('without a token', () => {
  const spoilt = (members: Record<string, unknown>) => json(200, granted('ab', members));

  it.each<[string, typeof give]>([
    ['is away', () => closeOf(tokens)],
    ['fails', json(500, granted('ab'))],
    [
      'leads elsewhere',
      (response) => response.writeHead(307, { location: `${tillUrl}/token` }).end(JSON.stringify(granted('ab'))),
    ],
    ['says no JSON', (response) => response.end('<html>')],
    ['says a list', json(200, [granted('ab')])],
    ['says nothing', json(200, null)],
    ['says too much', spoilt({ padding: 'x'.repeat(70_000) })],
    ['refuses', json(400, { ...granted('ab'), error: 'invalid_grant', error_description: 'kanarie' })],
    ['refuses in words of its own', json(400, { error: 'kanarie kanarie' })],
    ['gives no token', spoilt({ access_token: undefined })],
    ['gives what is no token', spoilt({ access_token: 'a\r\nx: kanarie' })],
    ['gives a token too long for a head', spoilt({ access_token: 'a'.repeat(8193) })],
    ['gives a token of another kind', spoilt({ token_type: 'DPoP' })],
    ['does not say what it gives', spoilt({ issued_token_type: undefined })],
    ['gives a refresh token', spoilt({ issued_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' })],
    ['gives an end that is no number', spoilt({ expires_in: 'kanarie' })],
  ])('because the authorization server %s, it is as if the upstream could not be reached', async (_, gives) => {
    give = gives;
    for (const { getSale, doSale } of [handlersOf({}), handlersOf({}, { pass: 'all' })]) {
      const answers = [
        await getSale(customer('cus_a')),
        ...(doSale === undefined ? [] : [await doSale(customer('cus_a'))]),
      ];
      for (const answer of answers)
        expect(answer).toMatchObject({ code: 'dependency-unavailable', answer: { headers: { 'Retry-After': '1' } } });
      expect(JSON.stringify(answers)).not.toContain('kanarie');
    }
    expect(calls).toEqual([]);
    expect(lines.join('')).not.toMatch(/kanarie|subject_token|Basic/);
  });

  it('says in the log why, in words of the standard', async () => {
    give = json(400, { error: 'invalid_target' });
    await read(customer('cus_a'));
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { upstream: 'till', status: 400, because: 'invalid_target' },
    ]);
  });

  it('nobody waits longer than their own time, and whoever has more gets the token', async () => {
    give = (response, count) => setTimeout(() => response.end(JSON.stringify(granted(`token-${count}`))), 400);
    const { getSale } = handlersOf({});
    const started = performance.now();
    const [late, early] = [getSale(customer('cus_a'), 2_000), getSale(customer('cus_a'), 100)];
    expect(await early).toMatchObject({ code: 'deadline-exceeded' });
    expect(performance.now() - started).toBeLessThan(300);
    expect(await late).toMatchObject({ status: 200 });
    expect([asked.length, calls.length]).toEqual([1, 1]);
  });

  it('an authorization server that never answers is given up after three seconds', async () => {
    give = () => undefined;
    const { getSale } = handlersOf({}, { operations: { getSale: { target: 'getSale', timeoutMs: 10_000 } } });
    const started = performance.now();
    expect(await getSale(customer('cus_a'))).toMatchObject({ code: 'dependency-unavailable' });
    expect(performance.now() - started).toBeLessThan(3_500);
  });

  it('an authorization server that fails every time is asked no more for a while', async () => {
    give = json(500, {});
    for (let index = 0; index < 25; index++) await read(customer(`cus_${index}`));
    expect(asked).toHaveLength(20);
    give = (response) => response.end(JSON.stringify(granted('ab')));
    expect(await read(customer('cus_a'))).toMatchObject({
      code: 'dependency-unavailable',
      answer: { headers: { 'Retry-After': '5' } },
    });
    expect(asked).toHaveLength(20);
  });
});

describe('a manifest', () => {
  const header = { header: 'X-Key', secret: 'till' };
  const exchange = { endpoint: { setting: 'id' }, client: 'plinth', secret: 'till', audience: 'till' };

  it.each<[string, object, string[]]>([
    ['a header', header, []],
    ['an exchange', { exchange }, []],
    ['both', { ...header, exchange }, ['/credential/exchange']],
    ['no endpoint', { exchange: { ...exchange, endpoint: undefined } }, ['/credential/exchange/endpoint']],
    ['no audience', { exchange: { ...exchange, audience: undefined } }, ['/credential/exchange/audience']],
    ['the secret itself', { exchange: { ...exchange, secret: 'S3cr:et' } }, ['/credential/exchange/secret']],
    ['scopes as a list', { exchange: { ...exchange, scope: 'a, "b"' } }, ['/credential/exchange/scope']],
  ])('with %s is judged by its schema', (_, credential, places) => {
    const tree = JSON.parse(JSON.stringify({ upstream: 'till', contract: 'till@1', credential })) as JsonValue;
    expect(
      compileSchema(manifestSchema)
        .explain(tree, 9)
        .map(({ pointer }) => pointer),
    ).toEqual(places);
  });

  it.each<[string, Partial<ExchangeEntry>, RegExp]>([
    ['with a secret that is not configured', { secret: 'other' }, /PLINTH_SECRET_OTHER/],
    ['with an address that is not configured', { endpoint: { setting: 'id' } }, /PLINTH_UPSTREAM_ID/],
    ['with an address that is not https', { endpoint: 'http://id.example/token' }, /Only https.*list id\.example in/],
    [
      'with an address of a private network',
      { endpoint: 'https://10.0.0.7/token' },
      /private address.*list 10\.0\.0\.7/,
    ],
  ])('%s is refused with what to do', (_, entry, words) => {
    expect(() => handlersOf(entry)).toThrow(words);
  });
});

function bearer(token: string): string {
  return `Bearer ${token}`;
}

/** The upstream takes these tokens no more. */
function refuse(...ended: string[]): void {
  sell = (response, authorization) => {
    if (ended.some((name) => authorization.endsWith(name))) response.statusCode = 401;
    response.setHeader('content-type', 'application/json').end('{}');
  };
}

function json(status: number, body: unknown): (response: ServerResponse) => unknown {
  return (response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function granted(token: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  const issued_token_type = 'urn:ietf:params:oauth:token-type:access_token';
  return { access_token: token, issued_token_type, token_type: 'bearer', expires_in: 600, ...more };
}

function person(audience: Principal['audience'], subject: string): Principal {
  return { ...servicePrincipal('test'), issuer: outside, subject, audience, actor: [] };
}

function customer(id: string): Principal {
  return { ...person('customer', `person of ${id}`), customerId: id };
}

/** Signed as nobody would believe it; what is said can be read. */
function claimsIn(token = ''): { sub?: string } {
  return JSON.parse(Buffer.from(token, 'base64url').toString()) as { sub?: string };
}

function bookOf(allowed: readonly string[]): LineBook {
  return new LineBook({
    metrics: new Metrics(),
    logger: createLogger('error', { write: (line: string) => void lines.push(line) }),
    random: seededRandom(1),
    address: () => undefined,
    secret: (name) => (name === 'till' ? secret : undefined),
    exchange: {
      key: {
        issuer: platform,
        jwks: { keys: [] },
        sign: (claims) => Promise.resolve(Buffer.from(JSON.stringify(claims)).toString('base64url')),
      },
      egress: createEgress({ allowed }),
      allowed,
    },
  });
}

type Handle = (who: Principal, withinMs?: number) => Promise<unknown>;

/** Without `pass` there is no write: one that is noted needs a database. */
function handlersOf(entry: Partial<ExchangeEntry>, more: Partial<Manifest> = {}): Record<'getSale' | 'doSale', Handle> {
  const exchange = {
    endpoint: `http://${tokensHost}/token`,
    client: 'plinth',
    secret: 'till',
    audience: 'till',
    scope: 'sales.read sales.write',
    ...entry,
  };
  const operations = { getSale: { target: 'getSale' } };
  const manifest: Manifest = {
    upstream: 'till',
    contract: 'till@1',
    baseUrl: tillUrl,
    credential: { exchange },
    ...(more.pass === undefined ? { operations } : {}),
    ...more,
  };
  const { handlers } = fulfil({ manifest, contract, target: contract, book, owners: {} });
  const handles = Object.entries(handlers).map(([id, { run }]): [string, Handle] => [
    id,
    (principal, withinMs = 10_000) => {
      const trace = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), isSampled: true, traceState: undefined };
      const deadlineMs = performance.now() + withinMs;
      const log = { error: () => undefined, warn: () => undefined };
      const ctx = { principal, trace, traceId: trace.traceId, log, key: 'k', deadlineMs };
      return (run as (input: object, context: object) => Promise<unknown>)({ number: '7' }, ctx);
    },
  ]);
  return Object.fromEntries(handles) as Record<'getSale' | 'doSale', Handle>;
}

function read(who: Principal): Promise<unknown> {
  return handlersOf({}).getSale(who);
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function closeOf(server: Server): void {
  server.closeAllConnections();
  server.close();
}
