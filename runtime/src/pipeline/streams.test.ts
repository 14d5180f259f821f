// Answers that are sent while they are made: what the caller gets of a right one, and how a wrong one ends.

import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { read, write } from '../capability.ts';
import { reply } from '../context.ts';
import { staff, notesContract, startTestEdge, type TestEdge } from './test-edge.ts';

const answering = (media: string): string =>
  `{ '200': { description: Streamed., content: { ${media}: { itemSchema: { $ref: '#/components/schemas/Note' } } } } }`;
const contractText = `
openapi: 3.2.0
info: { title: Streams, version: 1.0.0 }
servers: [{ url: /streams/v1 }]
x-plinth: { capability: streams, owner: { team: test, contact: test@example.org }, audience: [customer, staff] }
paths:
  /lines: { get: { operationId: lines, summary: Lines, security: [], responses: ${answering('application/x-ndjson')} } }
  /records: { get: { operationId: records, summary: Records, security: [], responses: ${answering('application/json-seq')} } }
  /parts: { get: { operationId: parts, summary: Parts, security: [], responses: ${answering('multipart/mixed')} } }
  /plain: { get: { operationId: plain, summary: Plain, security: [], responses: { '200': { description: Not streamed., content: { application/json: { schema: true } } } } } }
  /made: { post: { operationId: made, summary: Make, security: [], x-plinth: { effect: write, idempotency: none }, responses: ${answering('application/x-ndjson')} } }
  /events:
    get:
      operationId: events
      summary: Events
      security: []
      responses:
        '200':
          description: Streamed.
          content:
            text/event-stream:
              itemSchema:
                type: object
                required: [data]
                properties: { event: { const: note }, data: { type: string, contentMediaType: application/json, contentSchema: { $ref: '#/components/schemas/Note' } } }
components:
  securitySchemes:
    oidc: { type: openIdConnect, openIdConnectUrl: /oidc }
  schemas:
    Note: { type: object, required: [pages], properties: { pages: { type: integer, maximum: 9 } } }
`;

let running: TestEdge | undefined;
afterEach(async () => {
  running?.server.closeAllConnections();
  await running?.close();
});

async function* of<T>(...items: T[]): AsyncGenerator<T, void, void> {
  for (const item of items) {
    await wait(1);
    yield item;
  }
}

async function start(
  operation: string,
  stream: () => AsyncIterable<unknown>,
  { headers, sampled = false }: { headers?: Record<string, string>; sampled?: boolean } = {},
): Promise<TestEdge> {
  const make = operation === 'made' ? write : read;
  running = await startTestEdge({
    contract: await notesContract(contractText),
    handlers: { [operation]: make(async () => reply(200, stream(), headers)) },
    services: { database: undefined },
    edge: sampled ? { checkReplies: 'sampled' } : {},
  });
  return running;
}

const get = ({ url }: TestEdge, path: string): Promise<Response> => fetch(`${url}/streams/v1/${path}`);
const drift = ({ metrics }: TestEdge): string => /plinth_contract_drift\S* (\d+)/.exec(metrics.text())?.[1] ?? '0';

it.each([
  ['lines', 'application/x-ndjson', '{"pages":1}\n{"pages":2}\n'],
  ['records', 'application/json-seq', '\u001E{"pages":1}\n\u001E{"pages":2}\n'],
])('%s are sent item by item', async (operation, type, body) => {
  const edge = await start(operation, () => of({ pages: 1 }, { pages: 2 }));
  const response = await get(edge, operation);
  expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([200, type, body]);
  expect(response.headers.get('content-length')).toBeNull();
  expect(drift(edge)).toBe('0');
});

it('events carry data that is JSON', async () => {
  const edge = await start('events', () => of({ event: 'note', data: { pages: 1 } }));
  expect(await (await get(edge, 'events')).text()).toBe('event: note\ndata: {"pages":1}\n\n');
});

it('the first item is there before the second is made', async () => {
  const gate = Promise.withResolvers<void>();
  const edge = await start('lines', async function* () {
    yield { pages: 1 };
    await gate.promise;
    yield { pages: 2 };
  });
  const reader = (await get(edge, 'lines')).body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('{"pages":1}\n');
  gate.resolve();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('{"pages":2}\n');
});

it.each([
  ['lines', [{ pages: 1 }, { pages: 10 }]],
  ['records', [{ pages: 1 }, {}]],
  [
    'events',
    [
      { event: 'note', data: { pages: 1 } },
      { event: 'note', data: { pages: '1' } },
    ],
  ],
  [
    'events',
    [
      { event: 'note', data: { pages: 1 } },
      { event: 'other', data: { pages: 1 } },
    ],
  ],
  ['lines', [{ pages: 1 }, { pages: 1, text: 'x'.repeat(1_048_577) }]],
])('a wrong item of %s is not sent, and the answer is cut off', async (operation, items) => {
  const edge = await start(operation, () => of(...items));
  const response = await get(edge, operation);
  let seen = '';
  const reading = (async () => {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      seen += new TextDecoder().decode(chunk);
  })();
  await expect(reading).rejects.toThrow('terminated');
  expect(seen.match(/pages/g)).toHaveLength(1);
  expect(drift(edge)).toBe('1');
});

it('in production the wrong item passes and is counted as drift', async () => {
  const edge = await start('lines', () => of({ pages: 10 }, { pages: 1 }), { sampled: true });
  expect(await (await get(edge, 'lines')).text()).toBe('{"pages":10}\n{"pages":1}\n');
  expect(drift(edge)).toBe('1');
});

const part = (pages: unknown): Uint8Array =>
  new TextEncoder().encode(`--b\r\nContent-Type: application/json\r\n\r\n${JSON.stringify({ pages })}\r\n`);
const last = new TextEncoder().encode('--b--\r\n');
const mixed = { 'Content-Type': 'multipart/mixed; boundary=b' };

it('parts are judged as they pass', async () => {
  const right = await start('parts', () => of(part(1), part(2), last), { headers: mixed });
  expect(await (await get(right, 'parts')).text()).toContain('{"pages":2}');
  await right.close();
  for (const pieces of [[part(1), part('x'), last], [part(1)]]) {
    const wrong = await start('parts', () => of(...pieces), { headers: mixed });
    await expect(get(wrong, 'parts').then((response) => response.text())).rejects.toThrow('terminated');
    expect(drift(wrong)).toBe('1');
    await wrong.close();
  }
});

it('a caller that goes ends the source', async () => {
  const ended = Promise.withResolvers<void>();
  const edge = await start('lines', async function* () {
    try {
      for (;;) {
        yield { pages: 1 };
        await wait(1);
      }
    } finally {
      ended.resolve();
    }
  });
  const control = new AbortController();
  const response = await fetch(`${edge.url}/streams/v1/lines`, { signal: control.signal });
  await response.body?.getReader().read();
  control.abort();
  await expect(ended.promise).resolves.toBeUndefined();
});

it('makes no more than the caller takes', async () => {
  let made = 0;
  const edge = await start('lines', async function* () {
    for (; made < 2_000; made++) yield { pages: 1, text: 'x'.repeat(100_000) };
  });
  const response = await get(edge, 'lines');
  await response.body?.getReader().read();
  await wait(300);
  expect(made).toBeLessThan(500);
});

it('HEAD reads nothing of it', async () => {
  let made = 0;
  const edge = await start('lines', async function* () {
    yield { pages: (made += 1) };
  });
  expect((await fetch(`${edge.url}/streams/v1/lines`, { method: 'HEAD' })).status).toBe(200);
  expect(made).toBe(0);
});

it.each([
  ['plain', 'GET'],
  ['made', 'POST'],
])('%s cannot be a stream', async (operation, method) => {
  const edge = await start(operation, () => of({ pages: 1 }));
  const response = await fetch(`${edge.url}/streams/v1/${operation}`, { method });
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
    500,
    'response-breaks-contract',
  ]);
});

it('a caller in the process gets the items, judged as well', async () => {
  const { edge } = await start('lines', () => of({ pages: 1 }, { pages: 10 }));
  const { body } = await edge.invoke({ operation: 'streams.lines', principal: staff(), input: {} });
  const got: unknown[] = [];
  const reading = (async () => {
    for await (const item of body as AsyncIterable<unknown>) got.push(item);
  })();
  await expect(reading).rejects.toThrow('maximum');
  expect(got).toEqual([{ pages: 1 }]);
});

it('one ends for whose credential is withdrawn, also between two items, and is no fault of the contract', async () => {
  const gate = Promise.withResolvers<void>();
  async function* endless(): AsyncGenerator<unknown, void, void> {
    yield { pages: 1 };
    await gate.promise;
  }
  running = await startTestEdge({
    contract: await notesContract(
      contractText.replace(
        'operationId: lines, summary: Lines, security: []',
        'operationId: lines, summary: Lines, security: [{ oidc: [] }]',
      ),
    ),
    handlers: { lines: read(async () => reply(200, endless())) },
    services: { database: undefined },
  });
  const open = async (jti: string) => {
    const headers = { authorization: `Bearer ${await running?.token({ jti })}` };
    const response = await fetch(`${running?.url}/streams/v1/lines`, { headers });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('{"pages":1}\n');
    return reader;
  };
  const [mine, other] = [await open('mine'), await open('other')];
  running.authenticator.revoke('jti:mine');
  running.authenticator.streams.sweep();
  await expect(mine.read()).rejects.toThrow('terminated');
  expect(drift(running)).toBe('0');
  const next = await Promise.race([other.read().catch(() => 'cut'), wait(50, 'open')]);
  expect(next).toBe('open');
  gate.resolve();
  await other.cancel();
});
