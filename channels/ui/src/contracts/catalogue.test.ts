import { expect, test } from 'vitest';
import { check } from '../form/check.ts';
import { inputSchema } from '../form/operation-form.tsx';
import { readCatalogue } from './catalogue.ts';
import { properties, type Schema } from './schema.ts';

const bundle = {
  paths: {
    '/orders/v1/orders/{orderId}/cancellations': {
      parameters: [{ $ref: '#/components/parameters/orders.orderId' }],
      post: {
        operationId: 'cancelOrder',
        summary: 'Cancel an order',
        'x-plinth': {
          capability: 'orders',
          audience: ['customer'],
          effect: 'destructive',
          idempotency: 'required',
          skill: { from: { orderId: { operation: 'listOrders', items: 'items', value: 'id', label: 'number' } } },
        },
        requestBody: {
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: {
                  reason: { type: 'string' },
                  customerId: { type: 'string', description: 'Staff and services only. Whose order.' },
                },
              },
            },
          },
        },
        responses: {
          201: { content: { 'application/json': { schema: { $ref: '#/components/schemas/orders.Cancellation' } } } },
        },
      },
    },
    '/customers/v1/customers/{customerId}/timeline': {
      get: {
        operationId: 'listTimeline',
        summary: 'See what happened so far',
        'x-plinth': { capability: 'customers', audience: ['customer', 'staff'] },
        parameters: [
          { name: 'customerId', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'limit', in: 'query', schema: { type: 'integer' } },
          { name: 'cursor', in: 'query', schema: { type: 'string' } },
        ],
        responses: {},
      },
    },
  },
  components: {
    parameters: {
      'orders.orderId': { name: 'orderId', in: 'path', required: true, schema: { type: 'string', title: 'Order' } },
    },
    schemas: {
      'orders.Cancellation': { type: 'object', title: 'Cancellation', properties: { state: { type: 'string' } } },
    },
  },
};

const catalogue = readCatalogue(bundle);
const operation = (key: string) => {
  const found = catalogue.byKey(key);
  if (!found) throw new Error(`${key} is missing`);
  return found;
};

test('an operation of the bundle becomes what the client sends', () => {
  const { descriptor, answer, lookUps } = operation('orders.cancelOrder');
  expect(descriptor).toEqual({
    capability: 'orders',
    id: 'cancelOrder',
    method: 'POST',
    path: '/orders/v1/orders/{orderId}/cancellations',
    params: [{ name: 'orderId', in: 'path', style: 'simple', explode: false }],
    hasBody: true,
    effect: 'destructive',
    idempotency: 'required',
  });
  expect(answer?.['title']).toBe('Cancellation');
  expect(lookUps['orderId']?.operation).toBe('listOrders');
});

test('a list read page by page says so', () => {
  expect(operation('customers.listTimeline').descriptor.paging).toEqual({ items: 'items', next: 'next' });
});

test('a customer is not asked who they are, nor for what only staff may say', () => {
  const timeline = inputSchema(operation('customers.listTimeline'), 'customer');
  expect(timeline.fixed).toEqual({ customerId: 'me' });
  expect(properties(timeline.schema)).toEqual({});
  const cancel = inputSchema(operation('orders.cancelOrder'), 'customer').schema;
  expect(Object.keys(properties(properties(cancel)['body'] as never))).toEqual(['reason']);
});

test('staff are asked whom it is about', () => {
  expect(Object.keys(properties(inputSchema(operation('customers.listTimeline'), 'staff').schema))).toEqual([
    'customerId',
  ]);
});

test('a form with files is asked for its parts, each with the types it takes', () => {
  const photo = { type: 'string', format: 'binary', title: 'Photo' };
  const body = {
    required: true,
    content: {
      'multipart/form-data': {
        schema: { type: 'object', required: ['photo'], properties: { photo, note: { type: 'string' } } },
        encoding: { photo: { contentType: 'image/png, image/jpeg' } },
      },
    },
  };
  const post = { operationId: 'attach', 'x-plinth': { capability: 'notes', effect: 'write' }, requestBody: body };
  const [operation] = [...readCatalogue({ paths: { '/notes/v1/notes': { post } } }).operations.values()];
  if (operation === undefined) throw new Error('it is not read');
  expect(operation.descriptor.media).toBe('multipart/form-data');
  const { schema } = inputSchema(operation, 'customer');
  expect(properties(properties(schema)['body'] as Schema)).toEqual({
    photo: { ...photo, contentMediaType: 'image/png, image/jpeg' },
    note: { type: 'string' },
  });
  const errors = check(schema, { body: {} }, {});
  expect([...errors]).toEqual([['/body/photo', 'Choose photo']]);
});
