import { afterEach, describe, expect, it } from 'vitest';
import { gate, settled, Shop } from './test-shop.ts';

let shop: Shop;

afterEach(() => shop.close());

describe('a stale answer', () => {
  it('is given while a new one is made, by one dispatch', async () => {
    shop = await Shop.open('{ ttl: PT1M, stale: { whileRevalidate: PT30S } }');
    const first = await shop.call();
    expect(first.headers['cache-control']).toBe('private, max-age=60, stale-while-revalidate=30');
    shop.clock.advance({ seconds: 70 });
    shop.price = 2;
    const slow = gate();
    shop.held = slow.opened;
    const stale = await Promise.all([shop.call(), shop.call(), shop.call()]);
    for (const { headers, body } of stale)
      expect([headers['cache-status'], headers['age'], body]).toEqual(['plinth; hit; ttl=-10', '70', first.body]);
    expect(shop.reads).toBe(2);
    slow.open();
    await settled();
    const renewed = await shop.call();
    expect([renewed.cache, renewed.body]).toMatchObject(['plinth; hit; ttl=60', { price: 2 }]);
  });

  it('is stale from the end of its time on', async () => {
    shop = await Shop.open('{ ttl: PT1M, stale: { whileRevalidate: PT30S } }');
    await shop.call();
    shop.clock.advance({ milliseconds: 59_999 });
    expect([(await shop.call()).cache, shop.reads]).toEqual(['plinth; hit; ttl=0', 1]);
    shop.clock.advance({ milliseconds: 1 });
    expect([(await shop.call()).cache, shop.reads]).toEqual(['plinth; hit; ttl=0', 2]);
  });

  it('is not given beyond that time, nor after a purge', async () => {
    shop = await Shop.open(
      "{ ttl: PT1M, tags: ['thing:{path.thingId}'], stale: { whileRevalidate: PT30S, ifError: PT1H } }",
    );
    await shop.call();
    shop.clock.advance({ seconds: 90 });
    expect((await shop.call()).cache).toBe('plinth; fwd=stale; stored');
    shop.clock.advance({ seconds: 70 });
    await shop.change();
    shop.answers = 'away';
    expect((await shop.call()).status).toBe(503);
  });

  it('survives a refresh that fails, which rests for three seconds', async () => {
    shop = await Shop.open('{ ttl: PT1M, stale: { whileRevalidate: PT30S } }');
    await shop.call();
    shop.clock.advance({ seconds: 70 });
    shop.answers = 'away';
    for (let index = 0; index < 3; index++) {
      expect((await shop.call()).status).toBe(200);
      await settled();
    }
    expect(shop.reads).toBe(2);
    shop.clock.advance({ milliseconds: 2_999 });
    await shop.call();
    await settled();
    expect(shop.reads).toBe(2);
    shop.clock.advance({ milliseconds: 1 });
    shop.answers = 'object';
    await shop.call();
    await settled();
    expect((await shop.call()).cache).toBe('plinth; hit; ttl=60');
  });

  it('is not renewed in the background while there is too much work', async () => {
    // One request under way is all that this edge takes: while it is served, the level is 1.
    shop = await Shop.open('{ ttl: PT1M, stale: { whileRevalidate: PT30S } }', {
      edge: { admission: { mostUnderWay: 1 } },
    });
    await shop.get();
    shop.clock.advance({ seconds: 70 });
    expect((await shop.get()).cache).toBe('plinth; hit; ttl=-10');
    expect(shop.reads).toBe(1);
  });

  it.each([
    ['below a level of 0.2', 135.5, 2],
    ['not from there on', 140, 1],
  ])('is renewed like what can be shed first: %s', async (_, waitedMs, reads) => {
    // A wait of 50 to 500 ms for the database is a level of 0 to 1.
    const signals = { heap: () => 0, loop: () => 0, poolWaitMs: () => waitedMs };
    shop = await Shop.open('{ ttl: PT1M, stale: { whileRevalidate: PT30S } }', { edge: { admission: { signals } } });
    await shop.call();
    shop.clock.advance({ seconds: 70 });
    expect((await shop.call()).cache).toBe('plinth; hit; ttl=-10');
    await settled();
    expect(shop.reads).toBe(reads);
  });

  it('stands in for an error as long as the contract says', async () => {
    shop = await Shop.open('{ ttl: PT1M, stale: { ifError: PT10M } }');
    const first = await shop.call();
    expect(first.headers['cache-control']).toBe('private, max-age=60, stale-if-error=600');
    shop.clock.advance({ seconds: 90 });
    shop.answers = 'away';
    const stale = await shop.call();
    expect([stale.status, stale.body]).toEqual([200, first.body]);
    expect(stale.cache).toBe('plinth; fwd=stale; fwd-status=503; ttl=-30');
    shop.clock.advance({ milliseconds: 569_999 });
    expect((await shop.call()).cache).toBe('plinth; fwd=stale; fwd-status=503; ttl=-600');
    shop.clock.advance({ milliseconds: 1 });
    expect((await shop.call()).status).toBe(503);
  });

  it('stands in for a dispatch that takes too long', async () => {
    shop = await Shop.open('{ ttl: PT1M, stale: { ifError: PT10M } }, timeoutMs: 100');
    await shop.call();
    shop.clock.advance({ seconds: 90 });
    const never = gate();
    shop.held = never.opened;
    const answers = await Promise.all([shop.call(), shop.call()]);
    expect(answers.map(({ headers }) => headers['cache-status'])).toEqual(
      Array.from({ length: 2 }, () => 'plinth; fwd=stale; fwd-status=504; ttl=-30'),
    );
    never.open();
  });
});
