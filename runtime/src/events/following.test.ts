import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { elapsedMs, newIds, pause, systemClock } from '../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { silent } from '../test-services.ts';
import { type Projection, projectionsOf, reached } from './following.ts';
import { appendFacts, type OutboxFact } from './outbox.ts';
import { createRelay } from './relay.ts';

const all: Projection = { name: 'things.project', on: '*' };
const changed = { name: 'things.project', on: ['thing.changed'] } as unknown as Projection;
let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.rows(
    'truncate runtime.outbox, runtime.consumer, runtime.held_event, runtime.dead_letter restart identity',
  );
  await database.rows('update runtime.event_log set head = 0');
  await database.rows(`insert into runtime.consumer (name, position) values ('things.project', 0)`);
});

const ids = newIds(systemClock);
const fact = (more: Partial<OutboxFact> = {}): OutboxFact => ({
  id: ids.uuid(),
  type: 'thing.changed',
  source: '/things',
  subject: 'a',
  customerId: undefined,
  data: {},
  traceId: 't',
  decisionId: undefined,
  channel: 'web',
  time: systemClock.now(),
  ...more,
});
const say = (...facts: OutboxFact[]) => database.transaction((tx) => appendFacts(tx, facts));
const publish = async (): Promise<void> => (await createRelay({ database, log: silent })).close();
const moveTo = (position: number) => database.rows(`update runtime.consumer set position = ${position}`);
/** One look, unless time is given. */
const isPast = (position: number, projection = all, forMs = 0) =>
  reached(database.db, {
    projection,
    position,
    untilMs: elapsedMs() + forMs,
    poke: () => undefined,
    isOver: () => false,
  });

it('a fact is there when it is published and the cursor is at it', async () => {
  expect(await say(fact(), fact())).toBe(2);
  expect(await isPast(2)).toBe(false);
  await publish();
  expect(await isPast(2)).toBe(false);
  await moveTo(1);
  expect([await isPast(1), await isPast(2)]).toEqual([true, false]);
  await moveTo(2);
  expect(await isPast(2)).toBe(true);
  expect(await say(fact())).toBe(3);
  expect([await isPast(2), await isPast(3)]).toEqual([true, false]);
});

it('a transaction that began earlier and committed later is asked about too', async () => {
  const began = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const early = database.transaction(async (tx) => {
    const position = await appendFacts(tx, [fact({ subject: 'early' })]);
    began.resolve();
    await gate.promise;
    return position;
  });
  await began.promise;
  expect(await say(fact({ subject: 'late' }))).toBe(2);
  await publish();
  await moveTo(1);
  gate.resolve();
  expect(await early).toBe(1);
  expect([await isPast(1), await isPast(2)]).toEqual([false, false]);
  await publish();
  expect([await isPast(1), await isPast(2)]).toEqual([false, false]);
  await moveTo(2);
  expect([await isPast(1), await isPast(2)]).toEqual([true, true]);
});

it('only facts that the reaction hears are waited for', async () => {
  await say(fact({ type: 'thing.seen' }));
  expect([await isPast(1, changed), await isPast(1, all)]).toEqual([true, false]);
  await publish();
  expect([await isPast(1, changed), await isPast(1, all)]).toEqual([true, false]);
  await say(fact(), fact({ type: 'thing.seen' }));
  expect([await isPast(3, changed), await isPast(1, changed)]).toEqual([false, true]);
  await publish();
  expect([await isPast(3, changed), await isPast(1, changed)]).toEqual([false, true]);
});

it('what is told to one principal alone is waited for by nobody', async () => {
  await say(fact({ whose: Buffer.from('ada') }));
  expect(await isPast(1)).toBe(true);
  await publish();
  expect(await isPast(1)).toBe(true);
});

it('an event that is held back is not done, and is not waited for; a dead letter is done', async () => {
  const held = fact();
  await say(fact({ subject: 'before' }), held);
  await publish();
  await moveTo(2);
  await database.rows(`
    insert into runtime.held_event (consumer, event_id, subject, position, event, attempt)
    values ('things.project', '${held.id}', 'a', 2, '{}', 1), ('others.project', '${held.id}', 'a', 2, '{}', 1)`);
  const startedMs = elapsedMs();
  expect(await isPast(2, all, 1_000)).toBe(false);
  expect(elapsedMs() - startedMs).toBeLessThan(500);
  expect(await isPast(1)).toBe(true);
  await database.rows(`
    with dead as (delete from runtime.held_event where consumer = 'things.project' returning *)
    insert into runtime.dead_letter (consumer, event_id, subject, position, event, attempt, error)
    select consumer, event_id, subject, position, event, 8, 'no' from dead`);
  expect(await isPast(2)).toBe(true);
});

it.each([
  [999, true],
  [1000, false],
])('a reaction with %i facts of no concern before it is past them: %s', async (count, past) => {
  await say(...Array.from({ length: count }, (_, n) => fact({ type: 'thing.seen', subject: `s${n}` })));
  expect(await isPast(count, changed)).toBe(past);
  await publish();
  expect(await isPast(count, changed)).toBe(past);
});

it('a reaction that has no cursor yet is behind whatever was said', async () => {
  await say(fact());
  await publish();
  await database.rows('delete from runtime.consumer');
  expect(await isPast(1)).toBe(false);
});

it('waits a second at most, in a dozen looks, each after a poke; and no longer than it is told to, or anybody waits', async () => {
  await say(fact());
  const seen: number[] = [];
  let pokes = 0;
  for (const [forMs, most] of [
    [5_000, 99],
    [200, 99],
    [5_000, 3],
  ] as const) {
    pokes = 0;
    const startedMs = elapsedMs();
    const isOver = () => pokes >= most;
    const untilMs = startedMs + forMs;
    expect(await reached(database.db, { projection: all, position: 1, untilMs, poke: () => pokes++, isOver })).toBe(
      false,
    );
    seen.push(Math.floor((elapsedMs() - startedMs) / 100), pokes);
  }
  const [atMost, looks, told, , left, until] = seen as [number, number, number, number, number, number];
  expect(atMost).toBeGreaterThanOrEqual(10);
  expect(atMost).toBeLessThan(15);
  expect(looks).toBeGreaterThan(4);
  expect(looks).toBeLessThanOrEqual(12);
  expect([told, until]).toEqual([2, 3]);
  expect(left).toBeLessThanOrEqual(2);
});

it('goes on as soon as the cursor is there', async () => {
  await say(fact());
  await publish();
  const startedMs = elapsedMs();
  const waiting = isPast(1, all, 5_000);
  await pause(300);
  await moveTo(1);
  expect(await waiting).toBe(true);
  const tookMs = elapsedMs() - startedMs;
  expect(tookMs).toBeGreaterThanOrEqual(300);
  expect(tookMs).toBeLessThan(800);
});

const run = async (): Promise<void> => undefined;

it('only reactions with a projection may be followed', () => {
  const projection = { table: 'things.things', key: 'id' };
  const capabilities = [
    {
      reactions: [
        { name: 'a.keep', on: '*' as const, run, projection },
        { name: 'a.tell', on: '*' as const, run },
      ],
    },
    {},
  ];
  expect([...projectionsOf(capabilities).keys()]).toEqual(['a.keep']);
});
