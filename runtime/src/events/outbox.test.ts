import { afterAll, beforeAll, expect, test } from 'vitest';
import { newIds, systemClock } from '../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
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
