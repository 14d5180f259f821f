import { anEmptyDatabase, databaseLaws, type FaultProxy, openFaultProxy, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toPortError } from './errors.ts';
import { openPostgres } from './index.ts';

let database: TestDatabase;
let proxy: FaultProxy;
beforeAll(async () => {
  database = await anEmptyDatabase();
  const url = new URL(database.url);
  const folder = url.searchParams.get('host');
  proxy = await openFaultProxy(
    folder ? { path: `${folder}/.s.PGSQL.5432` } : { host: url.hostname, port: Number(url.port || 5432) },
  );
});
afterAll(async () => {
  await proxy.close();
  await database.close();
});

/** The same database, through the proxy. */
function viaProxy(): string {
  const url = new URL(database.url);
  url.searchParams.delete('host');
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  return url.href;
}

describe('PostgreSQL keeps the laws of the Database port', () => {
  const laws = databaseLaws(() => ({ open: () => openPostgres({ url: viaProxy() }), server: proxy }));
  it.each(laws)('$name', async ({ check }) => {
    await expect(check()).resolves.toBeUndefined();
  });
});

describe('openPostgres', () => {
  it('rejects with unavailable when nobody listens, and names the address', async () => {
    await expect(openPostgres({ url: 'postgres://postgres@127.0.0.1:1/postgres' })).rejects.toMatchObject({
      name: 'PortError',
      failure: 'unavailable',
      message: expect.stringContaining('127.0.0.1:1'),
    });
  });

  it('passes a violated constraint on as it is', async () => {
    await sql`create table one_row (id int primary key)`.execute(database.db);
    await sql`insert into one_row values (1)`.execute(database.db);
    await expect(sql`insert into one_row values (1)`.execute(database.db)).rejects.toMatchObject({ code: '23505' });
  });

  it.each([
    ['53100', 'full'],
    ['53200', 'unavailable'],
    ['58030', 'unavailable'],
    ['40001', 'conflict'],
    ['40P01', 'conflict'],
    ['57014', 'timeout'],
    ['57P01', 'unavailable'],
    ['53300', 'unavailable'],
    ['XX001', 'corrupt'],
  ])('calls what the server says with SQLSTATE %s %s', async (code, failure) => {
    await expect(
      sql.raw(`do $$ begin raise exception using errcode = '${code}'; end $$`).execute(database.db),
    ).rejects.toMatchObject({ name: 'PortError', failure });
  });

  it.each(['File too large', 'Disk quota exceeded'])(
    'calls it full when the server meets “%s”, and reads on',
    async (why) => {
      const said = `could not extend file "base/16384/16385": ${why}`;
      const insert = `do $$ begin raise exception '${said}' using errcode = 'XX000'; end $$`;
      await expect(sql.raw(insert).execute(database.db)).rejects.toMatchObject({ name: 'PortError', failure: 'full' });
      await expect(sql`select 1`.execute(database.db)).resolves.toMatchObject({ rows: [{}] });
    },
  );

  it('calls a defect of the server no failure of its own', async () => {
    const insert = `do $$ begin raise exception 'cache lookup failed' using errcode = 'XX000'; end $$`;
    await expect(sql.raw(insert).execute(database.db)).rejects.toMatchObject({ code: 'XX000' });
  });

  it.each(['ENOSPC', 'EDQUOT', 'EFBIG'])('calls %s of a file full', (code) => {
    const error = Object.assign(new Error(`${code}: write`), { code });
    expect(toPortError(error)).toMatchObject({ name: 'PortError', failure: 'full', cause: error });
  });

  it('calls a lock that another transaction holds a conflict', async () => {
    await sql`create table held (id int primary key)`.execute(database.db);
    await sql`insert into held values (1)`.execute(database.db);
    await database.transaction(async (tx) => {
      await sql`select 1 from held for update`.execute(tx);
      await expect(
        database.transaction((other) => sql`select 1 from held for update nowait`.execute(other)),
      ).rejects.toMatchObject({ failure: 'conflict', cause: { code: '55P03' } });
    });
  });
});

describe('a connection lost at a commit', () => {
  it('is waited for while it is under way, for 5 s', async () => {
    await slowCommits();
    const handle = await openPostgres({ url: viaProxy(), poolSize: 1 });
    const insert = async (seconds: number): Promise<string> => {
      const cut = proxy.cutAt('commit', 'during');
      const inserted = handle.transaction(async (tx) => {
        await sql`insert into slow values (${seconds})`.execute(tx);
        return 'done';
      });
      await Promise.allSettled([inserted, cut]);
      return inserted;
    };
    expect(await insert(1)).toBe('done');
    const began = performance.now();
    await expect(insert(8)).rejects.toMatchObject({
      name: 'PortError',
      failure: 'unavailable',
      message: expect.stringContaining('not known whether it took effect'),
    });
    expect(performance.now() - began).toBeLessThan(7000);
    await handle.ping();
    await handle.close();
  }, 20_000);

  it('is called what it was while the server is away for a moment', async () => {
    await sql`create table away (n int)`.execute(database.db);
    const handle = await openPostgres({ url: viaProxy(), poolSize: 1 });
    const cut = proxy.cutAt('commit', 'after');
    const inserted = handle.transaction(async (tx) => {
      await sql`insert into away values (1)`.execute(tx);
      return 'done';
    });
    await cut;
    await proxy.stop();
    await new Promise((resolve) => setTimeout(resolve, 700));
    await proxy.start();
    expect(await inserted).toBe('done');
    await handle.close();
  });
});

/** The commit of a row takes as long as it says. */
async function slowCommits(): Promise<void> {
  await sql`create table slow (seconds float)`.execute(database.db);
  await sql`create function wait_for_it() returns trigger language plpgsql as $$
    begin perform pg_sleep(new.seconds); return null; end $$`.execute(database.db);
  await sql`create constraint trigger at_commit after insert on slow deferrable initially deferred
    for each row execute function wait_for_it()`.execute(database.db);
}
