import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import { compileRoutes } from './routes.ts';

const text = `
openapi: 3.1.0
info: { title: T, version: 1.0.0 }
servers: [{ url: /t/v1 }]
paths:
  /orders: { get: { operationId: list, responses: {} }, post: { operationId: make, responses: {} } }
  /orders/{id}: { get: { operationId: one, responses: {} } }
  /orders/newest: { get: { operationId: newest, responses: {} } }
  /orders/{id}:cancel: { post: { operationId: cancel, responses: {} } }
  /files/{name}.{ext}: { get: { operationId: file, responses: {} } }
  /files/{name}: { get: { operationId: plain, responses: {} } }
  /spans/{from}-{to}:export: { get: { operationId: span, responses: {} } }
  /orders/{id}/lines/{line}: { get: { operationId: line, responses: {} } }
`;
const { contract } = await load('t.yaml', { read: async () => text });
if (!contract) throw new Error('the test contract must load');
const route = compileRoutes([contract]);
const ask = (method: string, path: string): unknown => {
  const match = route(method, path);
  return match.kind === 'match' ? [match.operation.id, match.params] : match;
};

describe('routing', () => {
  it('prefers literals, then the form with more literal text', () => {
    expect(ask('GET', '/t/v1/orders/newest')).toEqual(['newest', {}]);
    expect(ask('GET', '/t/v1/orders/7')).toEqual(['one', { id: '7' }]);
    expect(ask('POST', '/t/v1/orders/7:cancel')).toEqual(['cancel', { id: '7' }]);
  });

  it('decodes each segment once, after splitting', () => {
    expect(ask('GET', '/t/v1/orders/a%2Fb/lines/1%20')).toEqual(['line', { id: 'a/b', line: '1 ' }]);
    expect(ask('GET', '/t/v1/orders/%E0%A4%A')).toEqual({ kind: 'none' });
  });

  it('tells a wrong method from a wrong path, and knows no redirects', () => {
    expect(ask('DELETE', '/t/v1/orders')).toEqual({ kind: 'method', allow: ['GET', 'HEAD', 'POST'] });
    expect(ask('HEAD', '/t/v1/orders')).toEqual(['list', {}]);
    for (const path of ['/t/v1/orders/', '/t/v1//orders', '/T/v1/orders', '/t/v1', 'orders'])
      expect(ask('GET', path)).toEqual({ kind: 'none' });
  });

  it('tells several variables of one segment apart; none may be empty', () => {
    expect(ask('GET', '/t/v1/files/report.final.pdf')).toEqual(['file', { name: 'report.final', ext: 'pdf' }]);
    expect(ask('GET', '/t/v1/files/report')).toEqual(['plain', { name: 'report' }]);
    expect(ask('GET', '/t/v1/files/.pdf')).toEqual(['plain', { name: '.pdf' }]);
    expect(ask('GET', '/t/v1/files/report.')).toEqual(['plain', { name: 'report.' }]);
    expect(ask('GET', '/t/v1/spans/1-2:export')).toEqual(['span', { from: '1', to: '2' }]);
    expect(ask('GET', '/t/v1/spans/1:export')).toEqual({ kind: 'none' });
  });
});

it('gives path variables decoded and as sent', () => {
  const match = route('GET', '/t/v1/orders/a%2Cb,c');
  expect(match).toMatchObject({ kind: 'match', params: { id: 'a,b,c' }, raw: { id: 'a%2Cb,c' } });
});
