import { describe, expect, it } from 'vitest';
import { evaluate, type ExchangeSeen, fillText } from './expression.ts';

const seen: ExchangeSeen = {
  key: '1',
  url: 'https://shop.test/orders?limit=5',
  method: 'post',
  status: 201,
  input: { id: 'ord_1', limit: 5, body: { hook: 'https://a.test/h', lines: [{ sku: 'x' }] } },
  requestHeader: (name) => ({ 'x-tenant': 'blue' })[name],
  responseHeaders: { location: '/orders/1' },
  responseBody: { id: 'ord_1', 'a/b': 2 },
};

describe('a runtime expression', () => {
  it.each([
    ['$url', 'https://shop.test/orders?limit=5'],
    ['$method', 'POST'],
    ['$statusCode', 201],
    ['$request.path.id', 'ord_1'],
    ['$request.query.limit', 5],
    ['$request.header.X-Tenant', 'blue'],
    ['$request.body#/lines/0/sku', 'x'],
    ['$response.header.Location', '/orders/1'],
    ['$response.body#/id', 'ord_1'],
    ['$response.body#/a~1b', 2],
    ['$response.body', { id: 'ord_1', 'a/b': 2 }],
    ['$response.body#/none', undefined],
    ['$response.query.limit', undefined],
    ['$request.cookie.a', undefined],
    ['id', undefined],
  ])('%s is what the exchange says', (expression, value) => {
    expect(evaluate(expression, seen)).toEqual(value);
  });

  it('fills a text only when all of it has a value that can stand there', () => {
    expect(fillText('{$request.body#/hook}?id={$response.body#/id}', seen)).toBe('https://a.test/h?id=ord_1');
    expect(fillText('{$request.body#/none}/x', seen)).toBeUndefined();
    expect(fillText('{$request.body}/x', seen)).toBeUndefined();
  });
});
