// What stands beside the contracts (health, documents, pages, live updates, MCP) refuses as operations do: with a problem
// that says what to do, with the challenge of its credentials, and nothing that is sent there ends the process.

import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { pause } from '@plinth/runtime';
import { edgeProblems, restore } from '@plinth/runtime/pipeline';
import { atEase, eventually } from '@plinth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ada, call, openIssuer, type OutsideIssuer, type Said, startWorld, type World } from './world.ts';

let issuer: OutsideIssuer;
let world: World;
let mcpUrl: string;
/** How long the database pool is waited for, as the edge feels it. */
let poolWaitMs = 0;
beforeAll(async () => {
  issuer = await openIssuer();
  const load = { ...atEase, poolWaitMs: () => poolWaitMs };
  world = await startWorld({ issuer, env: { PLINTH_TRUSTED_PROXIES: '127.0.0.1' }, platform: { load } });
  mcpUrl = `${world.platform.config.baseUrl}/mcp`;
});
afterAll(async () => {
  await world?.close();
  await issuer?.close();
});

let addresses = 0;
/** Failures are counted by address: each of these callers has its own. */
const elsewhere = () => ({ 'x-forwarded-for': `203.0.113.${(addresses += 1)}` });
const agent = (scope: string, more: Record<string, unknown> = {}) =>
  issuer.token({
    sub: 'software',
    customer_number: ada,
    kind: 'customer',
    act: { sub: 's' },
    aud: mcpUrl,
    scope,
    ...more,
  });
const rpc = (method: string, params: unknown = {}) => ({ jsonrpc: '2.0', id: 1, method, params });
const mcp = (token: string | undefined, body: unknown, headers: Record<string, string> = elsewhere()) =>
  call(world, token, '/mcp', {
    method: 'POST',
    body,
    headers: { accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-11-25', ...headers },
  });
const wholeProblem = ({ status, code, headers, body }: Said, expected: string): void => {
  expect({ code, status, type: headers.get('content-type') }).toEqual({
    code: expected,
    status: edgeProblems.get(expected)?.status,
    type: 'application/problem+json',
  });
  expect(body['instance']).toMatch(/^urn:plinth:trace:[0-9a-f]{32}$/);
  expect(body['type']).toBe(`${world.platform.config.baseUrl}/problems/${expected}`);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
};

describe('nothing that is sent ends the process', () => {
  it.each(['%zz', '%', '%ff', '%00', '..%2f', '%E0%A4%A', '?a=%zz', '"<>', 'a'.repeat(5_000)])(
    'below every root: %s',
    async (odd) => {
      const roots = ['/problems/', '/visits/', '/confirmations/', '/session/', '/session/callback', '/oidc/', '/jobs/'];
      const apps = ['/portal/', '/desk/', '/kiosk/', '/studio/', '/developers/', '/openapi.json/', '/live', '/mcp'];
      for (const root of [...roots, ...apps, '/orders/v1/', '/workflows/v1/', '/.well-known/', '/__plinth/', '/'])
        for (const method of ['GET', 'POST']) {
          const status = await rawStatus(`${method} ${root}${odd.replaceAll(/["<>]/g, encodeURIComponent)}`);
          expect({ root, method, answered: status >= 200 && status < 500 }).toMatchObject({ answered: true });
        }
      expect((await call(world, undefined, '/livez')).status).toBe(200);
    },
  );
});

const head = (fields: string, target = '/livez') =>
  `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`;
/** A head of so many letters: of target, names and values. What stands between them is not counted by the parser. */
const padded = (letters: number): string => {
  const bare = ['/livez', 'Host', 'a', 'Connection', 'close', 'X'].join('').length;
  return head(`X: ${'a'.repeat(letters - bare)}\r\n`);
};

describe('a request is as long as it may be, and no longer:', () => {
  it.each<[string, fits: string, tooMuch: string, code: string]>([
    ['fields', head('X: a\r\n'.repeat(98)), head('X: a\r\n'.repeat(99)), 'headers-too-large'],
    ['head', padded(16_383), padded(16_384), 'headers-too-large'],
    [
      'target',
      head('', `/orders/v1/orders?a=${'b'.repeat(8_192 - '/orders/v1/orders?a='.length)}`),
      head('', `/orders/v1/orders?a=${'b'.repeat(8_193 - '/orders/v1/orders?a='.length)}`),
      'target-too-long',
    ],
  ])('%s', async (_, fits, tooMuch, code) => {
    const [good, bad] = [await raw([Buffer.from(fits)]), await raw([Buffer.from(tooMuch)])];
    expect(good).not.toContain(code);
    expect(good).toMatch(/^HTTP\/1\.1 (200|401) /);
    expect(bad).toMatch(new RegExp(`^HTTP/1\\.1 ${edgeProblems.get(code)?.status} `));
    expect(bad).toContain(`"code":"${code}"`);
  });
});

it('whoever is too slow with the head of a request is told so, and cut off', async () => {
  const { server } = world.listening;
  const arrived = once(server, 'connection') as Promise<[Socket]>;
  const answer = raw([Buffer.from('GET /livez HTTP/1.1\r\nHost: a\r\nX-')]);
  const [socket] = await arrived;
  // What the server's own clock does after ten seconds.
  server.emit('clientError', Object.assign(new Error('slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket);
  expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(JSON.parse((await answer).split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'request-too-slow' });
});

describe('a code of a problem', () => {
  it('of the edge or of a contract leads to a page that says what to do', async () => {
    const codes = [
      ...[...edgeProblems.keys()].map((code) => [code, edgeProblems.get(code)?.title ?? '']),
      ...world.platform.contracts().flatMap(({ problems }) => problems.map(({ code, title }) => [code, title])),
    ];
    expect(codes.length).toBeGreaterThan(60);
    for (const [code = '', title = ''] of codes) {
      const page = await call(world, undefined, `/problems/${code}`);
      expect({ code, status: page.status }).toEqual({ code, status: 200 });
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.text.replaceAll('&amp;', '&')).toContain(`<h1>${title}</h1>`);
      expect(page.text).not.toMatch(/\{\w+\}/);
    }
    expect((await call(world, undefined, '/problems/nothing')).status).toBe(404);
  });
});

describe('a root', () => {
  const read = 'GET, HEAD, OPTIONS';
  const form = 'GET, HEAD, POST, OPTIONS';

  it.each([
    ...['/', '/livez', '/readyz', '/openapi.json', '/live', '/problems/internal'].map((path) => [path, read] as const),
    ['/.well-known/oauth-protected-resource', read] as const,
    ['/visits/x', form] as const,
    ['/confirmations/x', form] as const,
  ])('%s refuses every method but %s', async (path, allow) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'].filter((each) => !allow.includes(each))) {
      const refused = await call(world, undefined, path, { method });
      wholeProblem(refused, 'method-not-allowed');
      expect(refused.headers.get('allow')).toBe(allow);
    }
    const asked = await call(world, undefined, path, { method: 'OPTIONS' });
    expect([asked.status, asked.headers.get('allow')]).toEqual([204, allow]);
  });
});

const metadata = (below: string): string =>
  `resource_metadata="${world.platform.config.baseUrl}/.well-known/oauth-protected-resource${below}"`;

describe('credentials at the roots', () => {
  const places: [path: string, method: string, below: string][] = [
    ['/live?topics=orders', 'GET', ''],
    ['/mcp', 'POST', '/mcp'],
    ['/jobs/job_none', 'GET', ''],
    ['/accounts/v1/accounts', 'GET', ''],
  ];

  it.each(places)('are missing (%s)', async (path, method, below) => {
    const refused = await call(world, undefined, path, { method, headers: elsewhere() });
    wholeProblem(refused, 'unauthenticated');
    expect(refused.headers.get('www-authenticate')).toContain(metadata(below));
  });

  it.each(places)('are wrong ten times, and nothing is verified then (%s)', async (path, method, below) => {
    const headers = elsewhere();
    for (let n = 0; n < 10; n++) {
      const refused = await call(world, `a.b.c${n}`, path, { method, headers });
      wholeProblem(refused, 'invalid-token');
      expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer realm="plinth", error="invalid_token", /);
      expect(refused.headers.get('www-authenticate')).toContain(metadata(below));
    }
    wholeProblem(await call(world, 'a.b.c', path, { method, headers }), 'too-many-failures');
    const scope = 'orders.read accounts.read';
    const good = path === '/mcp' ? await agent(scope, { jti: 'x' }) : await issuer.customer(ada, scope);
    const blocked = await call(world, good, path, { method, headers });
    wholeProblem(blocked, 'too-many-failures');
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('of the API are none at /mcp, and those of /mcp none at the API', async () => {
    const api = await issuer.customer(ada, 'orders.read');
    const apiAgent = await issuer.customer(ada, 'orders.read', { act: { sub: 's' } });
    const person = await issuer.customer(ada, 'orders.read', { aud: mcpUrl });
    for (const token of [api, apiAgent, person]) wholeProblem(await mcp(token, rpc('tools/list')), 'invalid-token');
    const elsewhereToken = await agent('orders.read');
    expect((await call(world, elsewhereToken, '/orders/v1/orders', { headers: elsewhere() })).code).toBe(
      'invalid-token',
    );
  });
});

async function streamOf(token: string): Promise<AbortController> {
  const ended = new AbortController();
  const { status } = await fetch(`${world.base}/live?topics=orders`, {
    headers: { authorization: `Bearer ${token}` },
    signal: ended.signal,
  });
  expect(status).toBe(200);
  return ended;
}

describe('a live stream', () => {
  it('is refused to who has no facts of their own, without topics, and beyond ten', async () => {
    const device = await issuer.token({ sub: 'kiosk', kind: 'device', scope: 'orders.read' });
    wholeProblem(await call(world, device, '/live?topics=orders'), 'audience-not-allowed');
    const token = await issuer.customer(ada, 'orders.read', { sub: 'streams' });
    const none = await call(world, token, '/live?topics=tickets');
    wholeProblem(none, 'invalid-parameter');
    expect(none.body['errors']).toMatchObject([{ in: 'query', pointer: '/topics' }]);
    const open: AbortController[] = [];
    for (let n = 0; n < 10; n++) open.push(await streamOf(token));
    const refused = await call(world, token, '/live?topics=orders');
    wholeProblem(refused, 'rate-limited');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    open.forEach((each) => each.abort());
  });

  it.each([
    ['session', 'sid:leaving'],
    ['token', 'jti:leaving'],
    ['application', 'app:leaving'],
  ])('of a %s that is withdrawn is told to sign in again, and ends', async (kind, what) => {
    const claims = { sub: `leaving ${kind}`, sid: 'leaving', jti: 'leaving', azp: 'leaving' };
    const token = await issuer.customer(ada, 'orders.read', claims);
    const response = await fetch(`${world.base}/live?topics=orders`, { headers: { authorization: `Bearer ${token}` } });
    const text = response.text();
    await world.platform.revocations.revoke(what);
    const revokedMs = performance.now();
    expect(await text).toMatch(/event: reauthenticate\ndata: \{\}\n\n$/);
    expect(performance.now() - revokedMs).toBeLessThan(1_500);
    await restore(world.database.db, what);
    await eventually('it is let in again', 5_000, async () =>
      world.platform.authenticator.revocations.knows(what) ? undefined : true,
    );
  });
});

const tools = async (token: string): Promise<string[]> => {
  const { body, text } = await mcp(token, rpc('tools/list'));
  const found = (body['result'] ??
    (JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '{}') as { result?: unknown }).result) as
    | { tools: { name: string }[] }
    | undefined;
  return found?.tools.map(({ name }) => name) ?? [];
};

const vaults = `
openapi: 3.1.0
info: { title: Vaults, version: 1.0.0, description: What is kept safe. }
servers: [{ url: /vaults/v1 }]
x-plinth: { capability: vaults, owner: { team: test, contact: test@example.org }, audience: [customer, agent] }
paths:
  /vault:
    get:
      operationId: lookIntoVault
      summary: Look into my vault
      security: [{ oidc: [vaults.read] }]
      x-plinth: { ownerCheck: [], stepUp: { acr: gold } }
      responses:
        '200': { description: What is there., content: { application/json: { schema: { type: object, properties: { gold: { type: integer } } } } } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration } }
`;

const sealed = (major: number, id: string): string =>
  vaults
    .replaceAll('vaults', 'seals')
    .replaceAll('/vault:', '/seal:')
    .replaceAll('lookIntoVault', id)
    .replace('version: 1.0.0', `version: ${major}.0.0`)
    .replace('/seals/v1', `/seals/v${major}`)
    .replace(', stepUp: { acr: gold }', '');

describe('MCP', () => {
  it('lists what the contracts offer agents and the scopes allow, in one order', async () => {
    const declared = world.platform
      .contracts()
      .flatMap(({ operations }) => operations)
      .filter(({ policy }) => policy.audience.includes('agent') && policy.skill?.tool !== false);
    const all = [
      ...new Set(declared.flatMap(({ security }) => (security ?? []).flatMap((each) => Object.values(each).flat()))),
    ];
    const [few, many, again] = [
      await tools(await agent('orders.read')),
      await tools(await agent(all.join(' '))),
      await tools(await agent(all.toReversed().join(' '))),
    ];
    expect(many.length).toBeGreaterThan(20);
    expect(many).toEqual(many.toSorted());
    expect(again).toEqual(many);
    expect(few.length).toBeGreaterThan(0);
    expect(few.filter((name) => !many.includes(name))).toEqual([]);
    expect(few).not.toContain('accounts_listAccounts');
  });

  it('says whose tokens it takes, and which scopes its tools ask for; the API says its own', async () => {
    const of = async (name: string) =>
      (await call(world, undefined, `/.well-known/oauth-protected-resource${name}`)).body as Record<string, string[]>;
    const [tools, api] = [await of('/mcp'), await of('')];
    const { baseUrl } = world.platform.config;
    expect([tools['resource'], api['resource']]).toEqual([`${baseUrl}/mcp`, `${baseUrl}/`]);
    // Staff alone shut out partners: no software is ever told of that.
    expect(tools['scopes_supported']).toContain('orders.read');
    expect(tools['scopes_supported']).not.toContain('partners.manage');
    expect(api['scopes_supported']).toEqual(expect.arrayContaining(['partners.manage', 'orders.read']));
    for (const { authorization_servers: servers } of [tools, api]) expect(servers).toContain(issuer.issuer);
  });

  it('has the tools of the latest majors alone', async () => {
    const folder = path.join(world.platform.config.contractsFolder, 'seals');
    mkdirSync(path.join(folder, 'v1'), { recursive: true });
    writeFileSync(path.join(folder, 'contract.yaml'), sealed(2, 'lookAtSeal'));
    writeFileSync(path.join(folder, 'v1/contract.yaml'), sealed(1, 'lookAtOldSeal'));
    const documented = async () => JSON.stringify((await call(world, undefined, '/openapi.json')).body['paths']);
    expect(await documented()).not.toContain('lookAtSeal');
    expect(await world.platform.reload()).toMatchObject({ refused: [] });
    expect(await documented()).toContain('lookAtSeal');
    expect((await call(world, undefined, '/openapi.json')).body['info']).toMatchObject({ title: 'Northfold' });
    const token = await agent('seals.read');
    expect(await tools(token)).toEqual(['seals_lookAtSeal']);
    const called = await mcp(
      await agent('orders.read'),
      rpc('tools/call', { name: 'seals_lookAtOldSeal', arguments: {} }),
    );
    expect([called.status, called.text]).toEqual([200, expect.stringContaining('There is no tool')]);
    rmSync(folder, { recursive: true });
    await world.platform.reload();
  });

  it('says which scope a tool asks for, as HTTP does', async () => {
    const refused = await mcp(
      await agent('orders.read'),
      rpc('tools/call', { name: 'accounts_listAccounts', arguments: {} }),
    );
    wholeProblem(refused, 'insufficient-scope');
    expect(refused.body['detail']).toContain('accounts.read');
    expect(refused.headers.get('www-authenticate')).toBe(
      `Bearer realm="plinth", error="insufficient_scope", scope="accounts.read", resource_metadata="${world.platform.config.baseUrl}/.well-known/oauth-protected-resource/mcp"`,
    );
  });

  it('asks for a better sign-in as HTTP does, and the same call then goes through', async () => {
    const folder = path.join(world.platform.config.contractsFolder, 'vaults');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'contract.yaml'), vaults);
    expect(await world.platform.reload()).toMatchObject({ refused: [] });
    const open = rpc('tools/call', { name: 'vaults_lookIntoVault', arguments: {} });
    const refused = await mcp(await agent('vaults.read', { acr: 'silver' }), open);
    wholeProblem(refused, 'step-up-required');
    expect(refused.headers.get('www-authenticate')).toContain(
      'error="insufficient_user_authentication", acr_values="gold"',
    );
    // It is in a language of its caller's.
    expect(refused.headers.get('vary')).toBe('Accept-Language');
    const done = await mcp(await agent('vaults.read', { acr: 'gold' }), open);
    expect(done.text).toContain('structuredContent');
    expect([done.headers.get('x-content-type-options'), done.headers.get('referrer-policy')]).toEqual([
      'nosniff',
      'no-referrer',
    ]);
  });

  it('takes a body as bounded as any other', async () => {
    const token = await agent('orders.read');
    wholeProblem(await mcp(token, { text: 'x'.repeat(1_048_576) }), 'body-too-large');
    let deep: unknown = {};
    for (let n = 0; n < 70; n++) deep = [deep];
    wholeProblem(await mcp(token, deep), 'json-not-acceptable');
    const latin = await fetch(`${world.base}/mcp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: new Uint8Array([0x22, 0xe4, 0x22]),
    });
    expect([latin.status, ((await latin.json()) as { code: string }).code]).toEqual([400, 'malformed-json']);
  });

  it('reads a letter that comes in two pieces', async () => {
    const token = await agent('orders.read');
    const body = Buffer.from(JSON.stringify(rpc('tools/call', { name: 'Käse', arguments: {} })));
    const at = body.indexOf(Buffer.from('ä')) + 1;
    const head = `POST /mcp HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2025-11-25\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
    const text = await raw([Buffer.concat([Buffer.from(head), body.subarray(0, at)]), body.subarray(at)]);
    expect(text).toContain('There is no tool Käse.');
  });
});

/** The status of a request line as it is; 0 = no answer. */
async function rawStatus(line: string): Promise<number> {
  const text = await raw([
    Buffer.from(`${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`),
  ]);
  return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
}

function raw(pieces: readonly Uint8Array[]): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(world.listening.port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
    const write = (index: number): void => {
      const piece = pieces[index];
      if (piece === undefined) return;
      socket.write(piece);
      setTimeout(() => write(index + 1), 30);
    };
    write(0);
  });
}

const live = (method = 'GET') => call(world, undefined, '/live?topics=orders', { method, headers: elsewhere() });
const listTools = () => mcp(undefined, rpc('tools/list'));
/** Felt every 100 ms. */
const busy = async (ms: number): Promise<void> => {
  poolWaitMs = ms;
  await pause(150);
};

describe('/live and /mcp, which are no operations,', () => {
  it('are refused under load as changes are, before anybody is asked who it is', async () => {
    await busy(320);
    for (const ask of [live, listTools]) wholeProblem(await ask(), 'unauthenticated');
    // Nine in ten: from where all are refused on, new connections wait, too.
    await busy(446);
    for (const ask of [live, listTools]) {
      const answers: Said[] = [];
      for (let n = 0; n < 10; n++) answers.push(await ask());
      const [refused, ...more] = answers.filter(({ status }) => status === 503);
      expect(more.length).toBeGreaterThan(3);
      wholeProblem(refused as Said, 'overloaded');
      expect(refused?.headers.get('retry-after')).toMatch(/^[1-5]$/);
    }
    const heads: number[] = [];
    for (let n = 0; n < 10; n++) heads.push((await live('HEAD')).status);
    expect(heads).toContain(503);
    await busy(0);
    for (const ask of [live, listTools]) wholeProblem(await ask(), 'unauthenticated');
  });

  it('HEAD is answered with the head of the stream alone', async () => {
    const asked = await call(world, await issuer.customer(ada, 'orders.read'), '/live?topics=orders', {
      method: 'HEAD',
      headers: elsewhere(),
    });
    expect([asked.status, asked.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  });

  // The last of this world: nothing undoes it.
  it('are refused while the process drains', async () => {
    world.platform.live.close();
    const token = await issuer.customer(ada, 'orders.read');
    const closing = await call(world, token, '/live?topics=orders', { headers: elsewhere() });
    wholeProblem(closing, 'draining');
    world.platform.edge.admission.drain();
    const others = [await live(), await listTools()];
    for (const refused of [closing, ...others]) {
      wholeProblem(refused, 'draining');
      expect(refused.headers.get('retry-after')).toBe('2');
    }
    expect(others.map(({ headers }) => headers.get('connection'))).toEqual(['close', 'close']);
  });
});
