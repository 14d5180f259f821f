// A database of one test file on the PostgreSQL of this machine, with the rows' shapes of the real adapter (which this
// package may not import): camelCase columns, int8 as bigint, timestamptz as Temporal.Instant.

import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import { Client, type CustomTypesConfig, escapeIdentifier, Pool, types as builtin } from 'pg';
import type { Database, Db } from '../ports/index.ts';
import { migrate, type MigrationSet } from './migrate.ts';
import { runtimeMigrations } from './migrations.ts';

export interface TestDatabase extends Database {
  url: string;
  /** Rows of a query, with values as the adapter gives them and columns as SQL names them. */
  rows(text: string): Promise<Record<string, unknown>[]>;
}

/** The server that the run set up (test/global-setup.ts); a forked child inherits it. */
const admin = process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  20: (text) => BigInt(text),
  1184: (text) => Temporal.Instant.from(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')),
};
const types: CustomTypesConfig = {
  getTypeParser: (id, format) =>
    (format === 'binary' ? undefined : parsers[id]) ?? (builtin.getTypeParser(id) as (text: string) => unknown),
};

/** Creates and migrates a database; `close` drops it. */
export async function openTestDatabase(sets: readonly MigrationSet[] = []): Promise<TestDatabase> {
  const name = `plinth_runtime_${process.pid}_${Math.floor(performance.now() * 1000)}`;
  await once(`create database ${name}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  const database = connectTestDatabase(url.href);
  const close = async (): Promise<void> => {
    await database.close();
    await once(`drop database ${name} with (force)`);
  };
  try {
    await migrate(database, [runtimeMigrations, ...sets]);
  } catch (error) {
    await close();
    throw error;
  }
  return { ...database, close };
}

/** Connects to a database that exists. */
export function connectTestDatabase(url: string): TestDatabase {
  const pool = new Pool({ connectionString: url, max: 10, types });
  pool.on('error', () => undefined);
  const db: Db = new Kysely({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  return {
    db,
    url,
    transaction: (work) => db.transaction().execute(work),
    ping: async () => void (await pool.query('select 1')),
    async listen(channel, wake) {
      const client = new Client({ connectionString: url });
      client.on('error', () => undefined);
      await client.connect();
      client.on('notification', wake);
      await client.query(`listen ${escapeIdentifier(channel)}`);
      return () => client.end();
    },
    rows: async (text) => (await pool.query(text)).rows as Record<string, unknown>[],
    close: () => db.destroy(),
  };
}

async function once(text: string): Promise<void> {
  const client = new Client({ connectionString: admin });
  await client.connect();
  await client.query(text);
  await client.end();
}
