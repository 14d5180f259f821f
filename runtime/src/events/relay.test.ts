import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PlinthEvent, Tx } from '../ports/index.ts';
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
afterAll(async () => {
  await relay.close();
  await database.close();
});

const say = (subject: string, tx?: Tx) => {
  const fact = {
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
  };
  return tx ? appendFacts(tx, [fact]) : database.transaction((own) => appendFacts(own, [fact]));
};

test('a transaction that began first and committed last is not skipped', async () => {
  const told: string[] = [];
  const unsubscribe = relay.subscribe((events) => told.push(...events.map((event) => event.subject)));
  const written = Promise.withResolvers<void>();
  const mayCommit = Promise.withResolvers<void>();
  const slow = database.transaction(async (tx) => {
    await say('slow', tx);
    written.resolve();
    await mayCommit.promise;
  });
  await written.promise;
  await say('quick');
  await relay.settled();
  const after = await relay.head();
  mayCommit.resolve();
  await slow;
  await relay.settled();
  unsubscribe();
  expect(told).toEqual(['quick', 'slow']);
  expect((await relay.read(after, 10)).map((event) => event.subject)).toEqual(['slow']);
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
    for (let n = 0; n < 501; n++) await say(`last ${n}`, tx);
  });
  await last.close();
  expect(await waiting()).toEqual([]);
  await own.transaction((tx) => say('late', tx));
  last.poke();
  await last.settled();
  expect(await waiting()).toEqual([{ subject: 'late' }]);
  await own.close();
});
