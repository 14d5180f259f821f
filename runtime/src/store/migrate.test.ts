import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate, MigrationRefused, migrationStatus, type MigrationSet } from './migrate.ts';
import { runtimeMigrations } from './migrations.ts';
import { openTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const shop = (names: readonly string[]): MigrationSet => ({
  schema: 'shop',
  migrations: Object.fromEntries(
    names.map((name) => [
      name,
      { up: async (db) => void (await sql`create table ${sql.id(`t${name}`)} (id int)`.execute(db)) },
    ]),
  ),
});

test('a second run has nothing to do', async () => {
  expect(await migrate(database, [runtimeMigrations])).toEqual([]);
});

test('two processes at once apply each migration once, in its own schema', async () => {
  const both = await Promise.all([migrate(database, [shop(['1', '2'])]), migrate(database, [shop(['1', '2'])])]);
  expect(both.flat().map((each) => each.name)).toEqual(['1', '2']);
  expect(await database.rows(`select 1 from shop.t2`)).toEqual([]);
});

test('a newer database is refused and left alone', async () => {
  await expect(migrate(database, [shop(['1'])])).rejects.toThrow(/shop\/2, which this build does not know/);
  expect((await migrationStatus(database, [shop(['1'])])).unknown).toEqual([{ schema: 'shop', name: '2' }]);
});

test('a migration that sorts before an applied one is refused', async () => {
  await expect(migrate(database, [shop(['1', '15', '2'])])).rejects.toThrow(MigrationRefused);
});

test('a failing migration leaves nothing and frees the lock', async () => {
  const broken: MigrationSet = {
    schema: 'broken',
    migrations: {
      one: {
        up: async (db) => {
          await sql`create table broken.kept (id int)`.execute(db);
          throw new Error('no');
        },
      },
    },
  };
  await expect(migrate(database, [broken])).rejects.toThrow('no');
  expect(await database.rows(`select to_regclass('broken.kept') as there`)).toEqual([{ there: null }]);
  expect(await migrate(database, [runtimeMigrations])).toEqual([]);
});
