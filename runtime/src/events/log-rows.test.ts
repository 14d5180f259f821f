import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { sweepEvents } from './log-rows.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(() => database.rows('truncate runtime.outbox, runtime.inbox, runtime.consumer'));

/** `count` facts, published so long ago (never, if null), at positions from `from` on. */
async function facts(name: string, { count, ago, from }: { count: number; ago: string | null; from: number }) {
  await database.rows(`
    insert into runtime.outbox (event_id, type, source, subject, aggregate_seq, data, trace_id, time, position, published_at)
    select gen_random_uuid(), 'thing.changed', '/things', '${name}', n, '{}', 't', now(),
      ${ago === null ? 'null' : `${from} + n`}, ${ago === null ? 'null' : `now() - interval '${ago}'`}
    from generate_series(1, ${count}) n`);
}
const left = async (): Promise<Record<string, number>> => {
  const rows = await database.rows('select subject, count(*)::int as n from runtime.outbox group by subject');
  return Object.fromEntries(rows.map(({ subject, n }) => [subject as string, n as number]));
};

it('facts stay for seven days after they were published, and then go, however many they are', async () => {
  await facts('old', { count: 2_500, ago: '7 days 1 minute', from: 0 });
  await facts('young', { count: 5, ago: '6 days 23 hours', from: 3_000 });
  await facts('unpublished', { count: 5, ago: null, from: 0 });
  await sweepEvents(database.db);
  expect(await left()).toEqual({ young: 5, unpublished: 5 });
});

it('a fact that a reaction has not come to stays', async () => {
  await facts('old', { count: 10, ago: '8 days', from: 0 });
  await database.rows(`insert into runtime.consumer (name, position) values ('a', 100), ('slow', 4)`);
  await sweepEvents(database.db);
  expect(await left()).toEqual({ old: 6 });
});

it('what reactions have done is known for thirty days', async () => {
  await database.rows(`
    insert into runtime.inbox (consumer, event_id, done_at)
    select 'a', gen_random_uuid(), now() - interval '30 days 1 minute' from generate_series(1, 2500)
    union all select 'a', gen_random_uuid(), now() - interval '29 days 23 hours' from generate_series(1, 3)`);
  await sweepEvents(database.db);
  expect(await database.rows('select count(*)::int as n from runtime.inbox')).toEqual([{ n: 3 }]);
});
