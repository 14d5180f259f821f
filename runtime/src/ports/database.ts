// The one data plane: PostgreSQL 15 to 18 through Kysely. A capability narrows a handle with its own table types:
// `const db = orders(ctx.db)`; rows never leave `tables.ts` and handlers.

import type { Kysely, Transaction } from 'kysely';

/** A handle without table types. `tables.ts` of a capability gives it a schema and types. */
// oxlint-disable-next-line typescript/no-explicit-any -- Kysely's own way to say "any tables"; narrowed in tables.ts.
export type Db = Kysely<any>;

/** An open transaction. It is passed on explicitly; there is no ambient one. */
// oxlint-disable-next-line typescript/no-explicit-any -- as above.
export type Tx = Transaction<any>;

/**
 * Laws (testing/conformance/database.ts):
 * 1. `transaction` commits all or nothing; a thrown error or a returned rollback leaves no row.
 * 2. After `transaction` resolved, every later read sees its rows.
 * 3. A lost server ends as PortError `unavailable` within 2 s, and work succeeds again without a restart once it is back.
 * 4. A connection lost while a transaction commits: `transaction` resolves when it took effect, and rejects with
 *    `unavailable` when it did not, or when nobody could say so for 5 s.
 * 5. `close` waits for running work, at most 5 s.
 * 6. A connection that falls silent (what is sent or answered on it arrives nowhere, and nothing ends it) is a lost one
 *    after 5 s at the latest, and its session ends; what the server is at work on is waited for.
 */
export interface Database {
  readonly db: Db;
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Milliseconds that whoever waits longest for a connection has waited; 0 when nobody does. Absent = not known. */
  waitMs?(): number;
  /** Resolves when the server answers; rejects with PortError. */
  ping(): Promise<void>;
  /** Wakes on NOTIFY of `channel` (also from other processes) until the returned function is called. */
  listen(channel: string, wake: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Narrows a handle to one schema and the types of its tables: `inSchema<OrdersTables>(db, 'orders')`. */
export function inSchema<Tables>(db: Db, schema: string): Kysely<Tables> {
  return db.withSchema(schema);
}

/** One step of a schema forward; there is no way back. */
export interface Migration {
  up(db: Db): Promise<void>;
}
