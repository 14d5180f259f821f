// No credential of a caller reaches an upstream or the authorization server before it, and none of those that the platform
// gets there is told to anybody: both ways of a manifest, calls that succeed and calls that fail, over the real listener.

import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { eventually } from '@plinth/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ada, ben, call, openIssuer, type OutsideIssuer, type Said, startWorld, type World } from './world.ts';

const contractOf = (name: string): string => `
openapi: 3.1.0
info: { title: ${name}, version: 1.0.0, description: What is sold. }
servers: [{ url: /${name}/v1 }]
x-plinth: { capability: ${name}, owner: { team: test, contact: test@example.org }, audience: [customer, agent] }
security: [{ oidc: [sales.write] }]
paths:
  /sales:
    get:
      operationId: listSales
      summary: See sales
      x-plinth: { ownerCheck: [] }
      responses: { '200': { description: Sales., content: { application/json: { schema: { type: object } } } } }
    post:
      operationId: sell
      summary: Sell
      x-plinth: { effect: write, ownerCheck: [], skill: { phrases: [sell it, sell it now, sell], confirm: never } }
      responses: { '200': { description: Sold., content: { application/json: { schema: { type: object } } } } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration } }
`;
const manifestOf = (name: string, rest: string): string => `
upstream: ${name}
contract: ${name}@1
baseUrl: { setting: sales }
credential: { exchange: { endpoint: { setting: sales-token }, client: plinth, secret: sales, audience: sales } }
${rest}`;
const mapped = `
operations:
  listSales: { target: listSales }
  sell: { target: sell, idempotency: { header: Idempotency-Key } }`;

/** What callers send that stays here, and what the platform has that nobody is told. */
const cookie = 'kanarienkeks';
const secret = 'kanarienschluessel';
const given = 'kanarienausweis';

let outside: Server;
let issuer: OutsideIssuer;
let world: World;
let callers: string[];
/** Whole requests: to the authorization server, and to the upstream. */
let atTokens: string[];
let atSales: string[];
const spans: string[] = [];
const lines: string[] = [];
/** What both answer. */
let tokenStatus: number;
let salesStatus: number;

async function openOutside(): Promise<Server> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const whole = `${request.method} ${request.url}\n${request.rawHeaders.join('\n')}\n\n${body}`;
      response.setHeader('content-type', 'application/json');
      if (request.url === '/v1/traces') {
        spans.push(body);
        return response.end();
      }
      if (request.url === '/token') {
        atTokens.push(whole);
        const issued_token_type = 'urn:ietf:params:oauth:token-type:access_token';
        const grant = {
          access_token: `${given}-${atTokens.length}`,
          issued_token_type,
          token_type: 'Bearer',
          expires_in: 60,
        };
        const said = tokenStatus === 200 ? grant : { error: `${given} for ${secret}`, error_description: body };
        return response.writeHead(tokenStatus).end(JSON.stringify(said));
      }
      atSales.push(whole);
      return response.writeHead(salesStatus).end(salesStatus === 200 ? '{"sold":1}' : JSON.stringify({ whole }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

beforeAll(async () => {
  outside = await openOutside();
  const here = `127.0.0.1:${(outside.address() as AddressInfo).port}`;
  issuer = await openIssuer();
  world = await startWorld({
    issuer,
    env: {
      LOG_LEVEL: 'debug',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${here}`,
      PLINTH_ALLOWED_PRIVATE_HOSTS: here,
      PLINTH_UPSTREAM_SALES: `http://${here}`,
      PLINTH_UPSTREAM_SALES_TOKEN: `http://${here}/token`,
      PLINTH_SECRET_SALES: secret,
    },
    platform: { logTo: { write: (line) => void lines.push(line) } },
  });
  for (const [name, rest] of [
    ['mapped', mapped],
    ['passed', 'pass: all'],
  ] as const) {
    const folder = path.join(world.platform.config.contractsFolder, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'contract.yaml'), contractOf(name));
    if (name === 'mapped') writeFileSync(path.join(folder, 'theirs.yaml'), contractOf(name));
    const target = name === 'mapped' ? 'target: theirs.yaml' : '';
    writeFileSync(path.join(folder, 'upstream.yaml'), manifestOf(name, `${target}\n${rest}`));
  }
  const { refused } = await world.platform.reload();
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
});
afterAll(async () => {
  await world?.close();
  await issuer?.close();
  outside?.closeAllConnections();
  outside?.close();
});
beforeEach(async () => {
  [atTokens, atSales] = [[], []];
  spans.length = lines.length = 0;
  [tokenStatus, salesStatus] = [200, 200];
  // Each run has callers of its own, so that no token is at hand.
  const act = { sub: `app_${crypto.randomUUID()}` };
  callers = await Promise.all([
    issuer.customer(ada, 'sales.write', { act }),
    issuer.customer(ben, 'sales.write', { act }),
  ]);
});

it.each([
  ['mapped', 200, 200],
  ['passed', 200, 200],
  ['mapped', 200, 401],
  ['passed', 200, 401],
  ['mapped', 400, 200],
  ['passed', 503, 200],
])('%s, token endpoint %i, upstream %i', async (name, tokens, sales) => {
  [tokenStatus, salesStatus] = [tokens, sales];
  const said = await everyCall(name);
  expect(said.map(({ status }) => status === 200)).toEqual(said.map(() => tokens === 200 && sales === 200));
  expect(atTokens.length).toBeGreaterThan(1);
  expect(atSales.length > 0).toBe(tokens === 200);
  for (const request of [...atTokens, ...atSales]) {
    for (const token of callers) expect(request).not.toContain(token.split('.')[2]);
    expect(request).not.toContain(cookie);
  }
  // The secret is the authorization server's, the token the upstream's, and what is signed neither's to show.
  const signed = atTokens.flatMap((request) => request.match(/eyJ[\w-]+\.eyJ[\w-]+\.([\w-]+)/g) ?? []);
  expect(signed.length).toBeGreaterThan(1);
  expect(atSales.join('\n')).not.toMatch(/eyJ|Basic/);
  const isSent = (): boolean => spans.join('').split(`"${name} sell"`).length > callers.length;
  await eventually('spans are sent', 10_000, () => Promise.resolve(isSent()));
  expect(lines.join('')).toContain(`${name}.sell`);
  const told = [...lines, ...spans, ...(sales === 200 || name === 'mapped' ? said.map(wholeOf) : [])].join('\n');
  for (const each of [secret, given, ...signed.map((token) => token.split('.')[2] as string)])
    expect(told).not.toContain(each);
});

/** Both customers read and write with all that a caller may send along. */
async function everyCall(name: string): Promise<Said[]> {
  const said: Said[] = [];
  for (const token of callers)
    for (const method of ['GET', 'POST']) {
      const headers = {
        cookie: `plinth_session=${cookie}; __Host-plinth_session=${cookie}`,
        'proxy-authorization': `Bearer ${token}`,
        x_authorization: token,
        ...(method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}),
      };
      said.push(await call(world, token, `/${name}/v1/sales`, { method, headers }));
    }
  return said;
}

function wholeOf({ status, headers, text: body }: Said): string {
  return `${status} ${JSON.stringify([...headers])} ${body}`;
}
