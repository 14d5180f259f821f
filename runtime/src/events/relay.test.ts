import { eventually } from '@plinth/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Database, PlinthEvent, Tx } from '../ports/index.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { newTrace } from '../telemetry/trace.ts';
import { silent, testServices, type TestServices } from '../test-services.ts';
import { inTransaction, serviceBase } from '../work.ts';
import { appendFacts } from './outbox.ts';
import { createRelay, type Relay } from './relay.ts';

let database: TestDatabase;
let services: TestServices;
let relay: Relay;
beforeAll(async () => {
  database = await openTestDatabase();
  services = testServices(database);
  relay = await createRelay({ database, log: silent });
});
afterEach(() => void vi.useRealTimers());
afterAll(async () => {
  await relay.close();
  await database.close();
});

const say = (subject: string, { tx, count = 1 }: { tx?: Tx; count?: number } = {}) => {
  const facts = Array.from({ length: count }, () => ({
    id: services.ids.uuid(),
    type: 'thing.changed',
    source: '/things',
    subject,
    customerId: 'cus_1',
    data: { subject },
    traceId: 't',
    decisionId: undefined,
    channel: 'web',
    time: services.clock.now(),
  }));
  return tx ? appendFacts(tx, facts) : database.transaction((own) => appendFacts(own, facts));
};

test('a transaction that began first and committed last is not skipped', async () => {
  const told: string[] = [];
  const unsubscribe = relay.subscribe((events) => told.push(...events.map((event) => event.subject)));
  const written = Promise.withResolvers<void>();
  const mayCommit = Promise.withResolvers<void>();
  const slow = database.transaction(async (tx) => {
    await say('slow', { tx });
    written.resolve();
    await mayCommit.promise;
  });
  await written.promise;
  const before = await relay.head();
  await say('quick');
  await relay.settled();
  mayCommit.resolve();
  await slow;
  await relay.settled();
  unsubscribe();
  expect(told).toEqual(['quick', 'slow']);
  expect((await relay.read(before, 10)).map((event) => event.subject)).toEqual(['quick', 'slow']);
  expect((await relay.read(before + 1, 10)).map((event) => event.subject)).toEqual(['slow']);
});

test('two relays publish under load: positions are dense, order of a subject is kept, both tell everything', async () => {
  const other = await createRelay({ database, log: silent });
  const before = await relay.head();
  const told = { first: [] as number[], second: [] as number[] };
  const ends = [
    relay.subscribe((events) => told.first.push(...events.map((event) => event.position))),
    other.subscribe((events) => told.second.push(...events.map((event) => event.position))),
  ];
  await Promise.all(
    Array.from({ length: 120 }, async (_, n) => {
      await say(`s${n % 7}`);
      (n % 2 === 0 ? relay : other).poke();
    }),
  );
  await relay.settled();
  await other.settled();
  const dense = Array.from({ length: 120 }, (_, n) => before + n + 1);
  expect(told.first).toEqual(dense);
  expect(told.second).toEqual(dense);
  const unordered = await database.rows(`select 1 from runtime.outbox a join runtime.outbox b using (subject)
    where a.aggregate_seq < b.aggregate_seq and a.position > b.position`);
  expect(unordered).toEqual([]);
  ends.forEach((end) => end());
  await other.close();
});

test('facts committed while no relay ran are published by the next one', async () => {
  await relay.close();
  await say('orphan');
  relay = await createRelay({ database, log: silent });
  const told: PlinthEvent[] = [];
  relay.subscribe((events) => told.push(...events));
  await relay.settled();
  expect((await relay.read((await relay.head()) - 1, 10)).map((event) => event.subject)).toEqual(['orphan']);
});

describe('of several ways to hear of a fact each is enough', () => {
  const sweepMs = 1000;
  const relays: Relay[] = [];
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((each) => each.close()));
  });

  /** Another process, whose sweep comes only when the test says so, and what it tells its subscribers. */
  async function another(over: Partial<Database> = {}): Promise<{ other: Relay; told: string[] }> {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const other = await createRelay({ database: { ...database, ...over }, log: silent });
    relays.push(other);
    await other.settled();
    const told: string[] = [];
    other.subscribe((events) => told.push(...events.map(({ subject }) => subject)));
    return { other, told };
  }
  const deaf = { listen: async () => async () => undefined };

  test('the sweep finds what nobody spoke of', async () => {
    await relay.settled();
    const { told } = await another();
    await say('unspoken');
    vi.advanceTimersByTime(sweepMs);
    await eventually('the fact is told', 20_000, () => told.length > 0);
    expect(told).toEqual(['unspoken']);
  });

  test('the sweep finds what another process published, however much it is; what was there before is not told', async () => {
    const { told } = await another(deaf);
    vi.advanceTimersByTime(sweepMs);
    await say('much', { count: 700 });
    await say('much', { count: 500 });
    await relay.settled();
    expect(told).toEqual([]);
    vi.advanceTimersByTime(sweepMs);
    await eventually('all of it is told', 20_000, () => told.length >= 1_200);
    expect(told).toEqual(Array.from({ length: 1_200 }, () => 'much'));
  });

  test('a process that publishes says so to the others', async () => {
    const { told } = await another();
    await say('spoken');
    await relay.settled();
    await eventually('the fact is told', 20_000, () => told.length > 0);
    expect(told).toEqual(['spoken']);
  });

  test('a poke while it publishes is not lost, and one poke is enough for more than a batch', async () => {
    let meanwhile: (() => Promise<void>) | undefined;
    const { other, told } = await another({
      ...deaf,
      transaction: async (work) => {
        const result = await database.transaction(work);
        const act = meanwhile;
        meanwhile = undefined;
        await act?.();
        return result;
      },
    });
    meanwhile = async () => {
      await say('late', { count: 700 });
      await say('late', { count: 500 });
      other.poke();
    };
    await say('early');
    other.poke();
    await eventually('all of it is told', 20_000, () => told.length >= 1_201);
    expect(new Set(told)).toEqual(new Set(['early', 'late']));
  });
});

test('of two that publish at once one waits: no fact is published twice, no position left out', async () => {
  await relay.settled();
  const before = await relay.head();
  const mayCommit = Promise.withResolvers<void>();
  const published = Promise.withResolvers<void>();
  const slow = await createRelay({
    log: silent,
    database: {
      ...database,
      transaction: (work) =>
        database.transaction(async (tx) => {
          const result = await work(tx);
          if ((result as unknown[]).length === 0) return result;
          published.resolve();
          await mayCommit.promise;
          return result;
        }),
    },
  });
  await say('first');
  slow.poke();
  await published.promise;
  await say('second');
  relay.poke();
  await eventually('the other one waits', 20_000, async () => {
    const waiting = await database.rows(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return waiting.length > 0;
  });
  mayCommit.resolve();
  await Promise.all([slow.settled(), relay.settled()]);
  expect((await relay.read(before, 10)).map(({ position, subject }) => [position - before, subject])).toEqual([
    [1, 'first'],
    [2, 'second'],
  ]);
  expect(await relay.head()).toBe(before + 2);
  await slow.close();
});

test('a subscriber that fails keeps nothing from the others', async () => {
  const told: string[] = [];
  const ends = [
    relay.subscribe(() => {
      throw new Error('no');
    }),
    relay.subscribe((events) => told.push(...events.map(({ subject }) => subject))),
  ];
  await say('one');
  await relay.settled();
  await say('two');
  await relay.settled();
  ends.forEach((end) => end());
  expect(told).toEqual(['one', 'two']);
});

test('an event carries who, when, where and why', async () => {
  const base = serviceBase(services, {
    name: 'orders.placeOrder',
    customerId: 'cus_9',
    trace: newTrace('00000000000000000000000000000abc'),
    decisionId: 'dec_1',
    channel: 'kiosk',
  });
  await inTransaction(services, base, async (ctx) =>
    ctx.emit('order.placed' as never, { subject: 'ord_1', customerId: 'cus_9', data: { total: 5 } as never }),
  );
  await relay.settled();
  const [event] = await relay.read((await relay.head()) - 1, 1);
  expect(event).toMatchObject({
    type: 'order.placed',
    source: '/orders',
    subject: 'ord_1',
    sequence: 1,
    customerId: 'cus_9',
    time: '2030-01-01T09:00:00.000Z',
    data: { total: 5 },
    traceId: '00000000000000000000000000000abc',
    trace: '00-00000000000000000000000000000abc-0000000000000abc-00',
    decisionId: 'dec_1',
    channel: 'kiosk',
  });
  const [audit] = await database.rows(
    `select operation, customer_id, event_ids::text[] as ids from runtime.audit where trace_id = '00000000000000000000000000000abc'`,
  );
  expect(audit).toEqual({ operation: 'orders.placeOrder', customer_id: 'cus_9', ids: [event?.id] });
});

test('what was said before the end is published with it, and nothing after', async () => {
  const own = await openTestDatabase();
  const last = await createRelay({ database: own, log: silent });
  const waiting = () => own.rows('select subject from runtime.outbox where position is null');
  // More than one transaction of the relay; nobody has told it.
  await own.transaction(async (tx) => {
    for (let n = 0; n < 501; n++) await say(`last ${n}`, { tx });
  });
  await last.close();
  expect(await waiting()).toEqual([]);
  await own.transaction((tx) => say('late', { tx }));
  last.poke();
  await last.settled();
  expect(await waiting()).toEqual([{ subject: 'late' }]);
  await own.close();
});
