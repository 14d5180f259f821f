// Migrations of the platform and of each capability: forward only, one schema each, one lock for all of them. What was
// applied is recorded in `runtime.migration`; a database that knows more than this build is refused, never guessed at.

import { sql } from 'kysely';
import { assert, crashPoint } from '../kernel/index.ts';
import type { Database, Db, Migration } from '../ports/index.ts';

/** Migrations of one schema by name; applied in the order of their names, each in a transaction of its own. */
export interface MigrationSet {
  schema: string;
  migrations: Readonly<Record<string, Migration>>;
}

export interface AppliedMigration {
  schema: string;
  name: string;
}

/** What a database lacks, and what it has that this build does not know. */
export interface MigrationStatus {
  applied: readonly AppliedMigration[];
  pending: readonly AppliedMigration[];
  /** Not empty = the database belongs to a newer build. */
  unknown: readonly AppliedMigration[];
}

/** The database and this build do not fit together; nothing was changed. The message says what to do. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
}

/** Any fixed number: whoever holds this advisory lock migrates, everybody else waits. */
const migrationLock = 7_265_001;

/**
 * Brings all schemas up to this build, at most one process at a time.
 *
 * @returns what was applied now, in order; empty when the database was up to date.
 * Fails with MigrationRefused on a newer database, and with the database's own error when a migration fails (then that
 * migration left nothing, and earlier ones stay applied).
 */
export async function migrate(database: Database, sets: readonly MigrationSet[]): Promise<AppliedMigration[]> {
  return database.db.connection().execute(async (connection: Db) => {
    await sql`select pg_advisory_lock(${migrationLock})`.execute(connection);
    try {
      await sql`
        create schema if not exists runtime;
        create table if not exists runtime.migration (
          schema text not null, name text not null, applied_at timestamptz not null default now(),
          primary key (schema, name))`.execute(connection);
      const { pending, unknown, applied } = compare(sets, await appliedOf(connection));
      refuse(unknown, applied, pending);
      for (const { schema, name } of pending) {
        const migration = sets.find((set) => set.schema === schema)?.migrations[name];
        assert(migration !== undefined, 'a pending migration comes from the sets');
        await apply(connection, { schema, name }, migration);
      }
      return [...pending];
    } finally {
      await sql`select pg_advisory_unlock(${migrationLock})`.execute(connection);
    }
  });
}

/** Compares database and build without changing either. */
export async function migrationStatus(database: Database, sets: readonly MigrationSet[]): Promise<MigrationStatus> {
  const known = await sql<{ there: boolean }>`
    select to_regclass('runtime.migration') is not null as there`.execute(database.db);
  return compare(sets, known.rows[0]?.there ? await appliedOf(database.db) : []);
}

async function apply(connection: Db, { schema, name }: AppliedMigration, migration: Migration): Promise<void> {
  await connection.transaction().execute(async (tx) => {
    await sql`create schema if not exists ${sql.id(schema)}`.execute(tx);
    await sql`select set_config('search_path', ${`${schema}, public`}, true)`.execute(tx);
    await migration.up(tx);
    await sql`insert into runtime.migration (schema, name) values (${schema}, ${name})`.execute(tx);
    crashPoint('migration.before-commit');
  });
}

async function appliedOf(db: Db): Promise<AppliedMigration[]> {
  const found = await sql<AppliedMigration>`select schema, name from runtime.migration order by schema, name`.execute(
    db,
  );
  return found.rows;
}

/** Schemas that are not in `sets` are somebody else's business (a process may serve a part of the capabilities). */
function compare(sets: readonly MigrationSet[], applied: readonly AppliedMigration[]): MigrationStatus {
  const done = new Set(applied.map(({ schema, name }) => `${schema}/${name}`));
  const wanted = sets.flatMap(({ schema, migrations }) =>
    Object.keys(migrations)
      .toSorted()
      .map((name) => ({ schema, name })),
  );
  const mine = new Set(wanted.map(({ schema, name }) => `${schema}/${name}`));
  const schemas = new Set(sets.map(({ schema }) => schema));
  return {
    applied,
    pending: wanted.filter(({ schema, name }) => !done.has(`${schema}/${name}`)),
    unknown: applied.filter(({ schema, name }) => schemas.has(schema) && !mine.has(`${schema}/${name}`)),
  };
}

function refuse(
  unknown: readonly AppliedMigration[],
  applied: readonly AppliedMigration[],
  pending: readonly AppliedMigration[],
): void {
  const first = unknown[0];
  if (first) {
    throw new MigrationRefused(
      `The database has ${first.schema}/${first.name}, which this build does not know. ` +
        'It was migrated by a newer Plinth: start that version, or use another database.',
    );
  }
  const late = pending.find(({ schema, name }) => applied.some((each) => each.schema === schema && each.name > name));
  if (late) {
    throw new MigrationRefused(
      `${late.schema}/${late.name} sorts before a migration that is already applied. ` +
        'Migrations only go forward: give it a later name.',
    );
  }
}
