// A mock server for tests. Not part of the product.

import { type Contract, load } from '@plinth/contract/serving';
import { mockClock } from './clock.ts';
import { MockServer, type MockServerOptions } from './mock-server.ts';

export const shop = `
openapi: 3.1.0
info: { title: Shop, version: 1.0.0 }
security: [{ bearer: [] }]
paths:
  /orders:
    get:
      operationId: listOrders
      responses:
        '200':
          description: Some.
          content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Order' } } } }
    post:
      operationId: placeOrder
      requestBody:
        required: true
        content:
          application/json: { schema: { type: object, required: [product], properties: { product: { type: string } } } }
      responses:
        '201': { description: Placed., content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
        '422':
          description: No.
          content: { application/vnd.fault+json: { schema: { type: object, required: [message], properties: { message: { type: string } } } } }
        '503': { description: Later., content: { application/json: { schema: { type: object, required: [wait], properties: { wait: { type: integer, const: 5 } } } } } }
  /orders/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get:
      operationId: readOrder
      responses: { '200': { description: One., content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } } }
components:
  securitySchemes: { bearer: { type: http, scheme: bearer } }
  schemas:
    Order:
      type: object
      required: [id, product, placedAt]
      properties:
        id: { type: string }
        product: { type: string }
        placedAt: { type: string, format: date-time }
`;

export async function contractOf(text: string, foreign = true): Promise<Contract> {
  const { contract, findings } = await load('contract.yaml', { read: () => Promise.resolve(text), foreign });
  if (!contract) throw new Error(JSON.stringify(findings));
  return contract;
}

export interface TestMock {
  server: MockServer;
  url: string;
  get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>;
}

export async function startMock(text: string, options: Partial<MockServerOptions> = {}): Promise<TestMock> {
  const server = new MockServer([await contractOf(text)], {
    seed: 1,
    clock: mockClock('manual', Temporal.Instant.from('2026-11-24T12:00:00Z')),
    unknownId: 'auto',
    keepsState: true,
    auth: 'off',
    tokens: undefined,
    latencyMs: undefined,
    faults: [],
    callbackHosts: [],
    upstream: undefined,
    controlToken: undefined,
    state: {},
    failed: (error) => {
      throw error;
    },
    changed: () => {},
    ...options,
  });
  const url = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`;
  return {
    server,
    url,
    get: (path, headers = {}) => fetch(url + path, { headers }),
    post: (path, body, headers = {}) =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
  };
}
