import { afterAll, beforeAll, expect, test } from 'vitest';
import { newIds, systemClock } from '../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { sweepEvents } from './log-rows.ts';
import { appendFacts, type OutboxFact } from './outbox.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const ids = newIds(systemClock);
const fact = (subject: string, n = 0): OutboxFact => ({
  id: ids.uuid(),
  type: 'thing.changed',
  source: '/things',
  subject,
  customerId: undefined,
  data: { n },
  traceId: 't',
  decisionId: undefined,
  channel: 'web',
  time: systemClock.now(),
});
const sequences = (subject: string) =>
  database.rows(
    `select aggregate_seq::int as seq from runtime.outbox where subject = '${subject}' order by aggregate_seq`,
  );

test('facts of one subject are numbered without gaps, also after a rollback', async () => {
  await database.transaction((tx) => appendFacts(tx, [fact('a'), fact('b'), fact('a')]));
  const failed = database.transaction(async (tx) => {
    await appendFacts(tx, [fact('a')]);
    throw new Error('rolled back');
  });
  await expect(failed).rejects.toThrow('rolled back');
  await database.transaction((tx) => appendFacts(tx, [fact('a')]));
  expect(await sequences('a')).toEqual([{ seq: 1 }, { seq: 2 }, { seq: 3 }]);
});

test('a write gets the ordinal of its last fact, and none without facts', async () => {
  const positions = [];
  for (const facts of [[fact('p'), fact('q'), fact('p')], [], [fact('p')]])
    positions.push(await database.transaction((tx) => appendFacts(tx, facts)));
  const rows = await database.rows(
    `select ordinal::int as ordinal from runtime.outbox where subject in ('p', 'q') order by ordinal`,
  );
  expect(rows).toHaveLength(4);
  expect(positions).toEqual([rows[2]?.['ordinal'], undefined, rows[3]?.['ordinal']]);
});

test('forty transactions about the same two subjects in opposite orders neither collide nor deadlock', async () => {
  const work = Array.from({ length: 40 }, (_, n) =>
    database.transaction((tx) =>
      appendFacts(tx, n % 2 === 0 ? [fact('x', n), fact('y', n)] : [fact('y', n), fact('x', n)]),
    ),
  );
  await Promise.all(work);
  expect((await sequences('x')).map((row) => row['seq'])).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
  expect((await sequences('y')).length).toBe(40);
});

test('order of ordinals is order of sequence within a subject', async () => {
  const rows = await database.rows(`select 1 from runtime.outbox a join runtime.outbox b using (subject)
    where a.aggregate_seq < b.aggregate_seq and a.ordinal > b.ordinal`);
  expect(rows).toEqual([]);
});

test('a transaction has a thousand facts at most', async () => {
  const facts = Array.from({ length: 1000 }, (_, n) => fact('many', n));
  await database.transaction((tx) => appendFacts(tx, facts));
  expect(await sequences('many')).toHaveLength(1000);
  await expect(database.transaction((tx) => appendFacts(tx, [...facts, fact('many')]))).rejects.toThrow('1,000 facts');
  expect(await sequences('many')).toHaveLength(1000);
});

test('facts go after 7 days when every reaction has seen them, inbox rows after 30, however many there are', async () => {
  await database.rows('truncate runtime.outbox, runtime.inbox, runtime.consumer');
  await database.rows(`insert into runtime.consumer (name, position) values ('quick', 9999), ('slow', 2500)`);
  await database.rows(`
    insert into runtime.outbox (event_id, type, source, subject, aggregate_seq, data, trace_id, time, position, published_at)
    select gen_random_uuid(), 'thing.changed', '/things', 'old', n, '{}', 't', now(), n,
      case when n <= 2600 then now() - interval '7 days 1 minute' else now() - interval '6 days 23 hours' end
    from generate_series(1, 2700) n`);
  await database.rows(`
    insert into runtime.inbox (consumer, event_id, done_at)
    select 'quick', gen_random_uuid(),
      case when n <= 2100 then now() - interval '30 days 1 minute' else now() - interval '29 days 23 hours' end
    from generate_series(1, 2200) n`);
  await sweepEvents(database.db);
  const left = await database.rows(`select count(*)::int as n, min(position)::int as first from runtime.outbox`);
  expect(left).toEqual([{ n: 200, first: 2501 }]);
  expect(await database.rows(`select count(*)::int as n from runtime.inbox`)).toEqual([{ n: 100 }]);
});
