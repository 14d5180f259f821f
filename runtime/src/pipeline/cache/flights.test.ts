// A dispatch that fills the cache is an exchange of its own: what it takes along of who caused it, how long it may last, and
// what becomes of its failure.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { read } from '../../capability.ts';
import { reply, type Relations } from '../../context.ts';
import { type Principal, ProblemError } from '../../kernel/index.ts';
import type { EdgeLogger } from '../../telemetry/log.ts';
import { traceText } from '../../telemetry/trace.ts';
import { compileReadCache, type CacheParts } from '../stages/cache.ts';
import { staff } from '../test-edge.ts';
import { gate, settled, Shop } from './test-shop.ts';

let shop: Shop;

afterEach(() => shop.close());

/** What was said to the log: message and error. */
function listening(): { logger: EdgeLogger; said: unknown[][] } {
  const said: unknown[][] = [];
  const write = (fields: { err?: unknown; code?: string }, message: string): void => {
    said.push([message, fields.code, (fields.err as Error | undefined)?.message]);
  };
  const logger = { info: () => undefined, warn: write, error: write, isLevelEnabled: () => false };
  return { logger: logger as unknown as EdgeLogger, said };
}

const customer = (subject: string): Principal => ({
  ...staff(),
  subject,
  audience: 'customer',
  customerId: `cus_${subject}`,
});

const owned = ['ownerCheck: []', 'ownerCheck: { object: thing, id: path.thingId, relation: [owner, delegate] }'] as [
  string,
  string,
];

describe('a flight', () => {
  it('happens where its caller stands in a trace', async () => {
    const getThing = read(async (_, ctx) => reply(200, { trace: traceText(ctx.trace) }));
    shop = await Shop.open('{ ttl: PT1M }', { handlers: { getThing }, edge: { trustsPeer: () => true } });
    for (const flags of ['00', '01']) {
      const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-${flags}`;
      const { body } = await shop.get(`/of-${flags}`, { traceparent, tracestate: 'them=1' });
      expect(body).toEqual({ trace: `${traceparent} them=1` });
    }
  });

  it('is for whom its caller acts', async () => {
    const getThing = read(async (_, ctx) => reply(200, { by: ctx.owner, for: ctx.onBehalfOf }));
    const relations = { granter: () => Promise.resolve('cus_bob') } as unknown as Relations;
    shop = await Shop.open('{ ttl: PT1M }', {
      replace: owned,
      handlers: { getThing },
      binding: { owners: { thing: async () => new Map([['first', ['cus_bob']]]) } },
      services: { relations },
    });
    expect((await shop.call('first', customer('ada'))).body).toEqual({ by: 'cus_ada', for: 'cus_bob' });
  });

  it('has the whole time of a dispatch, however long whoever caused it had waited before', async () => {
    let waitMs = 0;
    const thing = async () => {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      return new Map([['first', ['cus_ada']]]);
    };
    shop = await Shop.open('{ ttl: PT1M, stale: { whileRevalidate: PT30S } }, timeoutMs: 600', {
      replace: owned,
      binding: { owners: { thing } },
    });
    await shop.call('first', customer('ada'));
    shop.clock.advance({ seconds: 70 });
    waitMs = 450;
    shop.held = new Promise((resolve) => setTimeout(resolve, 750));
    expect((await shop.call('first', customer('ada'))).cache).toBe('plinth; hit; ttl=-10');
    waitMs = 0;
    await shop.held;
    await settled();
    expect((await shop.call('first', customer('ada'))).cache).toBe('plinth; hit; ttl=60');
    expect(shop.reads).toBe(2);
  });

  it('leaves nothing behind that counts its time', async () => {
    shop = await Shop.open('{ ttl: PT1M }');
    const operation = shop.world.edge.operations.get('shop.getThing');
    if (operation === undefined) throw new Error('no operation');
    const [timed, ended]: Set<unknown>[] = [new Set(), new Set()];
    const parts = {
      cache: {
        find: () => undefined,
        flightOf: () => undefined,
        depart: (flight: object) => ({ ...flight, waiting: [] }),
      },
      clock: shop.clock,
      executor: { read: () => Promise.resolve(reply(200, {})) },
      deadlines: { add: (x: unknown) => timed?.add(x), remove: (x: unknown) => ended?.add(x) },
    };
    const cache = { ...parts.cache, land: () => undefined, keep: () => true, events: { count: () => undefined } };
    const answer = compileReadCache(operation, { ...parts, cache } as unknown as CacheParts);
    const x = { operation, principal: staff(), input: {}, header: () => undefined, startedMs: 0, deadlineMs: 0 };
    answer?.({ ...x, trace: {}, answered: true } as never);
    await settled();
    expect([timed?.size, ended]).toEqual([1, timed]);
  });
});

describe('a flight that fails', () => {
  it('by a mistake of ours is written down with it for each of those who waited', async () => {
    const { logger, said } = listening();
    const slow = gate();
    const getThing = read(async () => {
      await slow.opened;
      throw new Error('broken');
    });
    shop = await Shop.open('{ ttl: PT1M }', { handlers: { getThing }, edge: { logger } });
    const asked = [shop.call(), shop.call()];
    slow.open();
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([500, 500]);
    expect(said).toEqual(Array.from({ length: 2 }, () => ['request failed', 'internal', 'broken']));
  });

  it('and that nobody notices is written down once', async () => {
    const { logger, said } = listening();
    shop = await Shop.open('{ ttl: PT1M, stale: { whileRevalidate: PT30S, ifError: PT1H } }', { edge: { logger } });
    await shop.call();
    shop.answers = 'away';
    // Behind a stale answer that was given, and in place of an error.
    for (const seconds of [70, 60]) {
      shop.clock.advance({ seconds });
      expect((await shop.call()).status).toBe(200);
      await settled();
    }
    expect(said.map(([message, code]) => [message, code])).toEqual(
      Array.from({ length: 2 }, () => ['a cached answer could not be renewed', 'dependency-unavailable']),
    );
  });

  it('in the background, with nothing that stands in for it, is written down as well', async () => {
    const { logger, said } = listening();
    shop = await Shop.open('{ ttl: PT1M, stale: { whileRevalidate: PT30S } }', { edge: { logger } });
    await shop.call();
    shop.answers = 'away';
    shop.clock.advance({ seconds: 70 });
    await shop.call();
    await vi.waitFor(() => expect(said).toHaveLength(1));
    // Whoever waits for it is told, and then it is no news.
    shop.clock.advance({ seconds: 60 });
    expect((await shop.call()).status).toBe(503);
    expect(said.map(([message]) => message)).toEqual(['a cached answer could not be renewed', 'request failed']);
  });
});

const declared404: [string, string] = [
  "'200': { description: A thing.,",
  "'404': { description: Gone., content: { application/json: { schema: { type: object } } } }, $&",
];

describe('in place of a flight that fails a stale answer', () => {
  it('is given for a mistake of ours, and counted', async () => {
    let isBroken = false;
    const getThing = read(async () => {
      if (isBroken) throw new Error('broken');
      return reply(200, {});
    });
    shop = await Shop.open('{ ttl: PT1M, stale: { whileRevalidate: PT30S, ifError: PT1H } }', {
      handlers: { getThing },
    });
    await shop.call();
    isBroken = true;
    shop.clock.advance({ seconds: 70 });
    await shop.call();
    await settled();
    shop.clock.advance({ seconds: 60 });
    expect((await shop.call()).cache).toBe('plinth; fwd=stale; fwd-status=500; ttl=-70');
    const counts = shop.world.metrics.text();
    // The failed refresh stood for nobody yet, but was looked for as well.
    expect(counts).toContain('plinth_cache_total{result="stale"} 1');
    expect(counts).toContain('plinth_cache_total{result="stale-if-error"} 2');
    expect(counts).not.toContain('result="hit"');
  });

  it('is not given for an answer that says no', async () => {
    shop = await Shop.open('{ ttl: PT1M, stale: { ifError: PT1H } }', { replace: declared404 });
    await shop.call();
    shop.clock.advance({ seconds: 90 });
    shop.answers = 'gone';
    const { status, cache } = await shop.call();
    expect([status, cache]).toEqual([404, 'plinth; fwd=stale']);
  });
});

it('a refresh that failed rests by itself, and a thousand that did are forgotten together', async () => {
  shop = await Shop.open('{ ttl: PT1M, stale: { whileRevalidate: PT30S } }');
  for (let n = 0; n <= 1_000; n++) await shop.call(`thing ${n}`);
  shop.clock.advance({ seconds: 70 });
  shop.answers = 'away';
  const tries = async (id: string): Promise<number> => {
    const before = shop.reads;
    await shop.call(id);
    await settled();
    return shop.reads - before;
  };
  for (let n = 0; n < 1_000; n++) await shop.call(`thing ${n}`);
  await settled();
  expect([await tries('thing 0'), await tries('thing 1000'), await tries('thing 0')]).toEqual([0, 1, 1]);
});

it('a callee’s problem is told to each who waited under their own trace', async () => {
  const slow = gate();
  const getThing = read(async () => {
    await slow.opened;
    throw new ProblemError(409, 'other.locked', { code: 'other.locked', instance: 'urn:plinth:trace:theirs' });
  });
  shop = await Shop.open('{ ttl: PT1M }', { handlers: { getThing } });
  const asked = [shop.call(), shop.call()];
  slow.open();
  const told = (await Promise.all(asked)).map(({ status, body }) => [status, body['code'], body['instance']]);
  expect(told.map(([status, code]) => [status, code])).toEqual(Array.from({ length: 2 }, () => [409, 'other.locked']));
  expect(new Set(told.map(([, , instance]) => instance)).size).toBe(2);
});

describe('what is kept', () => {
  it('is what a signal reads of it, as often as it is given', async () => {
    const seen: unknown[] = [];
    const onRecorded = ({ body }: { body: unknown }): void => void seen.push(body);
    shop = await Shop.open('{ ttl: PT1M }', {
      replace: ['ownerCheck: []', 'ownerCheck: [], signal: { type: thing.seen, data: { id: "response.body#/id" } }'],
      edge: { onRecorded },
    });
    await shop.call();
    expect((await shop.call()).cache).toBe('plinth; hit; ttl=60');
    expect(seen).toEqual(Array.from({ length: 2 }, () => expect.objectContaining({ id: 'first', price: 1 })));
  });

  it('was checked like every answer: where all are, none that breaks the contract is kept', async () => {
    const getThing = read(async () => reply(200, ['no object']));
    shop = await Shop.open('{ ttl: PT1M }', { handlers: { getThing } });
    const answers = [await shop.call(), await shop.call()];
    expect(answers.map(({ status, cache }) => [status, cache])).toEqual([
      [500, 'plinth; fwd=uri-miss'],
      [500, 'plinth; fwd=uri-miss'],
    ]);
  });

  it('is one answer to the sampling, however often it is given', async () => {
    const getThing = read(async () => reply(200, ['no object']));
    shop = await Shop.open('{ ttl: PT1M }', { handlers: { getThing }, edge: { checkReplies: 'sampled' } });
    const drift = () => Number(/plinth_contract_drift\S* (\d+)/.exec(shop.world.metrics.text())?.[1] ?? 0);
    // The first of a hundred is looked at.
    for (let n = 0; n < 350; n++) await shop.call('thing 0');
    for (let n = 1; n <= 99; n++) await shop.call(`thing ${n}`);
    expect(drift()).toBe(1);
    await shop.call('thing 100');
    expect(drift()).toBe(2);
  });
});
