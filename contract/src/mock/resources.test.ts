// What a mock infers from a contract that says nothing about resources.

import { describe, expect, it } from 'vitest';
import type { JsonObject, Operation } from '../model/contract.ts';
import type { MockAnswer } from './answer.ts';
import { applyJsonPatch } from './json-patch.ts';
import { shop } from './samples-shop.ts';
import { mockOf, now } from './samples.ts';

const bodyOf = (answer: MockAnswer): JsonObject => answer.body as JsonObject;
const ordersOf = (answer: MockAnswer): JsonObject[] => bodyOf(answer)['orders'] as JsonObject[];

describe('a thing there is one of', () => {
  it('is changed by a merge patch and by a JSON Patch', async () => {
    const { ask } = await mockOf(shop);
    const before = bodyOf(ask('readMe'));
    expect(bodyOf(ask('changeMe', { body: { nick: 'Ada' } }))).toEqual({ ...before, nick: 'Ada' });
    const patch = [
      { op: 'test', path: '/nick', value: 'Ada' },
      { op: 'copy', from: '/nick', path: '/name' },
      { op: 'remove', path: '/nick' },
    ];
    expect(bodyOf(ask('changeMe', { body: patch }))).toEqual({ name: 'Ada' });
    expect(bodyOf(ask('readMe'))).toEqual({ name: 'Ada' });
  });

  it('stays as it was when one operation of a JSON Patch fails', () => {
    const document = { a: [1, 2], b: { c: 1 } };
    const patch = (...operations: JsonObject[]) => applyJsonPatch(document, operations);
    expect(patch({ op: 'remove', path: '/a/0' }, { op: 'test', path: '/b/c', value: 2 })).toBe(document);
    expect(patch({ op: 'replace', path: '/b/d', value: 1 })).toBe(document);
    expect(patch({ op: 'add', path: '/a/3', value: 1 })).toBe(document);
    expect(patch({ op: 'add', path: '/a/-', value: 3 }, { op: 'move', from: '/b/c', path: '/a/0' })).toEqual({
      a: [1, 1, 2, 3],
      b: {},
    });
  });
});

describe('an order', () => {
  it('is known by the property that a Link names, links to itself and is moved by a verb behind its id', async () => {
    const { ask } = await mockOf(shop);
    const placed = ask('placeOrder', { body: { product: 'Tea' } });
    const order = bodyOf(placed);
    const number = order['number'] as string;
    expect(placed).toMatchObject({ status: 201, headers: { location: `/orders/${number}` } });
    expect(order).toMatchObject({ product: 'Tea', state: 'open' });
    expect(bodyOf(ask('readOrder', { order: number }))).toEqual(order);
    expect(bodyOf(ask('cancelOrder', { order: number }))).toMatchObject({ number, state: 'cancelled' });
    expect(bodyOf(ask('readOrder', { order: number }))).toMatchObject({ state: 'cancelled' });
  });

  it('is refused when it takes what only one may have', async () => {
    const { ask } = await mockOf(shop);
    const body = { product: 'Tea', voucher: 'SUMMER' };
    expect(ask('placeOrder', { body })).toMatchObject({ kind: 'answer' });
    expect(ask('placeOrder', { body })).toMatchObject({ status: 409, body: { currentState: 'voucher is taken' } });
    expect(ask('placeOrder', { body: { product: 'Tea' } })).toMatchObject({ status: 201 });
  });

  it('is there when the contract shows its id, else only when unknown ids appear', async () => {
    const missing = { order: 'never-seen' };
    const { ask } = await mockOf(shop);
    expect(ask('readOrder', { order: 'shown-1' })).toMatchObject({ status: 200, body: { number: 'shown-1' } });
    expect(ask('readOrder', missing)).toMatchObject({ code: 'not-found' });
    const open = await mockOf(shop, { unknownId: 'conjure' });
    expect(open.ask('readOrder', missing)).toMatchObject({ status: 200, body: { number: 'never-seen' } });
    const shut = await mockOf(shop, { unknownId: '404' });
    expect(shut.ask('readOrder', missing)).toMatchObject({ code: 'not-found' });
  });
});

describe('a list', () => {
  it('tells where its pages are, in the body and in the headers that the contract declares', async () => {
    const { ask } = await mockOf(shop);
    const second = ask('findOrders', { size: 2, page: 2 });
    expect(ordersOf(second)).toHaveLength(2);
    expect(bodyOf(second)['links']).toEqual({
      self: '/orders?page=2&size=2',
      prev: '/orders?page=1&size=2',
      next: '/orders?page=3&size=2',
      last: '/orders?page=3&size=2',
    });
    expect(second.headers).toMatchObject({ 'x-total-count': '5', 'x-region': 'eu' });
    expect(second.headers['link']).toContain('</orders?page=3&size=2>; rel="next"');
    expect(bodyOf(ask('findOrders', { size: 2, page: 3 }))['links']).not.toHaveProperty('next');
  });

  it('shows only the fields that were asked for, the id, and what must be there', async () => {
    const { ask } = await mockOf(shop);
    const [order] = ordersOf(ask('findOrders', { fields: 'href' }));
    expect(Object.keys(order ?? {}).toSorted()).toEqual(['href', 'number', 'product', 'state']);
    expect(ordersOf(ask('findOrders'))[0]).toHaveProperty('version');
  });
});

describe('preferences', () => {
  it('choose the example, the seed and whether anything is kept, and are named when followed', async () => {
    const { ask } = await mockOf(shop);
    const large = ask('quote', { body: {} }, { prefer: 'example=large' });
    expect(large).toMatchObject({ body: { price: 90 }, headers: { 'preference-applied': 'example=large' } });
    const absent = ask('quote', { body: {} }, { prefer: 'example=huge' });
    expect(absent.headers).not.toHaveProperty('preference-applied');
    const [seven, again, eight] = ['seed=7', 'seed=7', 'seed=8'].map((prefer) => ask('findOrders', {}, { prefer }));
    expect(seven?.body).toEqual(again?.body);
    expect(seven?.body).not.toEqual(eight?.body);
    const orders = bodyOf(ask('findOrders'));
    ask('placeOrder', { body: { product: 'Tea' } }, { prefer: 'state=off' });
    expect(bodyOf(ask('findOrders'))).toEqual(orders);
  });

  it('are not needed when the request is one that the contract shows', async () => {
    const { ask } = await mockOf(shop);
    expect(ask('quote', { body: { size: 9, rush: true, note: 'x' } }).body).toEqual({ price: 90 });
    expect(ask('quote', { body: { size: 1 } }).body).toEqual({ price: 1 });
    expect(ask('quote', { body: { size: 4 } }).body).toEqual({ price: 1 });
  });
});

describe('an error', () => {
  it('has the status and the form that the operation declares, with our message', async () => {
    const { ask, mock, contract } = await mockOf(shop);
    const operation = (id: string) => contract.operations.find((each) => each.id === id) as Operation;
    const problem = { status: 404, code: 'not-found', title: 'Not found', detail: 'There is no such order.' };
    expect(mock.declaredError(operation('readOrder'), problem, now)).toMatchObject({
      status: 410,
      type: 'application/json',
      body: { error: { code: 'not-found', message: 'There is no such order.' } },
    });
    expect(mock.declaredError(operation('readMe'), problem, now)).toBeUndefined();
    expect(ask('readOrder', { order: 'shown-1' }, { prefer: 'code=410' })).toMatchObject({
      status: 410,
      body: { error: { code: 'no', message: 'No.' } },
    });
  });
});

it('a version that somebody else has changed is not overwritten', async () => {
  const { ask, mock, contract } = await mockOf(shop);
  const number = bodyOf(ask('placeOrder', { body: { product: 'Tea' } }))['number'] as string;
  const operation = contract.operations.find(({ id }) => id === 'cancelOrder') as Operation;
  const version = bodyOf(ask('readOrder', { order: number }))['version'] as number;
  const cancel = (ifMatch: number) => mock.answer({ operation, input: { order: number }, now, ifMatch });
  expect(cancel(version + 1)).toMatchObject({ code: 'precondition-failed', status: 412 });
  expect(cancel(version)).toMatchObject({ body: { state: 'cancelled', version: version + 1 } });
});

const at = (hotelId: string, more: JsonObject = {}): JsonObject => ({ hotelId, number: '101', ...more });

describe('one id under two parents', () => {
  const rooms = `openapi: 3.1.0
info: { title: Rooms, version: 1.0.0 }
paths:
  /hotels/{hotelId}/rooms:
    parameters: [{ $ref: '#/components/parameters/hotelId' }]
    get: { operationId: listRooms, responses: { '200': { description: d, content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Room' } } } } } } }
  /hotels/{hotelId}/rooms/{number}:
    parameters: [{ $ref: '#/components/parameters/hotelId' }, { name: number, in: path, required: true, schema: { type: string } }]
    get: { operationId: readRoom, responses: { '200': { $ref: '#/components/responses/Room' }, '404': { description: No. } } }
    put: { operationId: setRoom, requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Room' } } } }, responses: { '200': { $ref: '#/components/responses/Room' } } }
    delete: { operationId: dropRoom, responses: { '204': { description: Gone. } } }
components:
  parameters: { hotelId: { name: hotelId, in: path, required: true, schema: { type: string } } }
  responses: { Room: { description: d, content: { application/json: { schema: { $ref: '#/components/schemas/Room' } } } } }
  schemas: { Room: { type: object, required: [number, beds], properties: { number: { type: string }, beds: { type: integer } } } }
`;

  it('is two things: each has its own content and its own end', async () => {
    const { ask } = await mockOf(rooms);
    ask('setRoom', at('ritz', { body: { number: '101', beds: 1 } }));
    ask('setRoom', at('savoy', { body: { number: '101', beds: 4 } }));
    const beds = (hotelId: string): unknown => bodyOf(ask('readRoom', at(hotelId)))['beds'];
    expect([beds('ritz'), beds('savoy')]).toEqual([1, 4]);
    const listed = (hotelId: string): unknown[] =>
      (ask('listRooms', { hotelId }).body as JsonObject[]).flatMap((room) =>
        room['number'] === '101' ? [room['beds']] : [],
      );
    expect([listed('ritz'), listed('savoy')]).toEqual([[1], [4]]);
    ask('dropRoom', at('ritz'));
    expect([ask('readRoom', at('ritz')).status, beds('savoy')]).toEqual([404, 4]);
  });
});
