import { aDatabase, eventually, openFaultProxy } from '@plinth/testing';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { openPostgres } from './index.ts';

it.each([
  ['falls silent while nothing happens', `select 'listening'`],
  ['never says that it listens', 'listen "things"'],
])('a listening connection that %s is ended and opened anew', async (_, text) => {
  const store = await aDatabase();
  const url = new URL(store.url);
  const folder = url.searchParams.get('host');
  const port = Number(url.port || 5432);
  const proxy = await openFaultProxy(folder ? { path: `${folder}/.s.PGSQL.${port}` } : { host: url.hostname, port });
  url.searchParams.delete('host');
  [url.hostname, url.port] = ['127.0.0.1', String(proxy.port)];
  const database = await openPostgres({ url: url.href, poolSize: 2 });
  try {
    const swallowed = proxy.swallowAt(text, 'back');
    let woken = 0;
    const listening = database.listen('things', () => (woken += 1));
    await swallowed;
    // Whoever is told that it does not listen asks again.
    await listening.catch(() => database.listen('things', () => (woken += 1)));
    await eventually('it hears again', 15_000, async () => {
      await sql`notify things`.execute(store.db);
      return woken > 0;
    });
    expect(woken).toBeGreaterThan(0);
  } finally {
    await database.close();
    await proxy.close();
    await store.close();
  }
});
