// PostgreSQL forgets the ids of transactions of which nothing had reached its log when it crashed, and gives them again.

import { startEmbeddedPostgres } from '@plinth/adapters/embedded-postgres';
import { openPostgres } from '@plinth/adapters/postgres';
import type { Db } from '@plinth/runtime';
import { eventually, openFaultProxy } from '@plinth/testing';
import { sql } from 'kysely';
import { expect, it } from 'vitest';

it('a connection lost at a commit is not judged by an id that a crashed server gave again', async () => {
  const server = await startEmbeddedPostgres({ dataFolder: '', ephemeral: true });
  const url = new URL(server.url);
  const own = await openFaultProxy({ path: `${url.searchParams.get('host') ?? ''}/.s.PGSQL.5432` });
  url.searchParams.delete('host');
  [url.hostname, url.port] = ['127.0.0.1', String(own.port)];
  const handle = await openPostgres({ url: url.href, poolSize: 1 });
  const direct = await openPostgres({ url: server.url });
  await sql`create table lost (n int)`.execute(direct.db);
  let lost = 0n;
  const cut = own.cutAt('commit', 'before');
  const inserted = handle.transaction(async (tx) => {
    await sql`insert into lost values (1)`.execute(tx);
    lost = await idOf(tx);
  });
  const ended = inserted.catch((error: unknown) => error);
  await cut;
  await own.stop();
  // The server ends all its processes and begins anew from its log, in which the lost transaction may not stand.
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(direct.db);
  process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
  await eventually('the id was given again', 4000, async () => (await idOf(direct.db).catch(() => -1n)) >= lost);
  await own.start();
  const began = performance.now();
  expect(await ended).toMatchObject({
    failure: 'unavailable',
    message: expect.stringContaining('not known whether it took effect'),
  });
  // It was told so, not given up after its time.
  expect(performance.now() - began).toBeLessThan(1000);
  await Promise.all([handle.close(), direct.close(), own.close()]);
  await server.stop();
}, 60_000);

/** Of the transaction that asks. */
async function idOf(db: Db): Promise<bigint> {
  const { rows } = await sql<{ id: string }>`select pg_current_xact_id()::text as id`.execute(db);
  return BigInt(rows[0]?.id ?? -1);
}
