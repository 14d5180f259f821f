// A write that ends after its deadline: the caller was told that it took too long, so nothing of it may be found later.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { write } from '../capability.ts';
import { reply } from '../context.ts';
import { notesContract, startTestEdge, type TestEdge } from '../pipeline/test-edge.ts';
import { consents } from '../store/consents.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { beginWrite } from '../work.ts';

let database: TestDatabase;
let world: TestEdge;
/** Transactions that have ended. */
let ended = 0;
/** Awaited by the handler when it has written. */
let gate: Promise<void> = Promise.resolve();

beforeAll(async () => {
  database = await openTestDatabase();
  await database.rows('create table effects (text text not null)');
  const contract = await notesContract();
  const create = contract.operations.find(({ id }) => id === 'createNote');
  Object.assign(create?.policy ?? {}, { timeoutMs: 500 });
  world = await startTestEdge({
    contract,
    handlers: {
      createNote: write(async ({ body }: { body: { text: string } }, ctx) => {
        await sql`insert into effects (text) values (${body.text})`.execute(ctx.db);
        ctx.emit('note.created' as never, { subject: 'note_ada1', data: {} as never });
        await gate;
        return reply(201, { id: 'note_ada1', text: body.text, version: 1 });
      }),
    },
    services: {
      database: { ...database, transaction: (work) => database.transaction(work).finally(() => (ended += 1)) },
      beginWrite: (base, tx) => beginWrite({ consents }, base, tx),
    },
  });
});
afterAll(async () => {
  await world.close();
  await database.close();
});

async function post(key: string | undefined, text: string): Promise<[status: number, code: string | undefined]> {
  const response = await fetch(`${world.url}/notes/v1/notes`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await world.token()}`,
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify({ text }),
  });
  return [response.status, ((await response.json()) as { code?: string }).code];
}

/** Rows of the handler, facts, audit and keys. */
const left = async (): Promise<unknown[]> =>
  Promise.all(
    ['effects', 'runtime.outbox', 'runtime.audit', 'runtime.idempotency'].map(
      async (table) => (await database.rows(`select 1 from ${table}`)).length,
    ),
  );

it('leaves neither row nor fact, audit or key, and the key may run again', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = promise;
  expect(await post('late', 'a')).toEqual([504, 'deadline-exceeded']);
  // Only now the handler returns, with an answer that would be fine.
  resolve();
  await expect.poll(() => ended, { timeout: 10_000 }).toBe(1);
  expect(await left()).toEqual([0, 0, 0, 0]);
  expect(await post('late', 'a')).toEqual([201, undefined]);
  expect(await left()).toEqual([1, 1, 1, 1]);
});
