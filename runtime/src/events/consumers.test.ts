import { eventually } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Reaction } from '../capability.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { newTrace } from '../telemetry/trace.ts';
import { silent, testServices, type TestServices } from '../test-services.ts';
import { inTransaction, serviceBase } from '../work.ts';
import { type Consumers, createConsumers } from './consumers.ts';
import { listDeadLetters, replayDeadLetters } from './dead-letters.ts';
import { appendFacts } from './outbox.ts';
import { createRelay, type Relay } from './relay.ts';

let database: TestDatabase;
let services: TestServices;
let relay: Relay;
let consumers: Consumers;
beforeAll(async () => {
  database = await openTestDatabase();
  await database.rows('create table effects (reaction text, subject text, n int)');
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.rows('truncate effects, runtime.held_event, runtime.dead_letter, runtime.consumer');
  services = testServices(database);
  relay = await createRelay({ database, log: silent });
  services.committed = () => relay.poke();
});
afterEach(async () => {
  await consumers.close();
  await relay.close();
});

const start = async (reactions: readonly Reaction[], retryAfterMs: readonly number[] = [0, 0]): Promise<void> => {
  consumers = await createConsumers({ services, relay, reactions, retryAfterMs });
};
const say = (subject: string, n: number, type = 'thing.changed') =>
  inTransaction(services, serviceBase(services, { name: 'things.change', trace: newTrace() }), async (ctx) =>
    ctx.emit(type as never, { subject, data: { n } as never }),
  );
const writes = (name: string, before: (subject: string, n: number) => void = () => undefined): Reaction => ({
  name,
  on: ['thing.changed'] as unknown as Reaction['on'],
  run: async (event, ctx) => {
    const { n } = event.data as { n: number };
    await sql`insert into effects values (${name}, ${event.subject}, ${n})`.execute(ctx.db);
    before(event.subject, n);
  },
});
const effects = async (): Promise<string[]> =>
  (await database.rows(`select concat_ws(' ', reaction, subject, n) as effect from effects order by ctid`)).map((row) =>
    String(row['effect']),
  );

test('every reaction sees each event of its type once, in order', async () => {
  await start([writes('a.one'), writes('b.two')]);
  for (const n of [1, 2, 3]) await say('x', n);
  await say('x', 4, 'thing.removed');
  await consumers.settled();
  expect((await effects()).filter((each) => each.startsWith('a'))).toEqual(['a.one x 1', 'a.one x 2', 'a.one x 3']);
  expect((await effects()).filter((each) => each.startsWith('b'))).toHaveLength(3);
});

test('what is told to one principal alone is no reaction’s, also of one that hears everything', async () => {
  const head = await relay.head();
  await start([{ ...writes('a.one'), on: '*' }]);
  const facts = [Buffer.from('ada'), undefined].map((whose, n) => ({
    id: services.ids.uuid(),
    type: 'thing.changed',
    source: '/things',
    subject: `s${n}`,
    customerId: undefined,
    ...(whose === undefined ? {} : { whose }),
    data: { n },
    traceId: newTrace().traceId,
    decisionId: undefined,
    channel: undefined,
    time: services.clock.now(),
  }));
  await database.transaction(async (tx) => appendFacts(tx, facts));
  await consumers.settled();
  // Nor is it when the log is read anew.
  await consumers.close();
  await database.rows(`update runtime.consumer set position = ${head}`);
  await start([{ ...writes('a.one'), on: '*' }]);
  await consumers.settled();
  expect(await effects()).toEqual(['a.one s1 1']);
});

test('a process that dies between effect and commit, and one that dies right after: the effect stands once', async () => {
  // No rows of a transaction that never committed: the reaction fails like a killed one, and leaves nothing.
  let deaths = 1;
  await start([
    writes('a.one', () => {
      if (deaths-- > 0) throw new Error('killed');
    }),
  ]);
  await say('x', 1);
  await consumers.settled();
  await consumers.close();
  // The next process starts from an older cursor, as if the last move had been lost: the inbox decides.
  await database.rows(`update runtime.consumer set position = 0`);
  await start([writes('a.one')]);
  await consumers.settled();
  await say('x', 2);
  await consumers.settled();
  const seen = await effects();
  expect(seen.filter((each) => each === 'a.one x 1')).toHaveLength(1);
  expect(seen.at(-1)).toBe('a.one x 2');
});

test('events that came while the reactions were down are worked off at start', async () => {
  await start([writes('a.one')]);
  await consumers.close();
  for (let n = 1; n <= 450; n++) await say(`s${n}`, n);
  await relay.settled();
  await start([writes('a.one')]);
  await consumers.settled();
  expect(await effects()).toHaveLength(450);
});

test('a failing event holds back its own subject only, and is done in order when it works again', async () => {
  let broken = true;
  await start(
    [
      writes('a.one', (subject) => {
        if (broken && subject === 'x') throw new Error('not now');
      }),
    ],
    [3_600_000],
  );
  await say('x', 1);
  await say('x', 2);
  await say('y', 3);
  await consumers.settled();
  expect(await effects()).toEqual(['a.one y 3']);
  await consumers.close();
  broken = false;
  await database.rows('update runtime.held_event set due_at = now() where due_at is not null');
  await start([writes('a.one')]);
  await consumers.settled();
  expect(await effects()).toEqual(['a.one y 3', 'a.one x 1', 'a.one x 2']);
});

test('a poisonous event ends as a dead letter after its last try; what waited behind it goes on', async () => {
  let tries = 0;
  const dead = Promise.withResolvers<void>();
  services.log = { ...silent, error: () => dead.resolve() };
  await start([
    writes('a.one', (_, n) => {
      if (n !== 1) return;
      tries += 1;
      // As drivers do, it quotes whom it was about.
      throw new Error('poison for ada.lovelace@mail.example');
    }),
  ]);
  await say('x', 1);
  await say('x', 2);
  await dead.promise;
  await consumers.settled();
  expect(tries).toBe(3);
  expect(await effects()).toEqual(['a.one x 2']);
  expect(await database.rows('select consumer, attempt, error from runtime.dead_letter')).toEqual([
    { consumer: 'a.one', attempt: 3, error: 'poison for [e-mail]' },
  ]);
  expect(await database.rows('select 1 from runtime.held_event')).toEqual([]);
});

test('a dead letter is tried again when somebody asks for it, and its effect then stands once', async () => {
  let poison = true;
  await start([
    writes('a.one', () => {
      if (poison) throw new Error('poison');
    }),
  ]);
  await say('x', 1);
  await eventually('the event is given up', 10_000, async () => (await listDeadLetters(database.db)).length === 1);
  expect(await listDeadLetters(database.db, { consumer: 'a.one' })).toMatchObject([
    { consumer: 'a.one', type: 'thing.changed', subject: 'x', attempt: 3, error: 'poison' },
  ]);
  expect(await replayDeadLetters(database, { consumer: 'another' })).toBe(0);
  poison = false;
  expect(await replayDeadLetters(database)).toBe(1);
  expect(await replayDeadLetters(database)).toBe(0);
  await eventually('it is done', 10_000, async () => (await effects()).length > 0);
  await consumers.settled();
  expect(await effects()).toEqual(['a.one x 1']);
  expect(await listDeadLetters(database.db)).toEqual([]);
  // Given up a second time it stands in the list again.
  poison = true;
  await say('x', 2);
  await eventually('the event is given up', 10_000, async () => (await listDeadLetters(database.db)).length === 1);
});

test('two processes with the same reactions share the work without doing any of it twice', async () => {
  await start([writes('a.one')]);
  const otherRelay = await createRelay({ database, log: silent });
  const other = await createConsumers({ services, relay: otherRelay, reactions: [writes('a.one')] });
  await Promise.all(Array.from({ length: 60 }, (_, n) => say(`s${n % 5}`, n)));
  await consumers.settled();
  await other.settled();
  const seen = await effects();
  expect(new Set(seen).size).toBe(60);
  expect(seen).toHaveLength(60);
  await other.close();
  await otherRelay.close();
});
