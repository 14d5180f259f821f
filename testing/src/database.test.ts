import { spawnSync } from 'node:child_process';
import type { Database, MigrationSet } from '@plinth/runtime';
import { sql } from 'kysely';
import { expect, inject, it } from 'vitest';
import { aDatabase, aPreparedDatabase, dropLeftDatabases } from './database.ts';
import { serverUrl } from './server.ts';

type Open = (options: { url: string; poolSize: number }) => Promise<Database>;

const shop: MigrationSet = {
  schema: 'shop',
  migrations: { '0001-things': { up: async (db) => void (await sql`create table shop.thing (n int)`.execute(db)) } },
};

it('gives each caller a database of its own from one template, and drops it', async () => {
  const [one, two] = await Promise.all([aDatabase([shop]), aDatabase([shop])]);
  await sql`insert into shop.thing values (1)`.execute(one.db);
  expect((await sql`select n from shop.thing`.execute(one.db)).rows).toEqual([{ n: 1 }]);
  expect((await sql`select n from shop.thing`.execute(two.db)).rows).toEqual([]);
  const name = new URL(two.url).pathname.slice(1);
  await two.close();
  const left = sql`select 1 from pg_database where datname = ${name}`;
  expect((await left.execute(one.db)).rows).toEqual([]);
  await one.close();
});

it('drops what killed runs left, and nothing that is used, whose owner lives, or that is on another machine', async () => {
  const { pid } = spawnSync(process.execPath, ['--eval', '']);
  const admin = await aDatabase();
  const [left, used, owned] = [`plinth_left_${pid}_1`, `plinth_left_${pid}_2`, `plinth_left_${process.pid}_1`];
  const names = [left, used, owned];
  for (const name of names) await sql`create database ${sql.id(name)}`.execute(admin.db);
  const there = async () => {
    const { rows } = await sql<{ datname: string }>`
      select datname from pg_database where datname = any(${names}::text[]) order by 1`.execute(admin.db);
    return rows.map(({ datname }) => datname);
  };
  const { openPostgres } = (await import(inject('databaseModule'))) as { openPostgres: Open };
  const user = await openPostgres({ url: serverUrl(used), poolSize: 1 });
  expect(await dropLeftDatabases(admin, 'postgres://postgres@db.example/postgres')).toEqual([]);
  expect(await there()).toHaveLength(3);
  expect(await dropLeftDatabases(admin, 'postgres://postgres@127.0.0.1/postgres')).toContain(left);
  expect(await there()).toEqual([used, owned].toSorted());
  await user.close();
  for (const name of names) await sql`drop database if exists ${sql.id(name)}`.execute(admin.db);
  await admin.close();
});

it('prepares a database once for all who ask for it by one mark', async () => {
  let prepared = 0;
  const ask = () =>
    aPreparedDatabase('a kept row', async (url, open) => {
      prepared += 1;
      const database = await open({ url, poolSize: 1 });
      await sql`create table kept as select 1 as n`.execute(database.db);
      await database.close();
    });
  const both = await Promise.all([ask(), ask()]);
  expect(prepared).toBe(1);
  for (const one of both) {
    expect((await sql`select n from kept`.execute(one.db)).rows).toEqual([{ n: 1 }]);
    await one.close();
  }
});
