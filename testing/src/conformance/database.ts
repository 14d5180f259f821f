// Laws of the Database port, and the shapes of values that every capability relies on.

import assert from 'node:assert/strict';
import { type Database, PortError } from '@plinth/runtime';
import { sql } from 'kysely';
import type { CutTime, FaultProxy } from '../fault-proxy.ts';
import { eventually, type Law } from '../law.ts';

export interface DatabaseUnderTest {
  /** Opens one more handle on the same, empty database. */
  open(): Promise<Database>;
  /** Takes the server away and gives it back; with faults it takes connections and fails at what they carry. */
  server: Pick<FaultProxy, 'stop' | 'start' | 'be' | 'cut' | 'cutAt' | 'swallowAt'>;
}

/** Numbered as in runtime/src/ports/database.ts. */
export function databaseLaws(subject: () => DatabaseUnderTest): Law[] {
  const within = async (work: (database: Database) => Promise<void>): Promise<void> => {
    const database = await subject().open();
    try {
      await work(database);
    } finally {
      await database.close();
    }
  };
  return [
    {
      name: '1. a transaction commits all or nothing',
      check: () =>
        within(async (database) => {
          await sql`create table law_one (n int)`.execute(database.db);
          const ours = new Error('ours');
          await assert.rejects(
            database.transaction(async (tx) => {
              await sql`insert into law_one values (1)`.execute(tx);
              throw ours;
            }),
            (error) => error === ours,
          );
          assert.equal(await count(database, 'law_one'), 0n);
        }),
    },
    {
      name: '2. a read after a resolved transaction sees its rows, from every handle',
      check: () =>
        within(async (database) => {
          await sql`create table law_two (n int)`.execute(database.db);
          await within(async (other) => {
            for (let n = 1; n <= 20; n++) {
              await database.transaction((tx) => sql`insert into law_two values (${n})`.execute(tx));
              assert.equal(await count(other, 'law_two'), BigInt(n));
            }
          });
        }),
    },
    {
      name: '3. cut connections end as unavailable, and work succeeds again',
      check: () => within(cutConnections),
    },
    {
      name: '3. a lost server ends as unavailable within 2 s, and work succeeds again once it is back',
      check: () => within((database) => loseServer(database, subject())),
    },
    ...(['before', 'during', 'after'] as const).map((when) => ({
      name: `4. a connection lost ${when} a commit tells the truth`,
      check: () => within((database) => loseCommit(database, subject(), when)),
    })),
    {
      name: '5. close waits for running work',
      async check() {
        const database = await subject().open();
        const work = database.transaction(async (tx) => {
          await sql`select pg_sleep(0.3)`.execute(tx);
          return 'done';
        });
        await sql`select 1`.execute(database.db);
        await database.close();
        assert.equal(await work, 'done');
      },
    },
    {
      name: '6. a commit that falls silent is called what it was, and its session ends',
      check: () => within((database) => fallSilentAtCommit(database, subject())),
    },
    {
      name: '6. a statement that falls silent ends as unavailable, and its session and locks with it',
      check: () => within((database) => fallSilent(database, subject())),
    },
    {
      name: '6. a server that falls silent ends as unavailable, and work succeeds once it is heard again',
      check: () => within((database) => loseSight(database, subject())),
    },
    {
      name: '6. what the server is at work on is waited for',
      check: () =>
        within(async (database) => {
          await sql`select pg_sleep(6)`.execute(database.db);
        }),
    },
    {
      name: 'a listener wakes, also after its connection was cut, until it stops listening',
      check: () => within(listens),
    },
    { name: 'values go in and come out as the port says', check: () => within(values) },
  ];
}

async function count(database: Database, table: string): Promise<bigint> {
  const { rows } = await sql<{ n: bigint }>`select count(*) as n from ${sql.table(table)}`.execute(database.db);
  return rows[0]?.n ?? -1n;
}

/** Ends all connections of this database but the asking one, as a failing server does. */
const cutOthers = sql`select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`;

const isUnavailable = (error: unknown): boolean => error instanceof PortError && error.failure === 'unavailable';

async function cutConnections(database: Database): Promise<void> {
  const held = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const inTransaction = database.transaction(async (tx) => {
    await sql`select 1`.execute(tx);
    held.resolve();
    await gate.promise;
    await sql`select 1`.execute(tx);
  });
  await held.promise;
  const running = sql`select pg_sleep(10)`.execute(database.db);
  const refused = assert.rejects(running, isUnavailable);
  await eventually('the slow query runs', 2000, async () => {
    const { rows } = await sql`select 1 from pg_stat_activity
      where datname = current_database() and query like '%pg_sleep(10)%' and pid <> pg_backend_pid()`.execute(
      database.db,
    );
    return rows.length > 0;
  });
  await cutOthers.execute(database.db);
  await refused;
  gate.resolve();
  await assert.rejects(inTransaction, isUnavailable);
  await answersAgain(database);
}

async function loseServer(database: Database, { server }: DatabaseUnderTest): Promise<void> {
  await database.ping();
  await server.stop();
  try {
    await refusesSoon(() => database.ping());
    await refusesSoon(() => sql`select 1`.execute(database.db));
    await refusesSoon(() => database.transaction((tx) => sql`select 1`.execute(tx)));
  } finally {
    await server.start();
  }
  await answersAgain(database);
  server.be({ swallow: 'both' });
  server.cut();
  try {
    await refusesSoon(() => sql`select 1`.execute(database.db));
  } finally {
    server.be({});
    server.cut();
  }
  await answersAgain(database);
}

async function refusesSoon(work: () => Promise<unknown>): Promise<void> {
  const began = performance.now();
  await assert.rejects(work(), isUnavailable);
  assert.ok(performance.now() - began < 2000, 'the refusal took longer than 2 s');
}

async function loseCommit(database: Database, { server }: DatabaseUnderTest, when: CutTime): Promise<void> {
  const table = `law_four_${when}`;
  await sql`create table ${sql.table(table)} (n int)`.execute(database.db);
  const insert = (n: number): Promise<string> =>
    database.transaction(async (tx) => {
      await sql`insert into ${sql.table(table)} values (${n})`.execute(tx);
      return 'done';
    });
  await insert(0);
  for (let n = 1; n <= 3; n++) {
    const cut = server.cutAt('commit', when);
    const inserted = insert(n);
    if (when === 'before') await assert.rejects(inserted, isUnavailable);
    else assert.equal(await inserted, 'done');
    await cut;
  }
  assert.equal(await count(database, table), when === 'before' ? 1n : 4n);
}

async function fallSilentAtCommit(database: Database, { server }: DatabaseUnderTest): Promise<void> {
  await sql`create table law_six (way text, session int)`.execute(database.db);
  const insert = (way: string): Promise<string> =>
    database.transaction(async (tx) => {
      await sql`insert into law_six values (${way}, pg_backend_pid())`.execute(tx);
      return way;
    });
  const began = performance.now();
  let swallowed = server.swallowAt('commit', 'there');
  const undone = assert.rejects(insert('there'), (error) => isUnavailable(error) && /was undone/.test(String(error)));
  await swallowed;
  swallowed = server.swallowAt('commit', 'back');
  const done = insert('back');
  await swallowed;
  await undone;
  assert.equal(await done, 'back');
  assert.ok(performance.now() - began < callerWaitsMs, 'nobody waits so long for the truth');
  const { rows } = await sql<{ way: string; isOpen: boolean }>`
    select way, session in (select pid from pg_stat_activity) as is_open from law_six`.execute(database.db);
  assert.deepEqual(rows, [{ way: 'back', isOpen: false }]);
}

/** Default time of an operation: law 6 leaves room in it. */
const callerWaitsMs = 10_000;

async function fallSilent(database: Database, { server }: DatabaseUnderTest): Promise<void> {
  await sql`create table law_six_row (n int)`.execute(database.db);
  await sql`insert into law_six_row values (0)`.execute(database.db);
  const began = performance.now();
  for (const way of ['there', 'back'] as const) {
    const swallowed = server.swallowAt('6 as law', way);
    const refused = assert.rejects(
      database.transaction(async (tx) => {
        await sql`update law_six_row set n = n + 1`.execute(tx);
        await sql`select 6 as law`.execute(tx);
      }),
      isUnavailable,
    );
    await swallowed;
    const outside = server.swallowAt('66 as law', way);
    const refusedToo = assert.rejects(sql`select 66 as law`.execute(database.db), isUnavailable);
    await outside;
    await Promise.all([refused, refusedToo]);
    await answersAgain(database);
    await database.transaction(async (tx) => {
      await sql`set local lock_timeout = 2000`.execute(tx);
      await sql`select 1 from law_six_row for update`.execute(tx);
    });
  }
  assert.ok(performance.now() - began < 2 * callerWaitsMs, 'nobody waits so long for a refusal');
  const { rows } = await sql<{ n: number }>`select n from law_six_row`.execute(database.db);
  assert.deepEqual(rows, [{ n: 0 }]);
}

async function loseSight(database: Database, { server }: DatabaseUnderTest): Promise<void> {
  // Others are heard after it began.
  const long = assert.rejects(sql`select pg_sleep(60)`.execute(database.db), isUnavailable);
  await database.ping();
  await database.ping();
  const swallowed = server.swallowAt('666 as law', 'both');
  const began = performance.now();
  const refused = assert.rejects(sql`select 666 as law`.execute(database.db), isUnavailable);
  await swallowed;
  server.be({ swallow: 'both' });
  try {
    await Promise.all([refused, long]);
    assert.ok(performance.now() - began < callerWaitsMs, 'nobody waits so long for a refusal');
  } finally {
    server.be({});
    server.cut();
  }
  await answersAgain(database);
}

/** A pool may hand out one dead connection that it has not noticed yet: each refusal costs it one. */
async function answersAgain(database: Database): Promise<void> {
  await eventually('the database answers again', 2000, () =>
    database.ping().then(
      () => true,
      () => false,
    ),
  );
}

async function listens(database: Database): Promise<void> {
  let woken = 0;
  const stop = await database.listen('law.listen', () => (woken += 1));
  await sql`select pg_notify('law.listen', '')`.execute(database.db);
  await eventually('the first wake-up', 2000, () => woken >= 1);
  await cutOthers.execute(database.db);
  await eventually('a wake-up after the cut', 5000, async () => {
    const before = woken;
    await sql`select pg_notify('law.listen', '')`.execute(database.db);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return woken > before;
  });
  await stop();
  const last = woken;
  await sql`select pg_notify('law.listen', '')`.execute(database.db);
  await database.ping();
  assert.equal(woken, last);
}

async function values(database: Database): Promise<void> {
  const at = Temporal.Instant.from('2030-02-28T23:59:59.123456Z');
  const day = Temporal.PlainDate.from('2028-02-29');
  const big = 9_007_199_254_740_993n;
  const { rows } = await sql<Record<string, unknown>>`select
      ${at}::timestamptz as at_time, ${day}::date as day, ${big}::int8 as big, 12345678901234567890.10::numeric as exact,
      ${JSON.stringify({ snake_key: 1 })}::jsonb as body, array_length(${[at, at]}::timestamptz[], 1) as many`.execute(
    database.db,
  );
  const row = rows[0] ?? {};
  assert.equal(String(row['atTime']), String(at));
  assert.ok(row['atTime'] instanceof Temporal.Instant);
  assert.ok(row['day'] instanceof Temporal.PlainDate && row['day'].equals(day));
  assert.equal(row['big'], big);
  assert.equal(row['exact'], '12345678901234567890.10');
  assert.deepEqual(row['body'], { snake_key: 1 });
  assert.equal(row['many'], 2);
}
