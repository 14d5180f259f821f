// A database of one test file on the PostgreSQL of this machine, with the rows' shapes of the real adapter (which this
// package may not import): camelCase columns, int8 as bigint, timestamptz as Temporal.Instant.

import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Database, Db } from '../ports/index.ts';
import { migrate, type MigrationSet } from './migrate.ts';
import { runtimeMigrations } from './migrations.ts';

export interface TestDatabase extends Database {
  url: string;
  /** Rows of a query, as the adapter gives them. */
  rows(text: string): Promise<Record<string, unknown>[]>;
}

const admin = 'postgres://postgres@127.0.0.1:5432/postgres';

const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format !== 'binary' && oid === 20) return (text: string) => BigInt(text);
    if (format !== 'binary' && oid === 1184)
      return (text: string) => Temporal.Instant.from(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'));
    return pg.types.getTypeParser(oid, format as 'text') as (text: string) => unknown;
  },
};

/** Creates and migrates a database; `close` drops it. */
export async function openTestDatabase(sets: readonly MigrationSet[] = []): Promise<TestDatabase> {
  const name = `runtime_${process.pid}_${Math.floor(performance.now() * 1000)}`;
  await once(`create database ${name}`);
  const url = admin.replace(/postgres$/, name);
  const pool = new pg.Pool({ connectionString: url, max: 10, types: types as unknown as pg.CustomTypesConfig });
  pool.on('error', () => undefined);
  const db: Db = new Kysely({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  const database: TestDatabase = {
    db,
    url,
    transaction: (work) => db.transaction().execute(work),
    ping: async () => void (await pool.query('select 1')),
    async listen(channel, wake) {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => undefined);
      await client.connect();
      client.on('notification', wake);
      await client.query(`listen ${pg.escapeIdentifier(channel)}`);
      return () => client.end();
    },
    rows: async (text) => (await pool.query(text)).rows as Record<string, unknown>[],
    async close() {
      await db.destroy();
      await once(`drop database ${name} with (force)`);
    },
  };
  await migrate(database, [runtimeMigrations, ...sets]);
  return database;
}

async function once(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: admin });
  await client.connect();
  await client.query(text);
  await client.end();
}
