import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { write } from '../../capability.ts';
import { reply } from '../../context.ts';
import { notesContract, startTestEdge, type TestEdge } from '../test-edge.ts';
import { mostRatio } from './unpack.ts';

const bodyBytes = 8_000;
const operation = (id: string, keys: string): string => `
    post:
      operationId: ${id}
      summary: Record
      security: []
      x-plinth: { effect: write, idempotency: none, size: { bodyBytes: ${bodyBytes} }, ${keys} }
      requestBody: { required: true, content: { application/json: { schema: { type: object } } } }
      responses: { '202': { description: Recorded., content: { application/json: { schema: { type: object } } } } }`;
const contractText = `
openapi: 3.1.0
info: { title: Seen, version: 1.0.0, description: What was seen. }
servers: [{ url: /seen/v1 }]
x-plinth: { capability: seen, owner: { team: test, contact: test@example.org }, audience: [customer] }
paths:
  /signals:${operation('recordSeen', 'criticality: sheddable')}
  /orders:${operation('orderSeen', 'criticality: critical')}
`;

let world: TestEdge;
let seen: unknown[] = [];
beforeAll(async () => {
  const handler = write(async ({ body }: { body: unknown }) => {
    seen.push(body);
    return reply(202, {});
  });
  world = await startTestEdge({
    contract: await notesContract(contractText),
    handlers: { recordSeen: handler, orderSeen: handler },
    services: { database: undefined },
  });
});
afterAll(() => world.close());
beforeEach(() => {
  seen = [];
});

async function send(body: Uint8Array, encoding = 'gzip', path = '/signals') {
  const response = await fetch(`${world.url}/seen/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': encoding },
    body: new Uint8Array(body),
  });
  const { code, errors } = (await response.json()) as { code?: string; errors?: { message: string }[] };
  return { status: response.status, code, errors, accepted: response.headers.get('accept-encoding') };
}

/** A body of exactly so many bytes, which is not much shorter when it is packed. */
function bodyOf(bytes: number): Buffer {
  const noise = Array.from({ length: bytes }, (_, n) => ((n * 2_654_435_761) % 4_294_967_296).toString(36)).join('');
  return Buffer.from(JSON.stringify({ a: noise.slice(0, bytes - 8) }));
}

it.each(['gzip', 'GZIP', 'x-gzip'])('signals may come as %s', async (encoding) => {
  expect(await send(gzipSync('{"a":"ä"}'), encoding)).toMatchObject({ status: 202 });
  expect(seen).toEqual([{ a: 'ä' }]);
});

it('no other encoding is taken, and nothing but signals', async () => {
  const body = gzipSync('{}');
  for (const encoding of ['br', 'deflate', 'zstd', 'gzip, gzip', 'gzip;q=1']) {
    const refused = await send(deflateSync('{}'), encoding);
    expect(refused).toMatchObject({ status: 415, code: 'unsupported-encoding', accepted: 'gzip' });
  }
  expect(await send(body, 'gzip', '/orders')).toMatchObject({
    status: 415,
    code: 'unsupported-encoding',
    accepted: 'identity',
  });
  expect(await send(Buffer.from('{}'), 'identity', '/orders')).toMatchObject({ status: 202 });
  expect(seen).toEqual([{}]);
});

it('unpacked, a body has the size of others', async () => {
  const whole = bodyOf(bodyBytes);
  expect(whole).toHaveLength(bodyBytes);
  expect(await send(gzipSync(whole))).toMatchObject({ status: 202 });
  const more = bodyOf(bodyBytes + 1);
  expect(gzipSync(more).length).toBeLessThan(bodyBytes);
  expect(await send(gzipSync(more))).toMatchObject({ status: 413, code: 'body-too-large', errors: undefined });
  expect(seen).toHaveLength(1);
});

const packed = (spaces: number): Buffer => gzipSync(`{}${' '.repeat(spaces)}`);

it('a body grows twentyfold and no more', async () => {
  // Spaces around JSON may be as many as one likes: of the same packed size, one at the limit and one beyond.
  let spaces = 0;
  while (packed(spaces + 1).length * mostRatio >= spaces + 3) spaces += 1;
  expect(await send(packed(spaces))).toMatchObject({ status: 202 });
  expect(await send(packed(spaces + 1))).toMatchObject({
    status: 413,
    code: 'body-too-large',
    errors: [{ in: 'header', pointer: '/content-encoding', message: expect.stringContaining('20 times') }],
  });
});

it('what cannot be unpacked is malformed', async () => {
  const good = gzipSync('{"a":1}');
  const changed = Buffer.from(good);
  changed[changed.length - 6] = (changed[changed.length - 6] as number) ^ 1;
  const broken = [Buffer.from('{}'), good.subarray(0, -3), changed, Buffer.concat([good, Buffer.from('and more')])];
  for (const body of broken) {
    const refused = await send(body);
    expect(refused).toMatchObject({ status: 400, code: 'invalid-body', errors: [{ rule: 'content-encoding' }] });
  }
  expect(await send(gzipSync('{"a":'))).toMatchObject({ status: 400, code: 'malformed-json' });
  expect(await send(gzipSync(''))).toMatchObject({ status: 400, code: 'invalid-body' });
  expect(seen).toEqual([]);
});

it('a bomb is refused without being unpacked', async () => {
  const bomb = gzipSync(Buffer.alloc(5_000_000, ' '));
  expect(bomb.length).toBeLessThan(bodyBytes);
  expect(await send(bomb)).toMatchObject({ status: 413, code: 'body-too-large' });
});
