// What callers do wrong, asked of every operation a customer may call: each refusal is a problem that says what to do, and
// nothing is lost or changed by any of it.

import { randomUUID } from 'node:crypto';
import { sessionOf, type TestDatabase, tokensFor } from '@plinth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aSeededDatabase } from '../seeded.ts';
import { type Answer, type Caller, personAt, softwareAt } from './caller.ts';
import { plinth, type RunningPlatform, startPlatform } from './platform.ts';

interface Offered {
  method: string;
  path: string;
  needsSignIn: boolean;
  isForCustomers: boolean;
  hasJsonBody: boolean;
}

let database: TestDatabase;
let platform: RunningPlatform;
let ada: Caller;
let cookies: string;
let all: Offered[];
let before: string;

/** Operations with a body and no thing of somebody's in their path: what is wrong with the body is found first. */
const writes = (): Offered[] =>
  all.filter(({ path, hasJsonBody, isForCustomers }) => hasJsonBody && isForCustomers && !path.includes('{'));

beforeAll(async () => {
  database = await aSeededDatabase();
  platform = await startPlatform({ databaseUrl: database.url });
  ada = await personAt(platform.base, 'ada');
  cookies = (await sessionOf({ baseUrl: platform.base, username: 'ada' })).cookies();
  all = await operations();
  before = await things();
});
afterAll(async () => {
  await platform.stop();
  await database.close();
});

describe('bad input gets a clear problem', () => {
  it('for nobody: every operation that needs a sign-in says so', async () => {
    expect(all.length).toBeGreaterThan(80);
    for (const { method, path, needsSignIn } of all) {
      if (!needsSignIn) continue;
      const answer = await raw(method, filled(path), { body: '{}', headers: { 'content-type': 'application/json' } });
      expect([path, answer.status, answer.body['code']]).toEqual([path, 401, 'unauthenticated']);
      expectProblem(answer);
    }
  });

  it('for JSON that is none, too deep, or poisoned', async () => {
    expect(writes().length).toBeGreaterThan(5);
    for (const { method, path } of writes()) {
      for (const [body, code] of [
        ['{"a":', 'malformed-json'],
        ['['.repeat(100) + ']'.repeat(100), 'json-not-acceptable'],
        ['{"__proto__":{"isAdmin":true}}', 'json-not-acceptable'],
      ] as const) {
        const answer = await asAda(method, path, body);
        expect([path, answer.status, answer.body['code']]).toEqual([path, 400, code]);
        expectProblem(answer);
      }
    }
  });

  it('for wrong types and fields nobody knows, with the place of each', async () => {
    for (const { method, path } of writes()) {
      for (const body of ['[]', '"text"', '{"nobodyKnowsThis":1}']) {
        const answer = await asAda(method, path, body);
        expect([path, body, [400, 422].includes(answer.status), answer.body['code']]).toEqual([
          path,
          body,
          true,
          'invalid-body',
        ]);
        expect((answer.body['errors'] as { pointer: string; message: string }[])[0]).toMatchObject({
          pointer: expect.any(String),
          message: expect.stringMatching(/\w/),
        });
        expectProblem(answer);
      }
    }
  });

  it('for a body that is too large, of a type nobody takes, or packed', async () => {
    const [{ method, path }] = writes() as [Offered];
    const huge = await asAda(method, path, `{"a":"${'x'.repeat(1_100_000)}"}`).catch(() => undefined);
    // The connection is closed while the rest is still being sent: an answer, or the end of the line.
    expect(['413 body-too-large', 'closed']).toContain(huge ? `${huge.status} ${String(huge.body['code'])}` : 'closed');
    const xml = await asAda(method, path, '<a/>', { 'content-type': 'application/xml' });
    expect([xml.status, xml.body['code']]).toEqual([415, 'unsupported-media-type']);
    const packed = await asAda(method, path, '{}', { 'content-encoding': 'gzip' });
    expect([packed.status, packed.body['code']]).toEqual([415, 'unsupported-encoding']);
  });

  it('for a write without its key, and for parameters that nobody declared', async () => {
    const keyless = await raw('POST', '/orders/v1/orders', {
      body: '{}',
      headers: { cookie: cookies, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' },
    });
    expect([keyless.status, keyless.body['code']]).toEqual([400, 'idempotency-key-missing']);
    const lists = all.filter(
      ({ method, path, isForCustomers }) => method === 'GET' && isForCustomers && !path.includes('{'),
    );
    for (const { path } of lists) {
      const answer = await ada('GET', `${path}?nobodyKnowsThis=1`);
      expect([path, answer.status, answer.body['code']]).toEqual([path, 400, 'invalid-parameter']);
    }
  });

  it('for things of other people: as if they were not there', async () => {
    const ben = await personAt(platform.base, 'ben');
    for (const list of ['/orders/v1/orders', '/accounts/v1/accounts', '/payments/v1/payments']) {
      const { items } = (await ben<{ items: { id: string }[] }>('GET', list)).body;
      expect(items.length).toBeGreaterThan(0);
      for (const { id } of items) {
        const foreign = await ada('GET', `${list}/${id}`);
        const missing = await ada('GET', `${list}/${id.slice(0, -4)}zzzz`);
        expect([foreign.status, missing.status]).toEqual([404, 404]);
        expect(plain(foreign)).toEqual(plain(missing));
      }
    }
  });

  it('for software that was not told yes, or was told something else', async () => {
    const { accessToken } = await tokensFor({
      baseUrl: platform.base,
      username: 'ada',
      scopes: ['orders.read', 'orders.write'],
      resource: `${platform.base}/`,
    });
    const agent = softwareAt(platform.base, accessToken);
    const order = { lines: [{ sku: 'KETTLE-17', quantity: 1 }], payment: { method: 'card_ok' } };
    const asked = await agent('POST', '/orders/v1/orders', order);
    expect([asked.status, asked.body['code']]).toEqual([428, 'confirmation-required']);
    const forged = await agent('POST', '/orders/v1/orders', order, { 'plinth-confirmation': randomUUID() });
    expect(forged.status).toBeGreaterThanOrEqual(400);
    expect(['confirmation-required', 'confirmation-used']).toContain(forged.body['code']);
  });

  it('for forged credentials, and soon for everybody who tries them', async () => {
    const { accessToken } = await tokensFor({
      baseUrl: platform.base,
      username: 'ada',
      scopes: ['orders.read'],
      resource: `${platform.base}/`,
    });
    const [head = '', claims = '', signature = ''] = accessToken.split('.');
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    for (const token of [
      `${none}.${claims}.`,
      `${head}.${Buffer.from('{"sub":"somebody"}').toString('base64url')}.${signature}`,
      // The first byte, which is as often anything: the last of an Ed25519 signature is 0 in one of sixteen.
      `${head}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
      'not-a-token',
      `pln_live_aaaa_${'a'.repeat(49)}`,
    ]) {
      const answer = await softwareAt(platform.base, token)('GET', '/orders/v1/orders');
      expect([answer.status, answer.body['code']]).toEqual([401, 'invalid-token']);
      expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
    }
    let last: Answer | undefined;
    for (let tries = 0; tries < 12 && last?.status !== 429; tries++)
      last = await softwareAt(platform.base, `guess-${tries}`)('GET', '/orders/v1/orders');
    expect([last?.status, last?.body['code']]).toEqual([429, 'too-many-failures']);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('and nothing was lost or changed', async () => {
    expect(await things()).toBe(before);
    const { stdout } = await plinth(['audit', '--json'], { DATABASE_URL: database.url });
    expect(JSON.parse(stdout)).toMatchObject({ broken: [] });
  });
});

/** What Ada has, as text. */
async function things(): Promise<string> {
  const lists = ['/orders/v1/orders', '/accounts/v1/accounts', '/payments/v1/payments', '/tickets/v1/tickets'];
  const answers = await Promise.all(lists.map((list) => ada('GET', list)));
  return JSON.stringify(answers.map(({ status, body }) => [status, body]));
}

/** A problem without the one member that differs from call to call. */
function plain({ body }: Answer): unknown {
  return { ...body, instance: undefined };
}

function expectProblem({ headers, body, status }: Answer): void {
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(body).toMatchObject({
    status,
    title: expect.any(String),
    detail: expect.any(String),
    advice: expect.any(String),
  });
  expect(body['instance']).toMatch(/^urn:plinth:trace:[0-9a-f]{32}$/);
}

async function asAda(method: string, path: string, body: string, more: Record<string, string> = {}): Promise<Answer> {
  const headers = {
    cookie: cookies,
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/json',
    'idempotency-key': randomUUID(),
    ...more,
  };
  return raw(method, path, { body, headers });
}

async function raw(
  method: string,
  path: string,
  init: { body: string; headers: Record<string, string> },
): Promise<Answer> {
  const response = await fetch(platform.base + path, {
    method,
    headers: init.headers,
    ...(method === 'GET' || method === 'DELETE' ? {} : { body: init.body }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

function filled(path: string): string {
  return path.replaceAll(/\{[^}]+\}/g, 'nothing_here');
}

async function operations(): Promise<Offered[]> {
  const { body } = await ada<{ paths: Record<string, Record<string, Record<string, unknown>>> }>(
    'GET',
    '/openapi.json',
  );
  return Object.entries(body.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => ['get', 'put', 'post', 'patch', 'delete'].includes(method))
      .map(([method, operation]) => {
        const security = operation['security'] as Record<string, unknown>[] | undefined;
        const policy = (operation['x-plinth'] ?? {}) as { audience?: string[] };
        return {
          method: method.toUpperCase(),
          path,
          needsSignIn: (security ?? []).length > 0 && !(security ?? []).some((each) => Object.keys(each).length === 0),
          isForCustomers: policy.audience?.includes('customer') ?? false,
          hasJsonBody: JSON.stringify(operation['requestBody'] ?? '').includes('application/json'),
        };
      }),
  );
}
