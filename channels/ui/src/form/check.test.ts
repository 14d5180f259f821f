import { expect, test } from 'vitest';
import { check } from './check.ts';
import { startValues, tidyValues } from './values.ts';

const newOrder = {
  type: 'object',
  required: ['lines', 'payment'],
  properties: {
    lines: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['sku', 'quantity'],
        properties: {
          sku: { type: 'string', title: 'Article', maxLength: 40 },
          quantity: { type: 'integer', title: 'How many', minimum: 1, maximum: 20, default: 1 },
        },
      },
    },
    payment: {
      type: 'object',
      required: ['method'],
      properties: { method: { type: 'string', title: 'Card' }, points: { type: 'integer' } },
    },
    note: { type: 'object', properties: { text: { type: 'string' } } },
  },
};

const faults = (values: unknown): Record<string, string> =>
  Object.fromEntries(check(newOrder, tidyValues(newOrder, values, {}), {}));

test('a form starts with the defaults and one row where one is needed', () => {
  expect(startValues(newOrder, {})).toEqual({ lines: [{ quantity: 1 }] });
});

test('what is missing is asked for at the field where it is entered', () => {
  expect(faults({ lines: [{ sku: '', quantity: '1' }] })).toEqual({
    '/lines/0/sku': 'Enter article',
    '/payment/method': 'Enter card',
  });
});

test('numbers are read as people type them, and refused with the bound', () => {
  const payment = { method: 'card_ok' };
  expect(faults({ lines: [{ sku: 'KETTLE-17', quantity: '3' }], payment })).toEqual({});
  expect(faults({ lines: [{ sku: 'KETTLE-17', quantity: '0' }], payment })).toEqual({
    '/lines/0/quantity': 'Enter 1 or more',
  });
  expect(faults({ lines: [{ sku: 'KETTLE-17', quantity: 'two' }], payment })).toEqual({
    '/lines/0/quantity': 'Enter a whole number',
  });
});

test('an optional group left empty is not sent', () => {
  const values = { lines: [{ sku: 'KETTLE-17', quantity: '1' }], payment: { method: 'card_ok' }, note: { text: '' } };
  expect(tidyValues(newOrder, values, {})).toEqual({
    lines: [{ sku: 'KETTLE-17', quantity: 1 }],
    payment: { method: 'card_ok' },
  });
});

test('of several branches the nearest one explains', () => {
  const either = {
    oneOf: [
      { type: 'object', required: ['iban'], properties: { iban: { type: 'string', title: 'IBAN' } } },
      {
        type: 'object',
        required: ['phone', 'name'],
        properties: { phone: { type: 'string' }, name: { type: 'string' } },
      },
    ],
  };
  expect(Object.fromEntries(check(either, {}, {}))).toEqual({ '/iban': 'Enter IBAN' });
});
