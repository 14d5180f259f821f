// What callers are told when the database falls silent at the commit of their write, and what is there then. Both fates,
// through the pipeline with its stored answers: nothing acknowledged is lost, and nothing happens twice.

import { openPostgres } from '@plinth/adapters/postgres';
import { type Database, migrate, reply, runtimeMigrations, write, type WriteContext } from '@plinth/runtime';
import { anEmptyDatabase, type FaultProxy, openFaultProxy, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestEdge, type TestEdge } from '../runtime/src/pipeline/test-edge.ts';

let store: TestDatabase;
let proxy: FaultProxy;
let database: Database;
let world: TestEdge;
let token: string;

beforeAll(async () => {
  store = await anEmptyDatabase();
  await migrate(store, [runtimeMigrations]);
  await sql`create table made (name text not null, session int not null)`.execute(store.db);
  const url = new URL(store.url);
  const folder = url.searchParams.get('host');
  const port = Number(url.port || 5432);
  proxy = await openFaultProxy(folder ? { path: `${folder}/.s.PGSQL.${port}` } : { host: url.hostname, port });
  url.searchParams.delete('host');
  [url.hostname, url.port] = ['127.0.0.1', String(proxy.port)];
  database = await openPostgres({ url: url.href, poolSize: 4 });
  world = await startTestEdge({
    services: {
      database,
      beginWrite: (base, tx) => ({ context: { ...base, db: tx } as WriteContext, flush: async () => undefined }),
    },
    handlers: {
      createNote: write(async ({ body }: { body: { text: string } }, ctx) => {
        await sql`insert into made values (${body.text}, pg_backend_pid())`.execute(ctx.db);
        return reply(201, { id: `note_${body.text}`, text: body.text, version: 1 });
      }),
    },
  });
  token = await world.token();
});
afterAll(async () => {
  await world?.close();
  await database?.close();
  await proxy?.close();
  await store?.close();
});

async function create(name: string) {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'idempotency-key': `"${name}"`,
  };
  const response = await fetch(`${world.url}/notes/v1/notes`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ text: name }),
  });
  return {
    status: response.status,
    replayed: response.headers.get('idempotent-replayed'),
    text: await response.text(),
  };
}

const madeBy = async (like: string) => {
  const { rows } = await sql<{ name: string; session: number; isOpen: boolean }>`
    select name, session, session in (select pid from pg_stat_activity) as is_open from made
    where name like ${like} order by name`.execute(store.db);
  return rows;
};

/** Each of three calls at once loses its connection at its commit, in this direction. */
async function silenced(way: 'there' | 'back') {
  const said: ReturnType<typeof create>[] = [];
  for (let n = 0; n < 3; n++) {
    const swallowed = proxy.swallowAt('commit', way);
    said.push(create(`${way}-${n}`));
    await swallowed;
  }
  return Promise.all(said);
}

it('a write whose COMMIT was answered into a hole is answered as done, once, on a connection that is gone', async () => {
  const said = await silenced('back');
  expect(said.map(({ status }) => status)).toEqual([201, 201, 201]);
  const made = await madeBy('back-%');
  expect(made.map(({ name, isOpen }) => ({ name, isOpen }))).toEqual(
    [0, 1, 2].map((n) => ({ name: `back-${n}`, isOpen: false })),
  );
  for (const [n, { text }] of said.entries())
    expect(await create(`back-${n}`)).toEqual({ status: 201, replayed: 'true', text });
  expect(await madeBy('back-%')).toHaveLength(3);
});

it('a write whose COMMIT never arrived is a 503, has no effect and holds nothing; its key makes it anew', async () => {
  const said = await silenced('there');
  expect(said.map(({ status }) => status)).toEqual([503, 503, 503]);
  expect(said.every(({ text }) => text.includes('dependency-unavailable'))).toBe(true);
  expect(await madeBy('there-%')).toEqual([]);
  for (let n = 0; n < 3; n++) expect(await create(`there-${n}`)).toMatchObject({ status: 201, replayed: null });
  expect((await madeBy('there-%')).map(({ name }) => name)).toEqual(['there-0', 'there-1', 'there-2']);
});

it('a write whose statement fell silent is a 503, and its key makes it', async () => {
  const swallowed = proxy.swallowAt('insert into made', 'back');
  const said = create('statement');
  await swallowed;
  expect(await said).toMatchObject({ status: 503 });
  expect(await madeBy('statement')).toEqual([]);
  expect(await create('statement')).toMatchObject({ status: 201, replayed: null });
  expect(await madeBy('statement')).toHaveLength(1);
});
