import { aDatabase, eventually, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Database } from '../ports/index.ts';
import { deleteRevocations, restore, RevocationBook, revoke, suspend } from './revocation-book.ts';
import { Revocations } from './token-cache.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await aDatabase();
});
afterAll(() => database.close());

const nowS = (): number => Math.floor(Date.now() / 1000);

async function opened(over: Database = database): Promise<{ known: Revocations; book: RevocationBook }> {
  const known = new Revocations();
  const book = new RevocationBook({ database: over, revocations: known, nowS, onError: () => undefined });
  await book.open();
  return { known, book };
}

/** As if so much time had passed since it was written. */
const age = (what: string, interval: string) =>
  sql`
  update runtime.revocation set at = at - ${interval}::interval, until = case
    when until > now() + interval '100 years' then until else until - ${interval}::interval end
  where what = ${what}`.execute(database.db);

it('who is suspended stays so over days, sweeps and restarts; what was withdrawn ends after a day', async () => {
  await suspend(database.db, 'app:stays');
  await revoke(database.db, 'jti:ends');
  const first = await opened();
  expect([first.known.knows('app:stays'), first.known.knows('jti:ends')]).toEqual([true, true]);
  await first.book.close();
  for (const what of ['app:stays', 'jti:ends']) await age(what, '400 days');
  await deleteRevocations(1000).execute(database.db);
  const later = await opened();
  expect([later.known.knows('app:stays'), later.known.knows('jti:ends')]).toEqual([true, false]);
  await restore(database.db, 'app:stays');
  await eventually('it is let in', 5_000, async () => (later.known.knows('app:stays') ? undefined : true));
  await later.book.close();
  const last = await opened();
  expect(last.known.knows('app:stays')).toBe(false);
  await last.book.close();
});

it('is not shortened by being withdrawn for a day', async () => {
  await suspend(database.db, 'app:longer');
  await revoke(database.db, 'app:longer');
  await age('app:longer', '2 days');
  const { known, book } = await opened();
  known.revoke('app:longer', nowS());
  expect(known.suspended).toContain('app:longer');
  await book.close();
});

it('who was cut off from the database learns what changed meanwhile, however long ago', async () => {
  await suspend(database.db, 'app:let-in');
  const state = { isAway: false, failures: 0 };
  const over = new Proxy(database, {
    get(target, name) {
      if (name === 'db' && state.isAway) throw new Error('away');
      return Reflect.get(target, name) as unknown;
    },
  });
  const known = new Revocations();
  const book = new RevocationBook({
    database: over,
    revocations: known,
    nowS,
    onError: () => (state.failures += 1),
  });
  await book.open();
  state.isAway = true;
  await suspend(database.db, 'app:meanwhile');
  await age('app:meanwhile', '1 hour');
  await sql`delete from runtime.revocation where what = 'app:let-in'`.execute(database.db);
  await eventually('it fails', 5_000, async () => (state.failures > 0 ? true : undefined));
  expect([known.knows('app:meanwhile'), known.knows('app:let-in')]).toEqual([false, true]);
  state.isAway = false;
  await eventually('it is told', 5_000, async () => (known.knows('app:meanwhile') ? true : undefined));
  expect(known.knows('app:let-in')).toBe(false);
  await book.close();
});

it('what nobody was notified of is known after a second', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { known, book } = await opened();
  // As if the notification were lost.
  await sql`
    insert into runtime.revocation (what, at, until)
    values ('jti:unheard', clock_timestamp(), clock_timestamp() + interval '1 day')`.execute(database.db);
  vi.advanceTimersByTime(999);
  // What is read now is answered before this is.
  await sql`select pg_sleep(0.1)`.execute(database.db);
  expect(known.knows('jti:unheard')).toBe(false);
  vi.advanceTimersByTime(1);
  await eventually('it is known', 5_000, () => known.knows('jti:unheard'));
  await book.close();
  vi.useRealTimers();
});

it('what ends by itself makes room for others; who is suspended does not', () => {
  const known = new Revocations(2);
  known.suspend('app:first');
  for (const what of ['jti:1', 'jti:2']) known.revoke(what, 0);
  expect(['app:first', 'jti:1', 'jti:2'].map((what) => known.knows(what))).toEqual([true, true, true]);
  known.revoke('jti:3', 0);
  expect(['app:first', 'jti:1', 'jti:2', 'jti:3'].map((what) => known.knows(what))).toEqual([true, false, true, true]);
});
