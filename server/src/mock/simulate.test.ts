import { afterEach, expect, it } from 'vitest';
import { shop, startMock, type TestMock } from './test-mock.ts';

let mock: TestMock;
afterEach(() => mock.server.close());

const simulate = (what: string): Record<string, string> => ({ 'plinth-simulate': what });
const count = async (): Promise<number> => ((await (await mock.get('/orders')).json()) as unknown[]).length;

it.each([
  ['429', 429, 'rate-limited', '1'],
  ['500', 500, 'internal', '1'],
  ['503', 503, 'overloaded', '1'],
])('%s is the refusal of the edge, and changes nothing', async (what, status, code, after) => {
  mock = await startMock(shop.replace(/\n +'503': .*/, ''));
  const before = await count();
  const answer = await mock.post('/orders', { product: 'Tea' }, simulate(what));
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, after]);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(await answer.json()).toMatchObject({ status, code });
  expect(await count()).toBe(before);
});

it('of a contract with words of its own is told in these', async () => {
  mock = await startMock(shop);
  const answer = await mock.post('/orders', { product: 'Tea' }, simulate('503'));
  expect([answer.status, await answer.json()]).toEqual([503, { wait: 5 }]);
});

it('slow answers later', async () => {
  mock = await startMock(shop);
  const startedMs = performance.now();
  const answer = await mock.post('/orders', { product: 'Tea' }, simulate('slow:200'));
  expect(answer.status).toBe(201);
  expect(performance.now() - startedMs).toBeGreaterThan(190);
});

it('drop-after-effect does the work and loses the answer', async () => {
  mock = await startMock(shop);
  const before = await count();
  await expect(mock.post('/orders', { product: 'Tea' }, simulate('drop-after-effect'))).rejects.toThrow('fetch failed');
  expect(await count()).toBe(before + 1);
});

it.each(['', '404', 'slow', 'slow:-1', 'slow:60001', 'slow:999999', 'drop', '429, 503'])(
  'anything else (%j) is refused, and changes nothing',
  async (what) => {
    mock = await startMock(shop);
    const before = await count();
    const answer = await mock.post('/orders', { product: 'Tea' }, simulate(what));
    expect(answer.status).toBe(422);
    expect(await count()).toBe(before);
  },
);

it('says what can be asked for', async () => {
  mock = await startMock(shop.replace(/\n +'422':\n.*\n.*/, ''));
  const answer = await mock.get('/orders', simulate('404'));
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    code: 'invalid-parameter',
    errors: [
      {
        in: 'header',
        pointer: '/Plinth-Simulate',
        message: 'Is one of 429, 500, 503, slow:<milliseconds up to 60000> or drop-after-effect.',
      },
    ],
  });
});
