import { type MigrationSet } from '@plinth/runtime';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { aDatabase, aPreparedDatabase } from './database.ts';

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
