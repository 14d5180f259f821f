import type { ContractOperation } from '@plinth/channels-ui';
import { expect, test } from 'vitest';
import { exampleOf, requestExample } from './example.ts';
import { sampleIn, targetOf } from './samples.ts';

const operation = {
  key: 'orders.cancelOrder',
  capability: 'orders',
  params: [
    { name: 'orderId', in: 'path' },
    { name: 'notify', in: 'query' },
  ],
  descriptor: {
    id: 'cancelOrder',
    method: 'POST',
    path: '/orders/v1/orders/{orderId}/cancellations',
    effect: 'destructive',
    idempotency: 'required',
  },
} as unknown as ContractOperation;
const parts = {
  operation,
  base: 'http://localhost:4000',
  apiKey: 'pln_test_1',
  params: { orderId: 'ord 1', notify: '' },
  body: { reason: "It's late", parts: [1], all: true, by: null },
};

test('the target is encoded, and what is empty is left out', () => {
  expect(targetOf(parts)).toBe('/orders/v1/orders/ord%201/cancellations');
  expect(targetOf({ operation, params: { orderId: '1', notify: true } })).toContain('?notify=true');
});

test('curl survives an apostrophe', () => {
  expect(sampleIn('curl', parts)).toBe(
    [
      `curl -X POST 'http://localhost:4000/orders/v1/orders/ord%201/cancellations' \\`,
      `  -H 'Authorization: Bearer pln_test_1' \\`,
      `  -H "Idempotency-Key: $(uuidgen)" \\`,
      `  -H 'Content-Type: application/json' \\`,
      `  -d '{`,
      String.raw`  "reason": "It'\''s late",`,
      `  "parts": [`,
      `    1`,
      `  ],`,
      `  "all": true,`,
      `  "by": null`,
      `}'`,
    ].join('\n'),
  );
});

test('TypeScript uses the generated client', () => {
  const text = sampleIn('TypeScript', parts);
  expect(text).toContain(`import { createOrders } from '@plinth/client/orders';`);
  expect(text).toContain('createOrders(client).cancelOrder({\n  orderId: "ord 1",\n  body: {');
});

test('Python has its own words for true and nothing', () => {
  const text = sampleIn('Python', parts);
  expect(text).toContain('"all": True,');
  expect(text).toContain('"by": None,');
  expect(text).toContain('"parts": [\n            1,\n        ],');
});

const document = {
  components: {
    schemas: {
      Line: {
        type: 'object',
        required: ['sku'],
        properties: { sku: { type: 'string', examples: ['KETTLE-17'] }, note: { type: 'string' } },
      },
    },
  },
};
const schema = {
  type: 'object',
  required: ['lines', 'at'],
  properties: {
    lines: { type: 'array', items: { $ref: '#/components/schemas/Line' } },
    at: { type: 'string', format: 'date' },
    state: { enum: ['placed', 'sent'] },
    count: { type: 'integer', minimum: 3 },
  },
};

test('examples come from the contract, else from the schema', () => {
  expect(exampleOf(schema, document)).toEqual({
    lines: [{ sku: 'KETTLE-17', note: 'text' }],
    at: '2026-11-24',
    state: 'placed',
    count: 3,
  });
});

test('a request is as short as it may be', () => {
  expect(requestExample(schema, document)).toEqual({ lines: [{ sku: 'KETTLE-17', note: 'text' }], at: '2026-11-24' });
});
