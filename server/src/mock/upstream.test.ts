import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { shop, startMock, type TestMock } from './test-mock.ts';
import { type Pair, Upstream } from './upstream.ts';

const pairs: Pair[] = [];
let mock: TestMock;
const asked: { url: string; authorization: string | undefined; body: string }[] = [];
const real = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    asked.push({ url: request.url ?? '', authorization: request.headers.authorization, body });
    response.writeHead(201, { 'content-type': 'application/json', 'x-real': 'yes', 'set-cookie': ['a=b', 'c=d'] });
    response.end('{"id":"o1","product":7}');
  });
});

beforeEach(async () => {
  pairs.length = 0;
  asked.length = 0;
  await new Promise<void>((resolve) => real.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(real.address() as AddressInfo).port}/v2`);
  const upstream = new Upstream({ url, operations: new Set(['placeOrder']), record: (pair) => pairs.push(pair) });
  mock = await startMock(shop, { upstream });
});
afterEach(async () => {
  await mock.server.close();
  await new Promise((resolve) => {
    real.close(resolve);
    real.closeAllConnections();
  });
});

it('named operations are answered by the real server as it answers, the others by the mock', async () => {
  const answer = await mock.post('/orders?x=1', { product: 'Tea' }, { authorization: 'Bearer secret' });
  expect([answer.status, answer.headers.get('x-real'), await answer.text()]).toEqual([
    201,
    'yes',
    '{"id":"o1","product":7}',
  ]);
  expect(answer.headers.getSetCookie()).toEqual(['a=b', 'c=d']);
  expect(asked).toEqual([{ url: '/v2/orders?x=1', authorization: 'Bearer secret', body: '{"product":"Tea"}' }]);
  expect((await mock.get('/orders')).headers.get('x-real')).toBeNull();
});

it('both sides are judged by the contract, and the pair is recorded without credentials', async () => {
  await mock.post('/orders', { product: 1 }, { authorization: 'Bearer secret' });
  expect(pairs).toMatchObject([
    {
      at: '2026-11-24T12:00:00Z',
      operation: 'placeOrder',
      request: { method: 'POST', target: '/orders', body: { product: 1 }, headers: { authorization: '(hidden)' } },
      response: { status: 201, body: { id: 'o1', product: 7 }, headers: { 'set-cookie': '(hidden)' } },
      findings: [
        { in: 'body', pointer: '/product', message: 'Must be text.' },
        { in: 'response', rule: 'answer' },
      ],
    },
  ]);
  const { requests } = (await (await mock.get('/__plinth/requests')).json()) as { requests: unknown[] };
  expect(requests).toMatchObject([{ real: true, findings: [{ in: 'body' }, { in: 'response' }] }]);
});

it('a real server that is not there is a 502 that says so', async () => {
  await new Promise((resolve) => real.close(resolve));
  const answer = await mock.post('/orders', { product: 'Tea' });
  expect(answer.status).toBe(502);
  expect(await answer.json()).toMatchObject({ code: 'upstream-failed' });
  await new Promise<void>((resolve) => real.listen(0, '127.0.0.1', resolve));
});
