import { expect, test } from 'vitest';
import { readCatalogue } from './catalogue.ts';
import { choicesOf } from './look-up.ts';

const catalogue = readCatalogue({
  paths: {
    '/cards/v1/cards': {
      get: {
        operationId: 'listCards',
        responses: {
          200: {
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: { items: { type: 'array', items: { $ref: '#/components/schemas/cards.Card' } } },
                },
              },
            },
          },
        },
      },
    },
    '/cards/v1/cards/{cardId}/freezes': {
      post: {
        operationId: 'freezeCard',
        parameters: [{ name: 'cardId', in: 'path', required: true, schema: { type: 'string' } }],
        responses: {},
      },
    },
    '/cards/v1/owners/{ownerId}/cards/{cardId}': {
      get: {
        operationId: 'getCard',
        parameters: [{ name: 'cardId', in: 'path', required: true, schema: { type: 'string' } }],
        responses: {},
      },
    },
  },
  components: {
    schemas: {
      'cards.Card': {
        type: 'object',
        properties: { id: { type: 'string' }, label: { type: 'string' }, last4: { type: 'string' } },
      },
    },
  },
});

test('a thing is looked up in the list above it', () => {
  expect(catalogue.byKey('cards.freezeCard')?.lookUps).toEqual({
    cardId: { operation: 'cards.listCards', items: 'items', value: 'id', label: 'label' },
  });
});

test('nothing is guessed where the list needs to be told more', () => {
  expect(catalogue.byKey('cards.getCard')?.lookUps).toEqual({});
});

test('equal names are told apart by the first fact that differs', () => {
  const answer = {
    items: [
      { id: '1', customerId: 'c', label: 'Everyday card', last4: '1111' },
      { id: '2', customerId: 'c', label: 'Travel card', last4: '2222' },
      { id: '3', customerId: 'c', label: 'Everyday card', last4: '3333' },
    ],
  };
  expect(choicesOf(answer, { operation: 'listCards', items: 'items', value: 'id', label: 'label' })).toEqual([
    { value: '1', label: 'Everyday card, 1111' },
    { value: '2', label: 'Travel card' },
    { value: '3', label: 'Everyday card, 3333' },
  ]);
});

test('a list that the caller may not see is not looked up', () => {
  const staffOnly = readCatalogue({
    paths: {
      '/customers/v1/customers': {
        get: {
          operationId: 'listCustomers',
          'x-plinth': { audience: ['staff'] },
          responses: {
            200: {
              content: {
                'application/json': {
                  schema: {
                    type: 'object',
                    properties: {
                      items: { type: 'array', items: { type: 'object', properties: { id: { type: 'string' } } } },
                    },
                  },
                },
              },
            },
          },
        },
      },
      '/customers/v1/customers/{customerId}': {
        patch: {
          operationId: 'updateCustomer',
          'x-plinth': { audience: ['customer', 'staff'] },
          parameters: [{ name: 'customerId', in: 'path', required: true, schema: { type: 'string' } }],
          responses: {},
        },
      },
    },
  });
  expect(staffOnly.byKey('customers.updateCustomer')?.lookUps).toEqual({});
});
