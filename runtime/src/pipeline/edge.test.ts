import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read } from '../capability.ts';
import { reply } from '../context.ts';
import { PortError, problem } from '../kernel/index.ts';
import { ProblemBook } from './problems.ts';
import { noteOwners, notesContract, staff, startTestEdge, type TestEdge } from './test-edge.ts';
import type { Transport } from './transport.ts';

const eachItself = (ids: readonly string[]) => new Map(ids.map((id) => [id, [id]]));

let world: TestEdge;
let token: string;
/** Where the last list was asked for from. */
let channel: string;

const note = { id: 'note_ada1', text: 'milk', version: 7 };

beforeAll(async () => {
  world = await startTestEdge({
    handlers: {
      getNote: read(async (input: { noteId: string }) => {
        if (input.noteId === 'note_ada_gone') return problem('not-found');
        if (input.noteId === 'note_ada_down') throw new PortError('unavailable', 'secret host name');
        if (input.noteId === 'note_ada_bug') throw new Error('secret stack');
        if (input.noteId === 'note_ada_bad') return reply(200, { id: 1 });
        return reply(200, { ...note, id: input.noteId });
      }),
      createNote: read(async (input: { body: { text: string } }) =>
        input.body.text === 'locked'
          ? problem('notes.locked' as never, { noteId: 'n1' })
          : reply(201, { ...note, text: input.body.text }),
      ),
      replaceNote: read(async (input: { body: { text: string } }, ctx) =>
        reply(200, { ...note, text: input.body.text, version: (ctx.expectedVersion ?? 0) + 1 }),
      ),
      listNotes: read(async (input: { limit: number }, ctx) => {
        channel = ctx.principal.channel;
        return reply(200, { owner: ctx.owner ?? 'all', limit: input.limit });
      }),
    },
    edge: { standardLimits: [{ name: 'standard', per: 'principal', quota: 100_000, windowS: 60 }] },
  });
  token = await world.token();
});
afterAll(() => world.close());

interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  anonymous?: boolean;
}

async function send(path: string, { method = 'GET', headers = {}, body, anonymous }: Sent = {}) {
  const response = await fetch(world.url + path, {
    method,
    headers: { ...(anonymous ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

const strip = (body: unknown) => ({ ...(body as Record<string, unknown>), instance: '' });
const json = { 'content-type': 'application/json' };
const keyed = (key: string) => ({ ...json, 'idempotency-key': `"${key}"` });

describe('a request that is fine', () => {
  it('reaches its handler and carries contract, validator, limits and trace', async () => {
    const answer = await send('/notes/v1/notes/note_ada1');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(note);
    expect(answer.headers.get('plinth-contract')).toBe('notes 1.2.0');
    expect(answer.headers.get('etag')).toBe('"7.1.customer"');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('ratelimit-policy')).toBe('"standard";q=100000;w=60');
    expect(answer.headers.get('ratelimit')).toMatch(/^"standard";r=\d+;t=\d+$/);
    expect(answer.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  it('is answered 304 without body when the caller has this version', async () => {
    const answer = await send('/notes/v1/notes/note_ada1', { headers: { 'if-none-match': '"7.1.customer"' } });
    expect(answer.status).toBe(304);
    expect(answer.body).toBeUndefined();
  });

  it('answers HEAD like GET without the body', async () => {
    const answer = await send('/notes/v1/notes/note_ada1', { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-length')).toBe(String(JSON.stringify(note).length));
  });

  it('fills in defaults and tells the handler whose list it is', async () => {
    expect((await send('/notes/v1/notes')).body).toEqual({ owner: 'cus_ada', limit: 25 });
  });

  it('reads a body that arrives in pieces', async () => {
    const parts = ['{"te', 'xt":"mi', 'lk"}'].map((part) => new TextEncoder().encode(part));
    const response = await fetch(`${world.url}/notes/v1/notes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, ...keyed('pieces') },
      body: new ReadableStream({
        pull(controller) {
          const part = parts.shift();
          if (part === undefined) controller.close();
          else controller.enqueue(part);
        },
      }),
      duplex: 'half',
    });
    expect(response.status).toBe(201);
  });
});

describe('every refusal is a problem', () => {
  const cases: [name: string, path: string, sent: Sent, status: number, code: string][] = [
    ['an unknown path under a contract', '/notes/v1/nothing', {}, 404, 'not-found'],
    ['a trailing slash', '/notes/v1/notes/', {}, 404, 'not-found'],
    ['a method that is not offered', '/notes/v1/notes/note_ada1', { method: 'PATCH' }, 405, 'method-not-allowed'],
    ['a broken escape', '/notes/v1/notes/%E0%A4%A', {}, 400, 'malformed-request'],
    ['a target that is too long', `/notes/v1/notes?limit=${'1'.repeat(8200)}`, {}, 414, 'target-too-long'],
    ['no credential', '/notes/v1/notes', { anonymous: true }, 401, 'unauthenticated'],
    ['somebody else’s note', '/notes/v1/notes/note_bob1', {}, 404, 'not-found'],
    ['a note that is not there', '/notes/v1/notes/note_zoe1', {}, 404, 'not-found'],
    ['a bad query value', '/notes/v1/notes?limit=0', {}, 400, 'invalid-parameter'],
    ['an unknown query parameter', '/notes/v1/notes?limits=3', {}, 400, 'invalid-parameter'],
    [
      'a missing idempotency key',
      '/notes/v1/notes',
      { method: 'POST', headers: json, body: '{"text":"a"}' },
      400,
      'idempotency-key-missing',
    ],
    [
      'a malformed idempotency key',
      '/notes/v1/notes',
      { method: 'POST', headers: { ...json, 'idempotency-key': 'a b' }, body: '{"text":"a"}' },
      400,
      'idempotency-key-malformed',
    ],
    [
      'an unknown media type',
      '/notes/v1/notes',
      { method: 'POST', headers: { 'content-type': 'text/plain', 'idempotency-key': 'k' }, body: '{}' },
      415,
      'unsupported-media-type',
    ],
    [
      'another charset',
      '/notes/v1/notes',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=latin1', 'idempotency-key': 'k' },
        body: '{}',
      },
      415,
      'unsupported-media-type',
    ],
    [
      'an encoded body',
      '/notes/v1/notes',
      { method: 'POST', headers: { ...keyed('k'), 'content-encoding': 'gzip' }, body: '{}' },
      415,
      'unsupported-encoding',
    ],
    [
      'a body that is too large',
      '/notes/v1/notes',
      { method: 'POST', headers: keyed('k'), body: JSON.stringify({ text: 'x'.repeat(3000) }) },
      413,
      'body-too-large',
    ],
    ['an empty body', '/notes/v1/notes', { method: 'POST', headers: keyed('k') }, 400, 'invalid-body'],
    [
      'broken JSON',
      '/notes/v1/notes',
      { method: 'POST', headers: keyed('k'), body: '{"text":' },
      400,
      'malformed-json',
    ],
    [
      'JSON that is too deep',
      '/notes/v1/notes',
      { method: 'POST', headers: keyed('k'), body: '['.repeat(70) + ']'.repeat(70) },
      400,
      'json-not-acceptable',
    ],
    [
      'a poisoned member',
      '/notes/v1/notes',
      { method: 'POST', headers: keyed('k'), body: '{"__pr\\u006fto__":{}}' },
      400,
      'json-not-acceptable',
    ],
    [
      'a wrong type',
      '/notes/v1/notes',
      { method: 'POST', headers: keyed('k'), body: '{"text":1}' },
      400,
      'invalid-body',
    ],
    [
      'an unknown property',
      '/notes/v1/notes',
      { method: 'POST', headers: keyed('k'), body: '{"text":"a","colour":"red"}' },
      400,
      'invalid-body',
    ],
    [
      'a missing If-Match',
      '/notes/v1/notes/note_ada1',
      { method: 'PUT', headers: json, body: '{"text":"a"}' },
      428,
      'precondition-required',
    ],
    [
      'a weak If-Match',
      '/notes/v1/notes/note_ada1',
      { method: 'PUT', headers: { ...json, 'if-match': 'W/"7"' }, body: '{"text":"a"}' },
      412,
      'precondition-failed',
    ],
    [
      'a business refusal',
      '/notes/v1/notes',
      { method: 'POST', headers: keyed('k-locked'), body: '{"text":"locked"}' },
      409,
      'notes.locked',
    ],
    ['a handler’s not-found', '/notes/v1/notes/note_ada_gone', {}, 404, 'not-found'],
    ['a store that is away', '/notes/v1/notes/note_ada_down', {}, 503, 'dependency-unavailable'],
    ['a bug', '/notes/v1/notes/note_ada_bug', {}, 500, 'internal'],
    ['an answer that breaks the contract', '/notes/v1/notes/note_ada_bad', {}, 500, 'response-breaks-contract'],
    ['an operation that nobody fulfils', '/notes/v1/motto', {}, 501, 'not-implemented'],
  ];

  it.each(cases)('%s gets its problem', async (...row) => {
    const [, path, sent, status, code] = row;
    const answer = await send(path, sent);
    expect(answer.body).toMatchObject({ code, status, type: `/problems/${code}` });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body.instance).toMatch(/^urn:plinth:trace:[0-9a-f]{32}$/);
    expect(answer.body.advice.length).toBeGreaterThan(5);
    expect(JSON.stringify(answer.body)).not.toContain('secret');
  });

  it('a declared problem names the values and what can be done next', async () => {
    const answer = await send('/notes/v1/notes', {
      method: 'POST',
      headers: keyed('k-next'),
      body: '{"text":"locked"}',
    });
    expect(answer.body.detail).toBe('The note n1 is locked.');
    expect(answer.body.next).toEqual([
      { operation: 'notes.getNote', href: '/notes/v1/notes/{noteId}', title: 'See a note' },
    ]);
  });

  it('a missing object and somebody else’s answer alike', async () => {
    const [other, missing] = await Promise.all([send('/notes/v1/notes/note_bob1'), send('/notes/v1/notes/note_zoe1')]);
    expect(strip(other.body)).toEqual(strip(missing.body));
  });

  it('has no body for HEAD, and the length it would have', async () => {
    for (const path of ['/notes/v1/notes/note_bob1', '/notes/v1/nothing']) {
      const [get, head] = [await send(path), await send(path, { method: 'HEAD' })];
      expect([head.status, head.body]).toEqual([404, undefined]);
      expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
      expect(head.headers.get('content-type')).toBe('application/problem+json');
    }
  });

  it('tells fifty mistakes at most', () => {
    const errors = Array.from({ length: 60 }, (_, n) => n);
    const { value } = new ProblemBook([], '').answer('invalid-body', 't', { errors });
    expect(value).toMatchObject({ errors: errors.slice(0, 50) });
  });

  it.each([
    ['/notes/v1/notes/note_ada1', 'PATCH', 405, 'GET, HEAD, PUT, OPTIONS'],
    ['/notes/v1/notes', 'DELETE', 405, 'GET, HEAD, POST, OPTIONS'],
    ['/notes/v1/notes/note_ada1', 'OPTIONS', 204, 'GET, HEAD, PUT, OPTIONS'],
    ['/notes/v1/adverts', 'OPTIONS', 204, 'GET, HEAD, OPTIONS'],
  ])('names the methods that %s offers to %s', async (path, method, status, allow) => {
    const answer = await send(path, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([status, allow]);
  });
});

describe('who may call', () => {
  it('a scope that is missing is named in the challenge', async () => {
    const weak = await world.token({ scope: 'notes.read' });
    const answer = await send('/notes/v1/notes', {
      method: 'POST',
      headers: { ...keyed('k'), authorization: `Bearer ${weak}` },
      body: '{"text":"a"}',
    });
    expect(answer.body).toMatchObject({ code: 'insufficient-scope', status: 403 });
    expect(answer.headers.get('www-authenticate')).toContain('scope="notes.write"');
  });

  it('all scopes of one alternative are needed, and any alternative will do', async () => {
    const contract = await notesContract();
    const list = contract.operations.find(({ id }) => id === 'listNotes') as (typeof contract.operations)[0];
    list.security = [{ oidc: ['a', 'b'] }, { oidc: ['c'] }];
    const choosy = await startTestEdge({ contract, handlers: { listNotes: read(async () => reply(200, {})) } });
    const asked = async (scope: string) => {
      const headers = { authorization: `Bearer ${await choosy.token({ scope })}` };
      const { status, headers: told } = await fetch(`${choosy.url}/notes/v1/notes`, { headers });
      return [status, /scope="([^"]*)"/.exec(told.get('www-authenticate') ?? '')?.[1]];
    };
    expect(await asked('a')).toEqual([403, 'c']);
    expect(await asked('b')).toEqual([403, 'c']);
    expect(await asked('a b')).toEqual([200, undefined]);
    expect(await asked('c')).toEqual([200, undefined]);
    await choosy.close();
  });

  it.each([
    ['kiosk mobile', 'mobile', 'mobile'],
    ['kiosk mobile', 'web', 'kiosk'],
    ['kiosk mobile', undefined, 'kiosk'],
    ['web', 'mobile', 'web'],
    [undefined, 'mobile', 'mobile'],
    [undefined, 'desk', 'web'],
  ])('an application registered for %s that wishes %s comes from %s', async (registered, wished, expected) => {
    const authorization = `Bearer ${await world.token({ plinth_channels: registered })}`;
    const headers = { authorization, ...(wished === undefined ? {} : { 'plinth-channel': wished }) };
    expect((await send('/notes/v1/notes', { headers })).status).toBe(200);
    expect(channel).toBe(expected);
  });

  it('nobody may where a contract says so, and a wrong credential is nobody’s', async () => {
    const contract = await notesContract();
    const list = contract.operations.find(({ id }) => id === 'listNotes');
    list?.security?.push({});
    const open = await startTestEdge({ contract, handlers: { listNotes: read(async () => reply(200, {})) } });
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${open.url}/notes/v1/notes`, { headers })).status;
    expect(await status({})).toBe(200);
    expect(await status({ authorization: `Bearer ${await open.token()}` })).toBe(200);
    // Who is known needs no more scopes than nobody, and is still of a kind that may call.
    expect(await status({ authorization: `Bearer ${await open.token({ scope: 'other' })}` })).toBe(200);
    expect(await status({ authorization: `Bearer ${await open.token({ plinth_audience: 'device' })}` })).toBe(403);
    for (const authorization of [
      'Bearer a.b.c',
      'Bearer',
      'Basic YTpi',
      `Bearer ${await open.token({ aud: 'other' })}`,
    ])
      expect([authorization.length, await status({ authorization })]).toEqual([authorization.length, 401]);
    await open.close();
  });

  it('“me” is the caller where the caller is a customer', async () => {
    const contract = await notesContract();
    const { policy } = contract.operations.find(({ id }) => id === 'getNote') as (typeof contract.operations)[0];
    policy.ownerCheck = [{ object: 'customer', id: 'path.noteId', relation: ['owner'], deny: 404 }];
    const handlers = { getNote: read(async () => reply(200, note)) };
    const own = await startTestEdge({
      contract,
      handlers,
      binding: { owners: { note: noteOwners, customer: eachItself } },
    });
    const status = async (claims: Record<string, unknown>): Promise<number> => {
      const headers = { authorization: `Bearer ${await own.token(claims)}` };
      return (await fetch(`${own.url}/notes/v1/notes/me`, { headers })).status;
    };
    expect([await status({}), await status({ customer_id: undefined })]).toEqual([200, 404]);
    await own.close();
  });

  it('an audience that is not listed is refused', async () => {
    const device = await world.token({ plinth_audience: 'device' });
    const answer = await send('/notes/v1/notes', { headers: { authorization: `Bearer ${device}` } });
    expect(answer.body.code).toBe('audience-not-allowed');
  });

  it('staff see every list and object', async () => {
    const sue = await world.token({ plinth_audience: 'staff', sub: 'sue', customer_id: undefined });
    const headers = { authorization: `Bearer ${sue}` };
    expect((await send('/notes/v1/notes', { headers })).body.owner).toBe('all');
    expect((await send('/notes/v1/notes/note_bob1', { headers })).status).toBe(200);
  });

  it('a used up limit answers 429 with Retry-After', async () => {
    const fresh = await world.token({ customer_id: 'cus_bob', sub: 'bob' });
    const put = () =>
      send('/notes/v1/notes/note_bob1', {
        method: 'PUT',
        headers: { ...json, authorization: `Bearer ${fresh}`, 'if-match': '"7"' },
        body: '{"text":"a"}',
      });
    const answers = [await put(), await put(), await put(), await put()];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers[0]?.body.version).toBe(8);
    expect(Number(answers[3]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('an invocation', () => {
  it('gives the same answer as the request', async () => {
    const http = await send('/notes/v1/notes/note_bob1', {
      headers: { authorization: `Bearer ${await world.token({ plinth_audience: 'staff', sub: 'sue' })}` },
    });
    const call = await world.edge.invoke({
      operation: 'notes.getNote',
      principal: staff(),
      input: { noteId: 'note_bob1' },
    });
    expect(call.status).toBe(http.status);
    expect(call.body).toEqual(http.body);
    expect(call.headers['etag']).toBe(http.headers.get('etag'));
  });

  it('is refused with the same problem', async () => {
    const call = await world.edge.invoke({ operation: 'notes.listNotes', principal: staff(), input: { limit: 0 } });
    const http = await send('/notes/v1/notes?limit=0');
    expect(strip(call.body)).toEqual(strip(http.body));
  });

  it('of an unknown operation is not found', async () => {
    expect((await world.edge.invoke({ operation: 'notes.fly', principal: staff(), input: {} })).status).toBe(404);
  });
});

/** A request for the list, of one connection, that never was on a network. */
function bareRequest(headers: Record<string, string>, more: Partial<Transport>): Transport {
  const transport: Partial<Transport> = {
    method: 'GET',
    target: '/notes/v1/notes',
    address: '192.0.2.1',
    peer: '192.0.2.1',
    scheme: 'http',
    isUnproven: false,
    fields: [],
    hasBody: false,
    gone: false,
    header: (name) => headers[name],
    endConnection: () => undefined,
    ...more,
  };
  return transport as Transport;
}

it('a caller who is known reaches the handler at once, and what is learnt of the call comes after its answer', async () => {
  const happened: string[] = [];
  const quick = await startTestEdge({
    handlers: {
      listNotes: read(async () => {
        happened.push('handled');
        return reply(200, {});
      }),
    },
    edge: { onRecorded: ({ operation }) => happened.push(`recorded ${operation}`) },
  });
  const headers = { authorization: `Bearer ${await quick.token()}` };
  const connection = {};
  /** What has happened when the edge has taken the request. */
  const ask = async (): Promise<string[]> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const send = (status: number): void => {
      happened.push(`sent ${status}`);
      resolve();
    };
    happened.length = 0;
    quick.edge.serve(bareRequest(headers, { connection, send }), quick.edge.find('GET', '/notes/v1/notes'));
    const atOnce = [...happened];
    await promise;
    return atOnce;
  };
  const whole = ['handled', 'sent 200', 'recorded listNotes'];
  expect([await ask(), happened]).toEqual([[], whole]);
  expect([await ask(), happened]).toEqual([['handled'], whole]);
  await quick.close();
});

it('metrics count requests and refusals by code', async () => {
  await send('/notes/v1/notes?limit=0');
  expect(world.metrics.text()).toContain(
    'plinth_edge_refused_total{stage="validate parameters",code="invalid-parameter"}',
  );
  expect(world.metrics.text()).toContain(
    'http_server_request_duration_seconds_count{http_route="/notes/v1/notes",method="GET",status="200",url_scheme="http"}',
  );
});
