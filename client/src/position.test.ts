import { expect, it } from 'vitest';
import { ordersOperations } from './generated/orders.ts';
import { createClient, type OperationDescriptor } from './index.ts';

/** A client whose answers tell these positions, one each; and what its requests carried. */
function clientTold(positions: (string | undefined)[]) {
  const sent: (string | undefined)[] = [];
  const client = createClient({
    baseUrl: 'https://northfold.example',
    fetch: async (_, init) => {
      sent.push((init.headers as Record<string, string>)['plinth-position']);
      const told = positions[sent.length - 1];
      return Response.json(
        { items: [], next: null },
        told === undefined ? {} : { headers: { 'Plinth-Position': told } },
      );
    },
  });
  const call = (operation: OperationDescriptor) =>
    client.safe(operation, { orderId: 'ord_1', body: { lines: [], payment: {} } });
  return { call, sent };
}

const { placeOrder, getOrder, listOrders } = ordersOperations;
const foreign = { foreign: true } as const;

it('what a write was answered with goes with every read from then on', async () => {
  const { call, sent } = clientTold([undefined, '41']);
  for (const operation of [getOrder, placeOrder, getOrder, listOrders]) await call(operation);
  expect(sent).toEqual([undefined, undefined, '41', '41']);
});

it('the greatest counts, whatever comes later, and writes carry none', async () => {
  const { call, sent } = clientTold(['9', '120', '20', undefined]);
  for (const operation of [placeOrder, placeOrder, placeOrder, getOrder]) await call(operation);
  expect(sent).toEqual([undefined, undefined, undefined, '120']);
});

it.each(['', '-1', '7, 8', 'soon'])('“%s” is no position', async (told) => {
  const { call, sent } = clientTold([told]);
  for (const operation of [placeOrder, getOrder]) await call(operation);
  expect(sent).toEqual([undefined, undefined]);
});

it('another API neither tells one nor is told', async () => {
  const { call, sent } = clientTold(['5', '900']);
  for (const operation of [placeOrder, { ...placeOrder, ...foreign }, { ...getOrder, ...foreign }, getOrder])
    await call(operation);
  expect(sent).toEqual([undefined, undefined, undefined, '5']);
});

it('a read that is sent with a body, as a search is, carries none', async () => {
  const { call, sent } = clientTold(['5']);
  for (const operation of [placeOrder, { ...getOrder, method: 'POST' }]) await call(operation);
  expect(sent).toEqual([undefined, undefined]);
});
