import type { Database } from '@plinth/runtime';
import { migrate, runtimeMigrations } from '@plinth/runtime';
import { anEmptyDatabase, filesLaws, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres, postgresFiles } from './index.ts';

let empty: TestDatabase;
let database: Database;
beforeAll(async () => {
  empty = await anEmptyDatabase();
  database = await openPostgres({ url: empty.url });
  await migrate(database, [runtimeMigrations]);
});
afterAll(async () => {
  await database.close();
  await empty.close();
});

describe('files in PostgreSQL keep the laws of the Files port', () => {
  const laws = filesLaws(() => ({
    files: postgresFiles(database),
    transaction: (work) => database.transaction(work),
  }));
  it.each(laws)('$name', async ({ check }) => {
    await expect(check()).resolves.toBeUndefined();
  });
});

describe('files in PostgreSQL', () => {
  it('leave no piece behind when they go, also while they come in', async () => {
    const files = postgresFiles(database);
    const writer = await files.begin('fil_cut', { owner: 'cus_ada', name: 'a', type: 'image/png' });
    await writer.write(new Uint8Array(600_000));
    await files.release(['fil_cut']);
    await expect(writer.write(new Uint8Array(600_000))).rejects.toMatchObject({ failure: 'refused' });
    const { rows } = await sql`select 1 from runtime.file_chunk where file_id = 'fil_cut'`.execute(database.db);
    expect(rows).toEqual([]);
  });

  it('are kept by the transaction that wins against a release', async () => {
    const files = postgresFiles(database);
    const writer = await files.begin('fil_race', { owner: 'cus_ada', name: 'a', type: 'image/png' });
    await writer.end();
    let released: Promise<void> | undefined;
    await database.transaction(async (tx) => {
      await files.keep(['fil_race'], tx);
      released = files.release(['fil_race']);
      await sql`select pg_sleep(0.05)`.execute(tx);
    });
    await released;
    expect((await files.open('fil_race'))?.file.size).toBe(0);
  });
});
