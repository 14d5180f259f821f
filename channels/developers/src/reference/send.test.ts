import type { ContractOperation } from '@plinth/channels-ui';
import { PlinthProblem } from '@plinth/client';
import { expect, test } from 'vitest';
import { call } from './send.ts';

const operation = {
  descriptor: {
    capability: 'orders',
    id: 'cancelOrder',
    method: 'POST',
    path: '/orders/v1/orders/{orderId}/cancellations',
    params: [
      { name: 'orderId', in: 'path', style: 'simple', explode: false },
      { name: 'notify', in: 'query', style: 'form', explode: true },
    ],
    hasBody: true,
    effect: 'destructive',
    idempotency: 'required',
  },
} as unknown as ContractOperation;
const wish = { operation, params: { orderId: 'ord_1', notify: '' }, apiKey: 'pln_test_1234', body: { reason: 'Late' } };

test('a refusal is an answer: shown as it came, with what was sent and without the key', async () => {
  const document = { code: 'orders.already-shipped', title: 'Too late' };
  const fetch = async (): Promise<Response> =>
    Response.json(document, { status: 409, headers: { traceparent: '00-4bf9-00f0-01', 'retry-after': '5' } });
  const answer = await call(wish, { fetch });
  expect(answer).toMatchObject({ status: 409, requestId: '4bf9' });
  expect(answer.headers).toContain('retry-after: 5');
  expect(JSON.parse(answer.body)).toEqual(document);
  expect(answer.request).toMatch(/^POST \/orders\/v1\/orders\/ord_1\/cancellations\n/);
  expect(answer.request).toContain('authorization: Bearer ••••1234');
  expect(answer.request).toMatch(/idempotency-key: [\da-f-]{36}/);
  expect(answer.request).not.toContain('pln_test');
});

const refused = async (): Promise<Response> => Promise.reject(new TypeError('refused'));

test('when nobody answers, it says so; a path with a hole is not sent', async () => {
  const timing = { now: () => 0, random: () => 0, wait: async () => undefined };
  await expect(call(wish, { fetch: refused, timing })).rejects.toThrow(PlinthProblem);
  await expect(call({ ...wish, params: {} }, { fetch: refused })).rejects.toThrow('cancelOrder needs orderId.');
});
