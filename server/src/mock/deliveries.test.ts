import { createPublicKey, verify } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@plinth/contract';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startMock, type TestMock } from './test-mock.ts';

const text = `
openapi: 3.1.0
info: { title: Shop, version: 1.0.0 }
webhooks:
  orderCreated:
    post:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [type, data]
              properties: { type: { const: order.created }, data: { $ref: '#/components/schemas/Order' } }
      responses: { '204': { description: Thanks. } }
paths:
  /orders:
    post:
      operationId: placeOrder
      requestBody:
        content:
          application/json: { schema: { type: object, properties: { product: { type: string }, hook: { type: string } } } }
      callbacks:
        shipped:
          '{$request.body#/hook}/{$response.body#/id}':
            post:
              requestBody:
                content:
                  application/json:
                    schema: { type: object, required: [id, product], properties: { id: { type: string }, product: { type: string } } }
              responses: { '204': { description: Thanks. } }
      responses: { '201': { description: Placed., content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } } }
  /orders/{id}:
    get:
      operationId: readOrder
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: One., content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } } }
  /webhook-endpoints:
    get:
      operationId: listEndpoints
      responses: { '200': { description: Some., content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Endpoint' } } } } } }
    post:
      operationId: subscribe
      requestBody: { content: { application/json: { schema: { type: object, properties: { url: { type: string }, events: { type: array, items: { type: string } } } } } } }
      responses: { '201': { description: Made., content: { application/json: { schema: { $ref: '#/components/schemas/Endpoint' } } } } }
components:
  schemas:
    Order:
      type: object
      required: [id, product]
      properties: { id: { type: string }, product: { type: string } }
    Endpoint:
      type: object
      required: [id, url]
      properties: { id: { type: string }, url: { type: string }, events: { type: array, items: { type: string } } }
`;

interface Got {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

const got: Got[] = [];
const answers: number[] = [];
let receiver: Server;
let home: string;
let mock: TestMock;

beforeEach(async () => {
  got.length = 0;
  answers.length = 0;
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      got.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(answers.shift() ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  home = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  mock = await startMock(text);
});
afterEach(async () => {
  await mock.server.close();
  await new Promise((resolve) => receiver.close(resolve));
});

const until = (count: number) => vi.waitFor(() => expect(got).toHaveLength(count));
const deliveries = async () =>
  (await (await mock.get('/__plinth/deliveries')).json()) as {
    secret: string;
    publicKey: string;
    deliveries: JsonObject[];
  };

it('a callback goes where the request says, with what was answered, and its signature is right', async () => {
  const order = (await (await mock.post('/orders', { product: 'Tea', hook: `${home}/done` })).json()) as JsonObject;
  await until(1);
  const [message] = got as [Got];
  expect(message.path).toBe(`/done/${order['id'] as string}`);
  expect(JSON.parse(message.body)).toEqual({ id: order['id'], product: 'Tea' });
  const { secret, publicKey } = await deliveries();
  vi.useFakeTimers({ now: new Date('2026-11-24T12:00:00Z'), toFake: ['Date'] });
  expect(new Webhook(secret).verify(message.body, message.headers as Record<string, string>)).toEqual(
    JSON.parse(message.body),
  );
  vi.useRealTimers();
  const [, keyed = ''] = String(message.headers['webhook-signature']).split(' v1a,');
  const { 'webhook-id': id, 'webhook-timestamp': time } = message.headers;
  const x = Buffer.from(publicKey.replace('whpk_', ''), 'base64').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const text = Buffer.from(`${String(id)}.${String(time)}.${message.body}`);
  expect(verify(null, text, key, Buffer.from(keyed, 'base64'))).toBe(true);
});

it('what is not taken is tried again when the mock’s clock says so, under the same id', async () => {
  answers.push(500, 503);
  await mock.post('/orders', { product: 'Tea', hook: `${home}/done` });
  await until(1);
  await mock.post('/__plinth/clock', { advance: 'PT4S' });
  await mock.get('/__plinth/clock');
  expect(got).toHaveLength(1);
  await mock.post('/__plinth/clock', { advance: 'PT1S' });
  await until(2);
  await vi.waitFor(async () => expect((await deliveries()).deliveries[0]?.['nextAt']).toBe('2026-11-24T12:00:35Z'));
  await mock.post('/__plinth/clock', { advance: 'PT30S' });
  await until(3);
  expect(new Set(got.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  await vi.waitFor(async () => expect((await deliveries()).deliveries[0]).toMatchObject({ state: 'delivered' }));
});

it('the callback of a job follows its end', async () => {
  const later = await startMock(text.replace("'201': { description: Placed.", "'202': { description: Begun."));
  try {
    await later.post('/orders', { product: 'Tea', hook: `${home}/first` });
    await later.post('/orders', { product: 'Tea', hook: `${home}/second` });
    const { jobs } = (await (await later.get('/__plinth/jobs')).json()) as { jobs: JsonObject[] };
    expect(got).toHaveLength(0);
    await later.post(`/__plinth/jobs/${jobs[1]?.['id'] as string}/finish`, {});
    await until(1);
    expect(got[0]?.path).toContain('/second/');
    await later.post('/__plinth/clock', { advance: 'PT10S' });
    await until(2);
    expect(JSON.parse(got[1]?.body ?? '')).toEqual({ id: jobs[0]?.['id'], product: 'Tea' });
  } finally {
    await later.server.close();
  }
});

it('a webhook goes to those who subscribed to it', async () => {
  await mock.post('/webhook-endpoints', { url: `${home}/all` });
  await mock.post('/webhook-endpoints', { url: `${home}/some`, events: ['order-created'] });
  await mock.post('/webhook-endpoints', { url: `${home}/others`, events: ['order.cancelled'] });
  const order = (await (await mock.post('/orders', { product: 'Tea' })).json()) as JsonObject;
  await until(2);
  expect(got.map(({ path }) => path).toSorted()).toEqual(['/all', '/some']);
  expect(JSON.parse(got[0]?.body ?? '')).toEqual({ type: 'order.created', data: order });
  // Endpoints that the mock made up were not even tried.
  expect((await deliveries()).deliveries).toHaveLength(2);
});

it('nothing goes to other machines', async () => {
  await mock.post('/orders', { product: 'Tea', hook: 'https://elsewhere.example/hook' });
  expect((await deliveries()).deliveries).toMatchObject([{ kind: 'callback', state: 'refused', attempts: [] }]);
  const refused = await mock.post('/__plinth/webhooks/orderCreated', { url: 'http://10.0.0.1/' });
  expect(refused.status).toBe(403);
  expect((await mock.post('/__plinth/webhooks/orderCreated', { url: `${home}/x` })).status).toBe(200);
  await until(1);
});
