import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Reaction } from '../capability.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { silent, testServices, type TestServices } from '../test-services.ts';
import { appendFacts } from './outbox.ts';
import { rebuildProjection } from './rebuild.ts';
import { createRelay } from './relay.ts';

let database: TestDatabase;
let services: TestServices;

beforeAll(async () => {
  database = await openTestDatabase();
  await database.rows('create table lines (id uuid primary key, subject text, n int)');
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.rows(`truncate lines, runtime.outbox, runtime.subject, runtime.consumer, runtime.held_event,
    runtime.dead_letter`);
  await database.rows('update runtime.event_log set head = 0');
  services = testServices(database);
});

const lines: Reaction = {
  name: 'things.line',
  on: '*',
  projection: { table: 'lines', key: 'id' },
  run: async (event, ctx) => {
    const { n } = event.data as { n: number };
    await sql`insert into lines values (${event.id}, ${event.subject}, ${n})`.execute(ctx.db);
  },
};
const rebuild = (reaction: Partial<Reaction> = {}) => rebuildProjection(services, { ...lines, ...reaction });
const subjects = async () =>
  (await database.rows('select subject from lines order by subject')).map(({ subject }) => subject);

/** Published facts, and a reaction that is past all of them or so many fewer. */
async function past(names: readonly string[], { whose, behind = 0 }: { whose?: Buffer; behind?: number } = {}) {
  const facts = names.map((subject, n) => ({
    id: services.ids.uuid(),
    type: 'thing.changed',
    source: '/things',
    subject,
    customerId: undefined,
    data: { n },
    traceId: 't',
    decisionId: undefined,
    channel: undefined,
    time: services.clock.now(),
    ...(whose === undefined ? {} : { whose }),
  }));
  for (let from = 0; from < facts.length; from += 1_000)
    await database.transaction((tx) => appendFacts(tx, facts.slice(from, from + 1_000)));
  const relay = await createRelay({ database, log: silent });
  await relay.settled();
  await relay.close();
  await database.rows(`insert into runtime.consumer (name, position) select 'things.line', head - ${behind}
    from runtime.event_log on conflict (name) do update set position = excluded.position`);
}

test('everything up to the cursor is folded, however much it is, and nothing beyond it', async () => {
  const names = Array.from({ length: 1_101 }, (_, n) => `s${n}`);
  await past(names, { behind: 1 });
  expect(await rebuild()).toEqual({ events: 1_100, before: 0, after: 1_100, isSame: false });
  expect(await rebuild()).toEqual({ events: 1_100, before: 1_100, after: 1_100, isSame: true });
});

test('what it holds back or gave up is not its past, until it was tried again', async () => {
  await past(['done', 'held', 'dead']);
  const columns = 'consumer, event_id, subject, position, event, attempt, error';
  for (const [table, subject] of [
    ['held_event', 'held'],
    ['dead_letter', 'dead'],
  ])
    await database.rows(`insert into runtime.${table} (${columns})
      select 'things.line', event_id, subject, position, '{}', 1, 'no' from runtime.outbox where subject = '${subject}'`);
  await rebuild();
  expect(await subjects()).toEqual(['done']);
  await database.rows('update runtime.dead_letter set replayed_at = now()');
  await rebuild();
  expect(await subjects()).toEqual(['dead', 'done']);
});

test('what is told to one principal alone is not folded', async () => {
  await past(['ended'], { whose: Buffer.from('ada') });
  await past(['said']);
  await rebuild();
  expect(await subjects()).toEqual(['said']);
});

test('a row that was spoilt is found and mended; one whose event has left the log stays', async () => {
  await past(['a', 'b']);
  await rebuild();
  await database.rows(`insert into lines values (gen_random_uuid(), 'old', 9)`);
  await database.rows(`update lines set n = 7 where subject = 'a'`);
  expect(await rebuild()).toMatchObject({ before: 2, after: 2, isSame: false });
  expect(await database.rows('select subject, n from lines order by subject')).toEqual([
    { subject: 'a', n: 0 },
    { subject: 'b', n: 1 },
    { subject: 'old', n: 9 },
  ]);
});

test('nothing is told a second time, and the reaction waits meanwhile', async () => {
  await past(['a']);
  let free: unknown[] = ['not looked'];
  await rebuild({
    run: async (event, ctx) => {
      ctx.emit('thing.seen' as never, { subject: event.subject, data: {} as never });
      free = await database.rows(`select 1 from runtime.consumer where name = 'things.line' for update skip locked`);
    },
  });
  expect(free).toEqual([]);
  expect(await database.rows('select type from runtime.outbox')).toEqual([{ type: 'thing.changed' }]);
});
