import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { open, read, write, type BoundHandler } from '../../capability.ts';
import { reply, type WriteContext } from '../../context.ts';
import { PortError } from '../../kernel/index.ts';
import type { ExecutionServices } from '../../operations/services.ts';
import { openTestDatabase } from '../../store/test-database.ts';
import { staff } from '../test-edge.ts';
import { gate, settled, Shop } from './test-shop.ts';

let shop: Shop;

afterEach(() => shop.close());

describe('a purge', () => {
  beforeEach(async () => {
    shop = await Shop.open("{ ttl: PT1M, tags: ['thing:{path.thingId}'] }");
  });

  it('lets a writer read its own write', async () => {
    await shop.call();
    expect((await shop.change()).status).toBe(200);
    expect((await shop.call()).body).toMatchObject({ price: 2 });
  });

  it('ends what has one of its tags, for all callers, and nothing else', async () => {
    await Promise.all([shop.call('first'), shop.call('second'), shop.call('third'), shop.get('/first')]);
    await shop.change();
    const answers = [
      await shop.call('first'),
      await shop.call('second'),
      await shop.call('third'),
      await shop.get('/first'),
    ];
    expect(answers.map(({ body }) => body?.['price' as never])).toEqual([2, 2, 1, 2]);
  });

  it('happens for tags from the answer', async () => {
    await shop.call('second');
    await shop.change();
    expect((await shop.call('second')).body).toMatchObject({ price: 2 });
  });

  it('that comes while an old answer is on its way keeps that answer out', async () => {
    const slow = gate();
    shop.held = slow.opened;
    const old = shop.call();
    shop.held = undefined;
    await shop.change();
    slow.open();
    expect((await old).body).toMatchObject({ price: 1 });
    const fresh = await shop.call();
    expect(fresh.cache).toBe('plinth; fwd=uri-miss; stored');
    expect(fresh.body).toMatchObject({ price: 2 });
  });

  it('sends who comes after it to a dispatch of their own, while older ones still wait', async () => {
    const slow = gate();
    shop.held = slow.opened;
    const old = [shop.call(), shop.call()];
    shop.held = undefined;
    await shop.change();
    expect((await shop.call()).body).toMatchObject({ price: 2 });
    slow.open();
    expect((await Promise.all(old)).map(({ body }) => (body as { price: number }).price)).toEqual([1, 1]);
    const kept = await shop.call();
    expect(kept.cache).toBe('plinth; hit; ttl=60');
    expect(kept.body).toMatchObject({ price: 2 });
    expect(shop.reads).toBe(2);
  });

  it('leaves that dispatch to those who come after it, also when the older one has ended', async () => {
    const [older, newer] = [gate(), gate()];
    shop.held = older.opened;
    const old = shop.call();
    shop.held = newer.opened;
    await shop.change();
    const first = shop.call();
    older.open();
    await old;
    const second = shop.call();
    newer.open();
    expect((await Promise.all([first, second])).map(({ cache }) => cache)).toEqual([
      'plinth; fwd=uri-miss; stored',
      'plinth; fwd=uri-miss; stored; collapsed',
    ]);
    expect(shop.reads).toBe(2);
  });

  it('gives the room of what it has ended back with the next look', async () => {
    await shop.call();
    await shop.change();
    shop.answers = 'away';
    await shop.call();
    expect(shop.world.metrics.text()).toContain('plinth_cache_bytes 0');
  });

  it('of everything keeps out what was under way when other contracts were installed', async () => {
    const slow = gate();
    shop.held = slow.opened;
    const old = shop.call();
    shop.world.edge.install(shop.world.edge.bindings);
    slow.open();
    expect((await old).cache).toBe('plinth; fwd=uri-miss');
    expect(shop.world.metrics.text()).toContain('plinth_cache_bytes 0');
  });
});

it('a purge happens although the writer was told that it took too long', async () => {
  // The deadline comes while the commit is under way.
  const commit = gate();
  shop = await Shop.open("{ ttl: PT1M, tags: ['thing:{path.thingId}'] }", {
    replace: ['precondition:', 'timeoutMs: 100, precondition:'],
    commit: commit.opened,
  });
  await shop.call();
  expect((await shop.change()).status).toBe(504);
  expect((await shop.call()).cache).toBe('plinth; hit; ttl=60');
  commit.open();
  await settled();
  expect((await shop.call()).body).toMatchObject({ price: 2 });
});

it('what orchestrates purges also when it fails, because part of it may have happened', async () => {
  let price = 1;
  const failing = open(async () => {
    price += 1;
    throw new PortError('unavailable', 'no');
  });
  shop = await Shop.open("{ ttl: PT1M, tags: ['thing:{path.thingId}'] }", {
    handlers: { getThing: read(async () => reply(200, { price })), changeThing: failing },
  });
  await shop.call();
  expect((await shop.change()).status).toBe(503);
  expect((await shop.call()).body).toMatchObject({ price: 2 });
});

it.each([400, 404, 409, 500])('a change that was refused with %i ends nothing', async (status) => {
  shop = await Shop.open("{ ttl: PT1M, tags: ['thing:{path.thingId}'] }", {
    handlers: { getThing: read(async () => reply(200, {})), changeThing: write(async () => reply(status, {})) },
    edge: { checkReplies: 'sampled' },
  });
  await shop.call();
  expect((await shop.change()).status).toBe(status);
  expect((await shop.call()).cache).toBe('plinth; hit; ttl=60');
});

const done = async () => reply(200, { id: 'first', also: 'second' });
const failing = () => Promise.reject(new PortError('unavailable', 'no'));
const beginWrite: ExecutionServices['beginWrite'] = (base, tx) => ({
  context: { ...base, db: tx } as WriteContext,
  flush: () => Promise.resolve(undefined),
});

describe('other edges are told what a change has ended', () => {
  it.each<[string, BoundHandler, string[][]]>([
    ['with its commit', write(done), [['thing:first', 'thing:second']]],
    ['after what orchestrates', open(done), [['thing:first', 'thing:second']]],
    ['also when that fails', open(failing), [['thing:first', 'thing:']]],
    ['not when it was refused', write(async () => reply(409, {})), []],
  ])('%s', async (_, changeThing, told) => {
    const store = await openTestDatabase();
    shop = await Shop.open("{ ttl: PT1M, tags: ['thing:{path.thingId}'] }", {
      handlers: { getThing: read(async () => reply(200, {})), changeThing },
      services: { database: store, beginWrite, edgeId: 'here' },
    });
    await shop.change();
    const rows = await store.rows('select tags, origin from runtime.purge order by id');
    // This edge has ended its own by itself: told of them again, it would lose what it has kept since.
    expect(rows).toEqual(told.map((tags) => ({ tags, origin: 'here' })));
    await store.close();
  });

  it('not when the change does not commit', async () => {
    const store = await openTestDatabase();
    const transaction: typeof store.transaction = (work) =>
      store.transaction(async (tx) => {
        await work(tx);
        throw new Error('no commit');
      });
    shop = await Shop.open("{ ttl: PT1M, tags: ['thing:{path.thingId}'] }", {
      handlers: { getThing: read(async () => reply(200, {})), changeThing: write(done) },
      services: { database: { ...store, transaction }, beginWrite },
    });
    expect((await shop.change()).status).toBe(500);
    expect(await store.rows('select tags from runtime.purge')).toEqual([]);
    await store.close();
  });
});

describe('many who ask at once', () => {
  beforeEach(async () => {
    shop = await Shop.open('{ ttl: PT1M }');
  });

  it('are served by one dispatch', async () => {
    const slow = gate();
    shop.held = slow.opened;
    const asked = Array.from({ length: 1_000 }, () => shop.call());
    slow.open();
    const answers = await Promise.all(asked);
    expect(shop.reads).toBe(1);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const told = answers.map(({ headers }) => headers['cache-status']);
    expect(told.filter((status) => status === 'plinth; fwd=uri-miss; stored')).toHaveLength(1);
    expect(told.filter((status) => status === 'plinth; fwd=uri-miss; stored; collapsed')).toHaveLength(999);
  });

  it('get the failure of that dispatch, each under its own trace', async () => {
    const slow = gate();
    shop.held = slow.opened;
    shop.answers = 'away';
    const asked = [shop.get(), shop.get(), shop.get()];
    const joined = 'plinth_cache_total{result="collapsed"} 2';
    await vi.waitFor(() => expect(shop.world.metrics.text()).toContain(joined));
    slow.open();
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(new Set(answers.map(({ body }) => body?.['instance'])).size).toBe(3);
    expect(answers[0]?.headers.get('retry-after')).toBe('2');
    expect(shop.reads).toBe(1);
  });

  it('are each told of a failure in their language', async () => {
    const slow = gate();
    shop.held = slow.opened;
    shop.answers = 'away';
    const asked = ['de', 'en'].map((language) =>
      shop.world.edge.invoke({ operation: 'shop.getThing', principal: staff(), input: { thingId: 'first' }, language }),
    );
    slow.open();
    const answers = await Promise.all(asked);
    expect(answers.map(({ headers }) => headers['content-language'])).toEqual(['de', 'en']);
    expect(shop.reads).toBe(1);
  });

  it('wait no longer than their deadline, and the next one tries again', async () => {
    await shop.close();
    shop = await Shop.open('{ ttl: PT1M }, timeoutMs: 100');
    const never = gate();
    shop.held = never.opened;
    const answers = await Promise.all([shop.call(), shop.call()]);
    expect(answers.map(({ status }) => status)).toEqual([504, 504]);
    shop.held = undefined;
    expect((await shop.call()).status).toBe(200);
    never.open();
  });
});
