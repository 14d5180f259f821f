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

async function opened(
  over: Database = database,
  changed?: () => void,
): Promise<{ known: Revocations; book: RevocationBook }> {
  const known = new Revocations();
  const book = new RevocationBook({
    database: over,
    revocations: known,
    nowS,
    onError: () => undefined,
    ...(changed && { changed }),
  });
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
  const state = { isAway: false, failures: 0, changes: 0 };
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
    changed: () => (state.changes += 1),
  });
  await book.open();
  state.isAway = true;
  await suspend(database.db, 'app:meanwhile');
  await age('app:meanwhile', '1 hour');
  await sql`delete from runtime.revocation where what = 'app:let-in'`.execute(database.db);
  await eventually('it fails', 5_000, async () => (state.failures > 0 ? true : undefined));
  expect([known.knows('app:meanwhile'), known.knows('app:let-in')]).toEqual([false, true]);
  const told = state.changes;
  state.isAway = false;
  await eventually('it is told', 5_000, async () => (known.knows('app:meanwhile') ? true : undefined));
  expect(known.knows('app:let-in')).toBe(false);
  await eventually('it says so', 5_000, () => state.changes > told || undefined);
  // From then on it looks at what is new alone.
  const before = state.changes;
  await revoke(database.db, 'jti:afterwards');
  await eventually('it is told', 5_000, async () => (known.knows('jti:afterwards') ? true : undefined));
  expect(state.changes).toBe(before + 1);
  await book.close();
});

it('who holds long connections is told of what was withdrawn here and elsewhere, once, and of nothing else', async () => {
  const changed = { here: 0, there: 0 };
  const [here, there] = [
    await opened(database, () => (changed.here += 1)),
    await opened(database, () => (changed.there += 1)),
  ];
  // What was withdrawn before they began is told, too; from here on all is counted.
  expect([changed.here > 0, changed.there > 0]).toEqual([true, true]);
  Object.assign(changed, { here: 0, there: 0 });
  await here.book.revoke('jti:told');
  expect([changed.here, here.known.knows('jti:told')]).toEqual([1, true]);
  await eventually('it is known there', 5_000, () => there.known.knows('jti:told'));
  await restore(database.db, 'jti:told');
  for (const { known } of [here, there])
    await eventually('it is let in', 5_000, () => !known.knows('jti:told') || undefined);
  await Promise.all([here.book.close(), there.book.close()]);
  expect(changed).toEqual({ here: 1, there: 1 });
});

it('what is withdrawn for some seconds is so elsewhere for as many', async () => {
  await revoke(database.db, 'ids:brief', 600);
  const { known, book } = await opened();
  const leftS = known.leftS('ids:brief', nowS()) ?? 0;
  expect([leftS > 590, leftS <= 601]).toEqual([true, true]);
  await book.close();
});

it('a row is deleted five minutes after its end, and not before: until then others must read of it', async () => {
  await revoke(database.db, 'jti:goes-on');
  await restore(database.db, 'jti:let-in');
  const deletedAfter = async (interval: string): Promise<string[]> => {
    for (const what of ['jti:goes-on', 'jti:let-in']) await age(what, interval);
    await deleteRevocations(1000).execute(database.db);
    const { rows } = await sql<{ what: string }>`
      select what from runtime.revocation where what in ('jti:goes-on', 'jti:let-in') order by what`.execute(
      database.db,
    );
    return rows.map(({ what }) => what);
  };
  expect(await deletedAfter('290 seconds')).toEqual(['jti:goes-on', 'jti:let-in']);
  expect(await deletedAfter('11 seconds')).toEqual(['jti:goes-on']);
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
  // Withdrawn before, it would have ended by itself.
  known.revoke('app:first', 0);
  known.suspend('app:first');
  for (const what of ['jti:1', 'jti:2']) known.revoke(what, 0);
  expect(['app:first', 'jti:1', 'jti:2'].map((what) => known.knows(what))).toEqual([true, true, true]);
  // The second time it takes nobody's room.
  for (let again = 0; again < 2; again++) known.revoke('jti:3', 0);
  expect(['app:first', 'jti:1', 'jti:2', 'jti:3'].map((what) => known.knows(what))).toEqual([true, false, true, true]);
});
