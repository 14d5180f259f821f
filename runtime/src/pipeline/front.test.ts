// What is decided before anybody is asked who they are: what a caller accepts, and pages of other origins.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read } from '../capability.ts';
import { reply } from '../context.ts';
import { compileAccept } from './accept.ts';
import { compileCors } from './cors.ts';
import { safetyHeaders } from './head.ts';
import { notesContract, startTestEdge, type TestEdge } from './test-edge.ts';

const shop = 'https://shop.example';
const metadata = 'https://api.test/.well-known/oauth-protected-resource';
let world: TestEdge;
beforeAll(async () => {
  world = await startTestEdge({
    handlers: { getMotto: read(async () => reply(200, {})), listNotes: read(async () => reply(200, {})) },
    edge: { corsOrigins: [shop], resourceMetadata: metadata },
  });
});
afterAll(() => world.close());

async function ask(headers: Record<string, string>, { method = 'GET', path = '/motto' } = {}) {
  const response = await fetch(`${world.url}/notes/v1${path}`, { method, headers });
  await response.arrayBuffer();
  return response;
}

describe('Accept', () => {
  it.each<[number, string]>([
    [200, 'application/json'],
    [200, 'application/json; charset=utf-8'],
    [200, 'text/html, application/*;q=0.5'],
    [200, 'text/html, */*;q=0.1'],
    [200, '*'],
    [406, 'text/html'],
    [406, 'text/html, application/json;q=0'],
    [406, '*/*;q=0.0'],
    [406, 'application/jsonx'],
    [406, 'application/problem+json'],
  ])('%i for %s', async (status, accept) => {
    expect((await ask({ accept })).status).toBe(status);
  });

  it('is compared with every declared type, and with none where an answer has no body', async () => {
    const contract = await notesContract();
    const motto = contract.operations.find(({ id }) => id === 'getMotto') as (typeof contract.operations)[0];
    const answers = (...types: string[]) =>
      compileAccept({
        ...motto,
        responses: [{ ...motto.responses[0], status: 200, media: types.map((type) => ({ type })) } as never],
      });
    expect(answers('text/csv', 'application/hal+json')?.('text/csv')).toBe(true);
    expect(answers('application/hal+json')?.('application/json')).toBe(true);
    expect([answers(), answers('*/*')]).toEqual([undefined, undefined]);
  });
});

describe('a page of another origin', () => {
  const preflight = { 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' };

  it('that is listed may ask and read, never with a cookie', async () => {
    const asked = await ask({ origin: shop, ...preflight }, { method: 'OPTIONS' });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(shop);
    expect(asked.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect(asked.headers.get('access-control-allow-headers')).toContain('Plinth-Position');
    for (const path of ['/motto', '/notes', '/nothing']) {
      const answer = await ask({ origin: shop }, { path });
      expect(answer.headers.get('access-control-allow-origin')).toBe(shop);
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
      expect(answer.headers.get('access-control-expose-headers')?.split(', ')).toContain('Plinth-Position');
      // Problems come in languages, too.
      expect(answer.headers.get('vary')).toBe(path === '/motto' ? 'Origin' : 'Accept-Language, Origin');
    }
  });

  it('that is listed sees the old rate limit headers where they are sent', () => {
    const [usual, old] = [false, true].map((isOn) => compileCors([shop], isOn)?.answer(shop).at(-1));
    expect(old).toBe(`${usual}, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset`);
  });

  it.each(['https://shop.example.evil.test', 'http://shop.example', 'https://shop.example:444', 'null', '*'])(
    '%s may neither ask nor read',
    async (origin) => {
      const asked = await ask({ origin, ...preflight }, { method: 'OPTIONS' });
      const answer = await ask({ origin });
      for (const each of [asked, answer]) expect(each.headers.get('access-control-allow-origin')).toBeNull();
      // A cache must not give this answer to the listed page.
      expect(answer.headers.get('vary')).toBe('Origin');
    },
  );
});

const challenge = async (headers: Record<string, string>) =>
  (await ask(headers, { path: '/notes' })).headers.get('www-authenticate');

it('challenges say what is missing and where tokens come from', async () => {
  const end = `, resource_metadata="${metadata}"`;
  expect(await challenge({})).toBe(`Bearer realm="plinth", scope="notes.read"${end}`);
  expect(await challenge({ authorization: 'Bearer a.b.c' })).toBe(
    `Bearer realm="plinth", error="invalid_token", scope="notes.read"${end}`,
  );
  const token = await world.token({ scope: 'other' });
  expect(await challenge({ authorization: `Bearer ${token}` })).toBe(
    `Bearer realm="plinth", error="insufficient_scope", scope="notes.read"${end}`,
  );
});

it('without TLS nobody is told to come with it', () => {
  expect(safetyHeaders('http://localhost:4000')).not.toContain('Strict-Transport-Security');
  expect(safetyHeaders('https://api.example')).toContain('Strict-Transport-Security');
});
