// Which fields go through an edge that hands calls on unread: over HTTP on the way back, as lists on the way there.

import { afterEach, describe, expect, it } from 'vitest';
import type { BoundHandler } from '../capability.ts';
import type { UpstreamAnswer } from '../ports/index.ts';
import { fieldsPassed } from './end-to-end.ts';
import { startTestEdge, type TestEdge } from './test-edge.ts';

let world: TestEdge | undefined;
afterEach(() => world?.close());

type Fields = UpstreamAnswer['headers'];

/** What a caller gets whose call another system answered with these fields. */
async function told(said: Fields, answer: Partial<UpstreamAnswer> = {}, path = '/motto') {
  const passed = { status: 200, body: Buffer.from('{"theirs":1}'), ...answer, headers: said };
  const run: BoundHandler = { kind: 'read', run: () => ({ passed }) };
  world = await startTestEdge({ handlers: { getMotto: run, getNote: run }, edge: { baseUrl: 'https://api.test' } });
  const authorization = `Bearer ${await world.token()}`;
  const response = await fetch(`${world.url}/notes/v1${path}`, { redirect: 'manual', headers: { authorization } });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe('an answer that is passed on', () => {
  it('has the fields that are for the caller, each as often as it was said', async () => {
    const { headers } = await told({
      'content-type': 'application/json; charset=utf-8',
      etag: 'W/"7"',
      link: '</next>; rel="next"',
      location: 'https://elsewhere.example/',
      'x-request-id': 'r1',
      'set-cookie': ['basket=1; Path=/', 'theme=dark'],
    });
    const names = ['content-type', 'etag', 'link', 'location', 'x-request-id'];
    expect(names.map((name) => headers.get(name))).toEqual([
      'application/json; charset=utf-8',
      'W/"7"',
      '</next>; rel="next"',
      'https://elsewhere.example/',
      'r1',
    ]);
    expect(headers.getSetCookie()).toEqual(['basket=1; Path=/', 'theme=dark']);
  });

  it('has nothing of the connection, of our sessions, and of what is ours to say', async () => {
    const strangers: Fields = {
      connection: 'keep-alive, X-Hop',
      'x-hop': '1',
      'keep-alive': 'timeout=99',
      'proxy-authenticate': 'Basic',
      'content-length': '999',
      'alt-svc': 'h2="in.side:443"',
      'access-control-allow-origin': '*',
      'plinth-deadline': '1',
      'idempotent-replayed': 'true',
      ratelimit: '"theirs";r=1',
      'x-odd': 'line\r\nbreak',
      'set-cookie': ['plinth=stolen', '__Host-plinth=stolen; Secure; Path=/', 'Plinth_flow=x'],
      traceparent: '00-11111111111111111111111111111111-1111111111111111-01',
      'plinth-contract': 'theirs 9',
      'strict-transport-security': 'max-age=0',
      'referrer-policy': 'unsafe-url',
      'x-content-type-options': 'guess',
    };
    const { headers, text } = await told(strangers);
    expect(text).toBe('{"theirs":1}');
    for (const [name, said] of Object.entries(strangers))
      for (const value of [said].flat()) expect.soft(headers.get(name) ?? '', name).not.toContain(value);
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
    expect(headers.get('plinth-contract')).toMatch(/^notes 1/);
  });

  it.each<[string, Fields, string | null, string | null]>([
    ['/motto', {}, 'no-store', null],
    ['/motto', { 'cache-control': 'max-age=60', vary: 'accept' }, 'max-age=60', 'accept'],
    ['/notes/note_ada1', { 'cache-control': 'public, max-age=60' }, 'public, max-age=60', 'authorization, cookie'],
  ])('of %s with %j may be kept as they say: %s, by %s', async (path, said, cacheControl, vary) => {
    const { headers } = await told(said, {}, path);
    expect([headers.get('cache-control'), headers.get('vary')]).toEqual([cacheControl, vary]);
  });

  it('may have no body, and then has no type', async () => {
    const { status, headers } = await told({ etag: '"7"' }, { status: 304, body: Buffer.alloc(0) });
    expect([status, headers.get('etag'), headers.get('content-type')]).toEqual([304, '"7"', null]);
  });
});

const sent = (fields: string[]) => ({ query: '', fields, body: undefined });

describe('a request that is passed on', () => {
  it('has its fields but those of the connection, those that are ours, and those that are kept', () => {
    const passed = ['Accept', 'text/html', 'If-None-Match', '"7"', 'X-Ours', 'a', 'x-ours', 'b'];
    const kept = [
      'Connection',
      'close, X-Hop',
      'X-Hop',
      '1',
      'TE',
      'trailers',
      'Host',
      'a',
      'Authorization',
      'Bearer t',
    ];
    const judged = ['X-Method-Override', 'DELETE', 'X-Original-URL', '/admin', 'X_Ours', 'c', 'X-Key', 'k'];
    const ours = ['Plinth-Deadline', '1', 'X-Forwarded-For', '::1', 'Content-Length', '3', 'traceparent', '00-x'];
    const { fields } = fieldsPassed(sent([...kept, ...passed, ...judged, ...ours]), (name) => name === 'x-key');
    expect(fields).toEqual(['accept', 'text/html', 'if-none-match', '"7"', 'x-ours', 'a', 'x-ours', 'b']);
  });

  it('has its cookies but ours', () => {
    const fields = ['Cookie', 'basket=1; plinth=s; __Host-plinth=s; plinth_flow=f', 'cookie', 'theme=dark;'];
    expect(fieldsPassed(sent(fields), () => false)).toEqual({ fields: [], cookies: ['basket=1', 'theme=dark'] });
  });
});
