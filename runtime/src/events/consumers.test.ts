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

const start = async (
  reactions: readonly Reaction[],
  retryAfterMs: readonly number[] = [0, 0],
  over: Partial<Relay> = {},
): Promise<void> => {
  const log: Relay = {
    head: () => relay.head(),
    read: (after, limit) => relay.read(after, limit),
    subscribe: (listener) => relay.subscribe(listener),
    poke: relay.poke,
    settled: () => relay.settled(),
    close: () => relay.close(),
    ...over,
  };
  consumers = await createConsumers({ services, relay: log, reactions, retryAfterMs });
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

const positions = () => database.rows('select distinct position::int from runtime.consumer');
const aFact = (subject: string, n: number) => ({
  id: services.ids.uuid(),
  type: 'thing.changed',
  source: '/things',
  subject,
  customerId: undefined,
  data: { n },
  traceId: newTrace().traceId,
  decisionId: undefined,
  channel: undefined,
  time: services.clock.now(),
});

test('every reaction sees each event of its type once, in order', async () => {
  await start([writes('a.one'), writes('b.two')]);
  for (const n of [1, 2, 3]) await say('x', n);
  await consumers.settled();
  // The cursor commits with the effect.
  expect(await positions()).toEqual([{ position: await relay.head() }]);
  await say('x', 4, 'thing.removed');
  await consumers.settled();
  expect((await effects()).filter((each) => each.startsWith('a'))).toEqual(['a.one x 1', 'a.one x 2', 'a.one x 3']);
  expect((await effects()).filter((each) => each.startsWith('b'))).toHaveLength(3);
  // What is of no concern moves the cursor too, a little later: facts that every reaction is past can go.
  const head = await relay.head();
  await expect.poll(positions, { timeout: 20_000 }).toEqual([{ position: head }]);
});

test('what is told to one principal alone is no reaction’s, also of one that hears everything', async () => {
  const head = await relay.head();
  await start([{ ...writes('a.one'), on: '*' }]);
  const facts = [Buffer.from('ada'), undefined].map((whose, n) => ({
    ...aFact(`s${n}`, n),
    ...(whose === undefined ? {} : { whose }),
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
      writes('a.one', (_, n) => {
        if (broken && n === 1) throw new Error('not now');
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
  // A process that starts does not try before it is time.
  await start([writes('a.one')]);
  await consumers.settled();
  expect(await effects()).toEqual(['a.one y 3']);
  await consumers.close();
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

test('an event has eight tries, with these pauses between them', async () => {
  // Each pause is noted, and then left out.
  await database.rows(`
    create table pauses (attempt int, seconds float);
    create function note_pause() returns trigger language plpgsql as $$ begin
      insert into pauses values (new.attempt, extract(epoch from new.due_at - clock_timestamp()));
      new.due_at = clock_timestamp();
      return new;
    end $$;
    create trigger noted before update on runtime.held_event for each row execute function note_pause();
    create trigger noted_first before insert on runtime.held_event for each row
      when (new.attempt = 1) execute function note_pause()`);
  let tries = 0;
  const broken = writes('a.one', () => {
    tries += 1;
    throw new Error('not now');
  });
  consumers = await createConsumers({ services, relay, reactions: [broken] });
  await say('x', 1);
  const dead = () => database.rows('select subject, attempt from runtime.dead_letter');
  await expect.poll(dead, { timeout: 20_000 }).toEqual([{ subject: 'x', attempt: 8 }]);
  await database.rows(`drop function note_pause cascade`);
  expect(tries).toBe(8);
  const pauses = await database.rows('select round(seconds)::int as seconds from pauses order by attempt');
  expect(pauses.map(({ seconds }) => seconds)).toEqual([1, 5, 30, 120, 600, 1_800, 3_600]);
});

test('a dead letter is tried again when somebody asks for it, and its effect then stands once', async () => {
  let poison = true;
  let tries = 0;
  await start([
    writes('a.one', () => {
      tries += 1;
      if (poison) throw new Error('poison');
    }),
  ]);
  await say('x', 1);
  await eventually('the event is given up', 10_000, async () => (await listDeadLetters(database.db)).length === 1);
  await consumers.settled();
  expect(await listDeadLetters(database.db, { consumer: 'a.one' })).toMatchObject([
    { consumer: 'a.one', type: 'thing.changed', subject: 'x', attempt: 3, error: 'poison' },
  ]);
  expect(await replayDeadLetters(database, { consumer: 'another' })).toBe(0);
  // It has all its tries again, and stands in the list again when none of them went well.
  tries = 0;
  expect(await replayDeadLetters(database)).toBe(1);
  expect(await listDeadLetters(database.db)).toEqual([]);
  await eventually('it is given up again', 10_000, async () => (await listDeadLetters(database.db)).length === 1);
  await consumers.settled();
  expect(tries).toBe(3);
  poison = false;
  expect(await replayDeadLetters(database)).toBe(1);
  expect(await replayDeadLetters(database)).toBe(0);
  await eventually('it is done', 10_000, async () => (await effects()).length > 0);
  await consumers.settled();
  expect(await effects()).toEqual(['a.one x 1']);
  expect(await listDeadLetters(database.db)).toEqual([]);
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

test('what waits behind an event goes on when another process has done that one and died', async () => {
  await start(
    [
      writes('a.one', (_, n) => {
        if (n === 1) throw new Error('not here');
      }),
    ],
    [3_600_000],
  );
  await say('x', 1);
  await say('x', 2);
  await consumers.settled();
  expect(await effects()).toEqual([]);
  await database.rows(`delete from runtime.held_event where due_at is not null`);
  await expect.poll(effects, { timeout: 20_000 }).toEqual(['a.one x 2']);
});

test('an event that is held although it was done has no second effect', async () => {
  let broken = true;
  await start(
    [
      writes('a.one', () => {
        if (broken) throw new Error('not now');
      }),
    ],
    [3_600_000],
  );
  await say('x', 1);
  await consumers.settled();
  broken = false;
  await database.rows(
    `insert into runtime.inbox (consumer, event_id) select consumer, event_id from runtime.held_event`,
  );
  await database.rows('update runtime.held_event set due_at = now()');
  await expect.poll(() => database.rows('select 1 from runtime.held_event'), { timeout: 20_000 }).toEqual([]);
  expect(await effects()).toEqual([]);
});

test('a database that is away for a moment costs an event no try, and no event is passed over', async () => {
  await start([writes('a.one')], []);
  let failures = 2;
  services.database = {
    ...database,
    transaction: async (work) => {
      if (failures-- > 0) throw Object.assign(new Error('terminating connection'), { code: '57P01' });
      return database.transaction(work);
    },
  };
  await database.transaction((tx) => appendFacts(tx, [aFact('x', 1), aFact('x', 2)]));
  relay.poke();
  await expect.poll(effects, { timeout: 20_000 }).toEqual(['a.one x 1', 'a.one x 2']);
  expect(await listDeadLetters(database.db)).toEqual([]);
});

test('what a reaction says commits with its effect, and is told at once', async () => {
  let pokes = 0;
  services.committed = () => void (pokes += 1);
  const says: Reaction = {
    ...writes('a.one'),
    run: async (event, ctx) => {
      await writes('a.one').run(event, ctx);
      ctx.emit('thing.seen' as never, { subject: 'seen', data: {} as never });
    },
  };
  await start([says]);
  await say('x', 1);
  const before = pokes;
  await consumers.settled();
  expect(pokes).toBe(before + 1);
  await relay.settled();
  const found = await relay.read((await relay.head()) - 1, 1);
  expect(found.map(({ type, subject }) => [type, subject])).toEqual([['thing.seen', 'seen']]);
});

test('a held event that another process has in hand is left to it', async () => {
  let broken = true;
  const reaction = writes('a.one', () => {
    if (broken) throw new Error('not now');
  });
  await start([reaction], [3_600_000]);
  await say('x', 1);
  await consumers.settled();
  await consumers.close();
  broken = false;
  await database.rows('update runtime.held_event set due_at = now()');
  await database.transaction(async (tx) => {
    await sql`select from runtime.held_event for update`.execute(tx);
    await start([reaction], [3_600_000]);
    await consumers.settled();
  });
  expect(await effects()).toEqual([]);
  await expect.poll(effects, { timeout: 20_000 }).toEqual(['a.one x 1']);
});

test('a process does not stand in line for an event that another one has in hand', async () => {
  const reached = Promise.withResolvers<void>();
  const mayGo = Promise.withResolvers<void>();
  const slow: Reaction = {
    ...writes('a.one'),
    run: async (event, ctx) => {
      reached.resolve();
      await mayGo.promise;
      await writes('a.one').run(event, ctx);
    },
  };
  await start([slow]);
  await say('x', 1);
  await reached.promise;
  const other = await createConsumers({ services, relay, reactions: [writes('a.one')] });
  await say('y', 2);
  await relay.settled();
  // It ends only when nothing of it is under way.
  await other.close();
  expect(await effects()).toEqual([]);
  mayGo.resolve();
  await consumers.settled();
  expect(await effects()).toEqual(['a.one x 1', 'a.one y 2']);
});

test('what comes while the log is read is not missed', async () => {
  let meanwhile = true;
  await start([writes('a.one')], [0, 0], {
    read: async (after, limit) => {
      const events = await relay.read(after, limit);
      if (meanwhile) {
        meanwhile = false;
        await say('x', 1);
        await relay.settled();
      }
      return events;
    },
  });
  await expect.poll(effects, { timeout: 20_000 }).toEqual(['a.one x 1']);
});

test('what was not offered is read from the log', async () => {
  let drops = true;
  await start([writes('a.one')], [0, 0], {
    subscribe: (listener) =>
      relay.subscribe((events) => {
        if (!drops) listener(events);
      }),
  });
  await consumers.settled();
  await say('x', 1);
  await relay.settled();
  drops = false;
  await say('x', 2);
  await consumers.settled();
  expect(await effects()).toEqual(['a.one x 1', 'a.one x 2']);
});

test.each([
  [1_000, 'wait in memory'],
  [1_001, 'are read from the log when their turn comes'],
])('%i events %s', async (count) => {
  const [first, second, mayGo] = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  let reads = 0;
  const slow: Reaction = {
    ...writes('a.one'),
    run: async (event) => {
      const isFirst = event.subject === 'first';
      (isFirst ? first : second)?.resolve();
      if (isFirst) await mayGo?.promise;
    },
  };
  await start([slow], [0, 0], {
    read: async (after, limit) => {
      reads += 1;
      return relay.read(after, limit);
    },
  });
  await consumers.settled();
  await say('first', 0);
  await first?.promise;
  reads = 0;
  for (let from = 0; from < count; from += 1_000) {
    const facts = Array.from({ length: Math.min(1_000, count - from) }, (_, n) => aFact('many', from + n));
    await database.transaction((tx) => appendFacts(tx, facts));
  }
  await relay.settled();
  mayGo?.resolve();
  await second?.promise;
  await consumers.close();
  expect(reads > 0).toBe(count > 1_000);
});
