// PostgreSQL 15 to 18 through pg and Kysely: the Database port.
// What comes back: int8 as bigint, timestamptz as Temporal.Instant, date as Temporal.PlainDate, numeric as text, jsonb
// parsed. Column names are camelCase in code and snake_case in SQL; keys inside JSON are left alone.

import { PortError, type Database, type Db, type Tx } from '@plinth/runtime';
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { toPortError } from './errors.ts';
import { openListener } from './listener.ts';

export interface PostgresOptions {
  /** `postgres://…`; a socket folder is given as `?host=/path`. */
  url: string;
  /** Connections of this process (10). */
  poolSize?: number;
  /** Told about connections that died while idle; they never crash the process. */
  onIdleError?: (error: Error) => void;
}

const int8 = 20;
const timestamptz = 1184;
const date = 1082;

/** Parsers of this pool only; pg's global ones stay as they are. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format !== 'binary') {
      if (oid === int8) return (text: string) => BigInt(text);
      // `2026-11-24 09:30:00.123456+00` → RFC 3339.
      if (oid === timestamptz)
        return (text: string) => Temporal.Instant.from(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'));
      if (oid === date) return (text: string) => Temporal.PlainDate.from(text);
    }
    return pg.types.getTypeParser(oid, format as 'text') as (text: string) => unknown;
  },
};

/** Opens a pool; resolves when the server answered once. Rejects with PortError `unavailable`. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: 2000,
    idleTimeoutMillis: 60_000,
    types: types as unknown as pg.CustomTypesConfig,
  });
  pool.on('error', (error) => options.onIdleError?.(error));
  const db: Db = new Kysely({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  const database: Database = {
    db,
    async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
      try {
        return await db.transaction().execute(work);
      } catch (error) {
        throw toPortError(error);
      }
    },
    async ping() {
      try {
        await pool.query('select 1');
      } catch (error) {
        throw toPortError(error);
      }
    },
    listen: openListener(options.url),
    async close() {
      await Promise.race([db.destroy(), new Promise((resolve) => setTimeout(resolve, 5000).unref())]);
    },
  };
  try {
    await database.ping();
  } catch (error) {
    await database.close();
    throw error instanceof PortError ? error : toPortError(error);
  }
  return database;
}
