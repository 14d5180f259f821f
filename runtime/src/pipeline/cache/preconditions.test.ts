import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { read } from '../../capability.ts';
import { reply } from '../../context.ts';
import { Shop } from './test-shop.ts';

let shop: Shop;

afterEach(() => shop.close());

describe('validators', () => {
  beforeEach(async () => {
    shop = await Shop.open('{ ttl: PT1M }');
  });

  it('are the version where there is one, else a digest that changes with the body', async () => {
    expect((await shop.get()).headers.get('etag')).toMatch(/^"[\w-]{16}"$/);
    const other = await shop.get('/second');
    expect(other.headers.get('etag')).not.toBe((await shop.get()).headers.get('etag'));
    shop.answers = 'versioned';
    expect((await shop.get('/third')).headers.get('etag')).toBe('"7.1.customer"');
    expect((await shop.get('/third')).headers.get('etag')).toBe('"7.1.customer"');
  });

  it('answer 304 with the same headers, weakly compared, on misses and hits', async () => {
    shop.answers = 'versioned';
    const full = await shop.get();
    for (const sent of ['"7.1.customer"', '"other", W/"7.1.customer"', '*']) {
      const answer = await shop.get('/first', { 'if-none-match': sent });
      expect([answer.status, answer.body]).toEqual([304, undefined]);
      for (const name of ['etag', 'cache-control', 'vary', 'plinth-contract'])
        expect(answer.headers.get(name)).toBe(full.headers.get(name));
    }
    expect((await shop.get('/second', { 'if-none-match': '"7.1.customer"' })).status).toBe(304);
    expect((await shop.get('/first', { 'if-none-match': '"8.1.customer"' })).status).toBe(200);
  });

  it('answer 304 with what the handler says of the representation, too', async () => {
    shop.answers = 'placed';
    const full = await shop.get();
    const answer = await shop.get('/first', { 'if-none-match': full.headers.get('etag') ?? '' });
    expect(answer.status).toBe(304);
    for (const name of ['content-location', 'expires']) {
      expect(full.headers.get(name)).not.toBeNull();
      expect(answer.headers.get(name)).toBe(full.headers.get(name));
    }
    expect(answer.headers.get('date')).toMatch(/ GMT$/);
  });

  it('answer HEAD with 304, too, and no other status than 200', async () => {
    shop.answers = 'versioned';
    const none = { 'if-none-match': '"7.1.customer"' };
    const head = await shop.get('/first', none, { method: 'HEAD' });
    expect([head.status, head.headers.get('etag')]).toEqual([304, '"7.1.customer"']);
    await shop.close();
    shop = await Shop.open('{ ttl: PT1M }', {
      handlers: { getThing: read(async () => reply(404, { version: 7 })) },
      replace: [
        "'200': { description: A thing.,",
        "'404': { description: Gone., content: { application/json: { schema: { type: object } } } }, $&",
      ],
    });
    expect((await shop.get('/first', none)).status).toBe(404);
    expect((await shop.get('/first', { 'if-match': '"6.1.customer"' })).status).toBe(404);
  });

  it('come alone with 304 and HEAD: on the wire nothing stands behind the head', async () => {
    const authorization = `Bearer ${await shop.world.token({ scope: 'shop.read' })}`;
    const head = `HEAD /shop/v1/things/first HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`;
    const socket = connect(Number(new URL(shop.world.url).port), '127.0.0.1');
    socket.write(head);
    const said = await text(socket);
    expect(said).toMatch(/^HTTP\/1\.1 200 [^]*\r\nContent-Length: [1-9]\d+\r\n/);
    expect(said.split('\r\n\r\n', 3)[1]).toBe('');
    await shop.close();
    shop = await Shop.open('null', {
      handlers: { getThing: read(async () => reply(304, undefined)) },
      edge: { checkReplies: 'sampled' },
    });
    const { status, headers } = await shop.get();
    expect([status, headers.get('content-length')]).toEqual([304, null]);
  });

  it('of a write that has no versions are ignored: it was done', async () => {
    await shop.close();
    shop = await Shop.open('{ ttl: PT1M }', { replace: ['precondition: optional', 'precondition: none'] });
    const claims = { plinth_audience: 'staff', customer_id: undefined, scope: 'shop.write' };
    const authorization = `Bearer ${await shop.world.token(claims)}`;
    const url = `${shop.world.url}/shop/v1/things/first`;
    for (const conditions of [{ 'if-match': '"9.1.staff"' }, { 'if-none-match': '*' }])
      expect((await fetch(url, { method: 'PUT', headers: { authorization, ...conditions } })).status).toBe(200);
  });

  it('are compared strongly by If-Match, which comes before If-None-Match', async () => {
    shop.answers = 'versioned';
    const both = { 'if-none-match': '"7.1.customer"' };
    expect((await shop.get('/first', { ...both, 'if-match': '"6.1.customer"' })).status).toBe(412);
    expect((await shop.get('/first', { ...both, 'if-match': 'W/"7.1.customer"' })).status).toBe(412);
    expect((await shop.get('/first', { ...both, 'if-match': '"7.1.customer"' })).status).toBe(304);
    expect((await shop.get('/first', { 'if-match': '"6.1.customer", "7.1.customer"' })).status).toBe(200);
    expect(
      (await shop.get('/first', { 'if-match': '*', 'if-modified-since': 'Tue, 01 Jan 2030 00:00:00 GMT' })).status,
    ).toBe(200);
  });

  it('of a write may not be such as what is there must not have', async () => {
    const claims = { plinth_audience: 'staff', customer_id: undefined, scope: 'shop.write' };
    const authorization = `Bearer ${await shop.world.token(claims)}`;
    const put = async (headers: Record<string, string>): Promise<number> => {
      const url = `${shop.world.url}/shop/v1/things/first`;
      return (await fetch(url, { method: 'PUT', headers: { authorization, 'if-match': '"7.1.staff"', ...headers } }))
        .status;
    };
    for (const sent of ['*', '"7.1.staff"', 'W/"6.1.staff"']) expect(await put({ 'if-none-match': sent })).toBe(412);
    expect([await put({}), shop.price]).toEqual([200, 2]);
  });

  it('of a write may be a list, and those of another audience or major version fit nothing', async () => {
    expect((await shop.change('"7.1.staff"')).body).toMatchObject({ version: 8 });
    expect((await shop.change('"6.1.staff", "7", W/"9.1.staff", "x"')).body).toMatchObject({ version: 8 });
    for (const wrong of ['"7.1.customer"', '"7.2.staff"', 'W/"7.1.staff"', '"abc"', ''])
      expect((await shop.change(wrong)).status).toBe(412);
  });
});
