import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { type AnsweredCall, readUsageOf, sweepUsage, UsageBook } from './usage.ts';

const interaction = (more: Partial<AnsweredCall> & { body?: unknown } = {}): AnsweredCall => ({
  capability: 'orders',
  operation: 'placeOrder',
  version: '1.2.0',
  principal: { applicationId: 'app_acme' },
  channel: 'partner',
  input: more.body === undefined ? {} : { body: more.body },
  parameters: () => [],
  status: 201,
  ...more,
});

describe('records of use', () => {
  let database: TestDatabase;
  let now = Temporal.Instant.from('2026-03-01T10:00:00Z');
  const faults: unknown[] = [];
  const book = () => new UsageBook({ database, now: () => now, onError: (error) => faults.push(error) });

  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  it('says which names were sent by whom, never a value', async () => {
    const one = book();
    one.note(interaction({ body: { lines: [{ sku: 'SECRET-1' }, { sku: 'B', quantity: 2 }], 'a/b': null } }));
    one.note(interaction({ body: { lines: [] }, parameters: () => ['query.dry'] }));
    one.note(interaction({ principal: {}, channel: 'web', body: { lines: [{ sku: 'C' }] } }));
    await one.flush();
    const { uses } = await readUsageOf(database.db, 'orders');
    expect(uses).toMatchObject([
      {
        consumer: 'app_acme',
        calls: 2,
        parameters: ['query.dry'],
        sent: ['/a~1b', '/lines', '/lines/[]/quantity', '/lines/[]/sku'],
      },
      { consumer: 'web', calls: 1, parameters: [], sent: ['/lines', '/lines/[]/sku'] },
    ]);
    expect(JSON.stringify(await database.rows('select sent, parameters from runtime.usage'))).not.toContain('SECRET');
  });

  it('takes a file as one thing', async () => {
    const one = book();
    const file = { fileName: 'a.png', type: 'image/png', bytes: new Uint8Array(5_000) };
    one.note(interaction({ operation: 'upload', body: { photo: file, more: [file] } }));
    await one.flush();
    const { uses } = await readUsageOf(database.db, 'orders');
    expect(uses.find(({ operation }) => operation === 'upload')?.sent).toEqual(['/more', '/photo']);
  });

  it('adds up over processes and days, by version', async () => {
    const [first, second] = [book(), book()];
    first.note(interaction({ operation: 'addNote', body: { text: 'x' } }));
    second.note(interaction({ operation: 'addNote', body: { colour: 'red' } }));
    await Promise.all([first.flush(), second.flush()]);
    now = now.add({ hours: 24 });
    const third = book();
    third.note(interaction({ operation: 'addNote', body: { text: 'y' } }));
    third.note(interaction({ operation: 'addNote', version: '1.3.0', body: { text: 'y' } }));
    await third.flush();
    const { uses } = await readUsageOf(database.db, 'orders');
    expect(uses.filter(({ operation }) => operation === 'addNote')).toMatchObject([
      { version: '1.2.0', calls: 3, sent: ['/colour', '/text'] },
      { version: '1.3.0', calls: 1, sent: ['/text'] },
    ]);
  });

  it('counts nothing that was refused before it was understood', async () => {
    const one = book();
    for (const status of [400, 401, 403, 404, 422, 429, 503]) one.note(interaction({ operation: 'refused', status }));
    await one.flush();
    const { uses } = await readUsageOf(database.db, 'orders');
    expect(uses.some(({ operation }) => operation === 'refused')).toBe(false);
  });

  it('counts what was understood and stood against how things are', async () => {
    const one = book();
    one.note(interaction({ operation: 'stood', status: 409 }));
    await one.flush();
    const { uses } = await readUsageOf(database.db, 'orders');
    expect(uses).toContainEqual(expect.objectContaining({ operation: 'stood', calls: 1 }));
  });

  it('takes two thousand names of one operation at most', async () => {
    const one = book();
    const body = Object.fromEntries(Array.from({ length: 2_001 }, (_, n) => [`n${n}`, n]));
    one.note(interaction({ capability: 'wide', body }));
    await one.flush();
    expect((await readUsageOf(database.db, 'wide')).uses[0]?.sent).toHaveLength(2_000);
  });

  it('keeps what could not be written for the next time', async () => {
    const broken = new UsageBook({
      database: { ...database, transaction: () => Promise.reject(new Error('away')) },
      now: () => now,
      onError: (error) => faults.push(error),
    });
    broken.note(interaction({ operation: 'later' }));
    await broken.flush();
    expect(faults).toHaveLength(1);
    expect(broken.pending).toBe(1);
  });

  it('is written by the time that the last writing has ended, also what was being written before', async () => {
    const mayWrite = Promise.withResolvers<void>();
    const slow = new UsageBook({
      database: { ...database, transaction: (work) => mayWrite.promise.then(() => database.transaction(work)) },
      now: () => now,
      onError: (error) => faults.push(error),
    });
    slow.note(interaction({ capability: 'slow' }));
    void slow.flush();
    const last = slow.flush();
    setImmediate(() => mayWrite.resolve());
    await last;
    expect((await readUsageOf(database.db, 'slow')).uses).toMatchObject([{ calls: 1 }]);
  });

  it('is deleted after 400 days', async () => {
    await database.rows(
      "insert into runtime.usage values ('old', 'o', 'c', '1', current_date - 401, 1, '{}', '{}'), ('old', 'o', 'c', '1', current_date - 400, 1, '{}', '{}')",
    );
    await sweepUsage(database.db);
    const { uses, days } = await readUsageOf(database.db, 'old');
    expect(uses).toMatchObject([{ calls: 1 }]);
    // Today is one of them.
    expect(days).toBe(401);
  });
});
