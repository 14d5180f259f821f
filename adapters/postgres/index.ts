// PostgreSQL 15 to 18 through pg and Kysely: the Database port. Which value becomes what: values.ts. Column names are
// camelCase in code and snake_case in SQL; keys inside JSON are left alone.

import { type Database, type Db, PortError, type Tx } from '@plinth/runtime';
import { CamelCasePlugin, Kysely, PostgresDialect, sql } from 'kysely';
import { toPortError } from './errors.ts';
import { Listener } from './listener.ts';
import { openPool } from './pool.ts';

export { postgresFiles } from './files.ts';

export interface PostgresOptions {
  /** `postgres://…`; a socket folder is given as `?host=/path`. */
  url: string;
  /** Connections of this process (10). */
  poolSize?: number;
  /** Told about connections that died while idle; they never crash the process. */
  onIdleError?: (error: Error) => void;
}

const closeWithinMs = 5000;

/** A machine that is busy starting may need more than one try; a server that is not there fails at once. */
const firstTries = 3;

/** Opens a pool; resolves when the server answered once. Rejects with PortError `unavailable`. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const opened = openPool({
    url: options.url,
    size: options.poolSize ?? 10,
    onIdleError: options.onIdleError ?? (() => undefined),
  });
  const db: Db = new Kysely({
    dialect: new PostgresDialect({ pool: opened.pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  const listener = new Listener(options.url, opened.silence);
  const database: Database = {
    db,
    transaction: <T>(work: (tx: Tx) => Promise<T>): Promise<T> => db.transaction().execute(work),
    waitMs: () => opened.waitMs(),
    async ping() {
      await sql`select 1`.execute(db);
    },
    listen: (channel, wake) => listener.listen(channel, wake),
    async close() {
      await Promise.race([
        Promise.all([db.destroy(), listener.close()]),
        new Promise((resolve) => setTimeout(resolve, closeWithinMs).unref()),
      ]);
    },
  };
  try {
    await firstAnswer(database);
  } catch (error) {
    await database.close();
    throw toPortError(error);
  }
  return database;
}

async function firstAnswer(database: Database): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.ping();
    } catch (error) {
      const isSlow = error instanceof PortError && /timeout/i.test(error.message);
      if (!isSlow || attempt === firstTries) throw error;
    }
  }
}
