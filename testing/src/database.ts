// A database of one test file: a copy of a migrated template, dropped at its end. Which server and which adapter is said
// by the root test setup (test/global-setup.ts), since this package may import neither.

import { createHash } from 'node:crypto';
import { type Database, type Db, migrate, type MigrationSet, runtimeMigrations } from '@plinth/runtime';
import { sql } from 'kysely';
import { inject } from 'vitest';
import { urlOf } from './server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** File URL of the module whose `openPostgres` opens databases. */
    databaseModule: string;
    /** Part of the names of this run's databases. */
    testRun: string;
  }
}

type Open = (options: { url: string; poolSize?: number }) => Promise<Database>;

interface DatabaseServer {
  url: string;
  open: Open;
  run: string;
}

export interface TestDatabase extends Database {
  /** For a second handle, or a process of its own. */
  readonly url: string;
  /** Closes the handle and drops the database. */
  close(): Promise<void>;
}

const prefix = 'plinth_test_';

async function serverOfRun(): Promise<DatabaseServer> {
  const module = (await import(inject('databaseModule'))) as { openPostgres: Open };
  return { url: inject('databaseUrl'), run: inject('testRun'), open: module.openPostgres };
}

let made = 0;

/**
 * A database with schema `runtime` and the given ones, about 70 ms. The first caller of a list of schemas makes the
 * template, in whichever process; others wait for it.
 */
export async function aDatabase(sets: readonly MigrationSet[] = []): Promise<TestDatabase> {
  const all = [runtimeMigrations, ...sets];
  return aPreparedDatabase(describe(all), async (url, open) => {
    const database = await open({ url, poolSize: 1 });
    try {
      await migrate(database, all);
    } finally {
      await database.close();
    }
  });
}

/**
 * A database as `prepare` left one: the first caller of a mark in this run prepares it, in whichever process, and others
 * wait for it. `prepare` leaves nobody connected.
 */
export async function aPreparedDatabase(
  mark: string,
  prepare: (url: string, open: Open) => Promise<void>,
): Promise<TestDatabase> {
  return copyOf(({ server, admin }) => ensureTemplate({ server, admin, mark, prepare }));
}

/** A database without any schema of ours. */
export async function anEmptyDatabase(): Promise<TestDatabase> {
  return copyOf(async () => 'template1');
}

async function copyOf(
  template: (parts: { server: DatabaseServer; admin: Database }) => Promise<string>,
): Promise<TestDatabase> {
  const server = await serverOfRun();
  const name = `${prefix}${server.run}_${process.pid}_${++made}`;
  await withAdmin(server, async (admin) => {
    const source = await template({ server, admin });
    await sql`create database ${sql.id(name)} template ${sql.id(source)}`.execute(admin.db);
  });
  const url = urlOf(server.url, name);
  const database = await server.open({ url });
  return {
    ...database,
    url,
    async close() {
      await database.close();
      await withAdmin(server, (admin) => drop(admin.db, name));
    },
  };
}

/** Drops the databases of a run, whatever became of its tests. Called at its end. */
export async function dropTestDatabases({ db }: Database, run: string): Promise<number> {
  const { rows } = await sql<{ name: string }>`
    select datname as name from pg_database where starts_with(datname, ${`${prefix}${run}_`})`.execute(db);
  for (const { name } of rows) await drop(db, name);
  return rows.length;
}

/**
 * Drops what runs on this machine left behind when they were killed: the name of a database tells the process that owned it
 * (`plinth_<what>_<process>…`). On a server of another machine nothing is dropped. Resolves with the names.
 */
export async function dropLeftDatabases({ db }: Database, serverUrl: string): Promise<string[]> {
  const { hostname, searchParams } = new URL(serverUrl);
  const isHere = /^(127\.|localhost$|\[::1\]$)/.test(hostname) || searchParams.get('host')?.startsWith('/') === true;
  if (!isHere) return [];
  const { rows } = await sql<{ name: string }>`
    select datname as name from pg_database
    where datname ~ '^plinth_[a-z]+_[0-9]+(_|$)' and oid not in (select datid from pg_stat_activity where datid is not null)
    order by datname`.execute(db);
  const left = rows.flatMap(({ name }) => (isAlive(Number(name.split('_')[2])) ? [] : [name]));
  // Another start may be dropping them, too.
  for (const name of left) await drop(db, name).catch(() => undefined);
  return left;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function drop(db: Db, name: string): Promise<void> {
  await sql`drop database if exists ${sql.id(name)} with (force)`.execute(db);
}

async function withAdmin<T>(server: DatabaseServer, work: (admin: Database) => Promise<T>): Promise<T> {
  const admin = await server.open({ url: server.url, poolSize: 1 });
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

interface Template {
  server: DatabaseServer;
  admin: Database;
  mark: string;
  prepare: (url: string, open: Open) => Promise<void>;
}

/** Made under another name and renamed when it is whole, so a killed maker leaves no half template. */
async function ensureTemplate({ server, admin, mark, prepare }: Template): Promise<string> {
  const hash = createHash('sha256').update(mark).digest('hex').slice(0, 12);
  const name = `${prefix}${server.run}_template_${hash}`;
  const draft = `${name}_draft`;
  await admin.db.connection().execute(async (connection: Db) => {
    await sql`select pg_advisory_lock(hashtext(${name}))`.execute(connection);
    try {
      const { rows } = await sql`select 1 from pg_database where datname = ${name}`.execute(connection);
      if (rows.length > 0) return;
      await drop(connection, draft);
      await sql`create database ${sql.id(draft)}`.execute(connection);
      await prepare(urlOf(server.url, draft), server.open);
      await sql`alter database ${sql.id(draft)} rename to ${sql.id(name)}`.execute(connection);
    } finally {
      await sql`select pg_advisory_unlock(hashtext(${name}))`.execute(connection);
    }
  });
  return name;
}

/** Names and texts: two sets that differ never share a template. */
function describe(sets: readonly MigrationSet[]): string {
  return JSON.stringify(
    sets.map(({ schema, migrations }) => [
      schema,
      Object.entries(migrations).map(([name, migration]) => [name, String(migration['up'])]),
    ]),
  );
}
