// Which position an answer tells: that of the last fact its call has left, in its own transactions and by its own calls.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { open, write } from '../capability.ts';
import { type OpenContext, reply, type WorkflowEnd, type WriteContext } from '../context.ts';
import { problem } from '../kernel/index.ts';
import { notesContract, startTestEdge, type TestEdge } from '../pipeline/test-edge.ts';
import { consents } from '../store/consents.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { beginWrite } from '../work.ts';

let database: TestDatabase;
let world: TestEdge;
/** What the open handler does. */
let plan: (ctx: OpenContext) => Promise<unknown> = async () => undefined;

/** The end of each workflow. */
let ended: WorkflowEnd | undefined;

const emit = (ctx: WriteContext, count: number): void => {
  for (let n = 0; n < count; n++) ctx.emit('note.changed' as never, { subject: 'n', data: {} as never });
};
const note = (text: string) => ({ id: 'note_ada1', text, version: 1 });

beforeAll(async () => {
  database = await openTestDatabase();
  const contract = await notesContract();
  const create = contract.operations.find(({ id }) => id === 'createNote');
  create?.policy.audience.push('service');
  world = await startTestEdge({
    contract,
    calls: { notes: ['notes.createNote'] },
    handlers: {
      createNote: write(async (input: { body: { text: string } }, ctx) => {
        const { text } = input.body;
        emit(ctx, Number(text));
        return text === '7' ? problem('notes.locked' as never, { noteId: 'n1' }) : reply(201, note(text));
      }),
      replaceNote: open(async (_, ctx) => {
        const text = await plan(ctx);
        return text === 'locked'
          ? problem('conflicting-state')
          : reply(200, note(typeof text === 'string' ? text : ''));
      }),
    },
    services: { database, beginWrite: (base, tx) => beginWrite({ consents }, base, tx), settled: async () => ended },
  });
});
afterAll(async () => {
  await world.close();
  await database.close();
});

let keys = 0;
async function send(method: 'POST' | 'PUT', text: string, key = `k${keys++}`) {
  const claims = method === 'POST' ? { sub: key } : { sub: key, plinth_audience: 'staff', customer_id: undefined };
  const response = await fetch(`${world.url}/notes/v1/notes${method === 'PUT' ? '/note_ada1' : ''}`, {
    method,
    headers: {
      authorization: `Bearer ${await world.token(claims)}`,
      'content-type': 'application/json',
      'if-match': '"1"',
      ...(key === '' ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify({ text }),
  });
  const { headers, status } = response;
  const body = (await response.json()) as { code?: string };
  return {
    status,
    code: body.code,
    position: headers.get('plinth-position'),
    replayed: headers.get('idempotent-replayed'),
  };
}

/** Of the last fact there is. */
const last = async (): Promise<string> => {
  const [row] = await database.rows('select max(ordinal)::text as last from runtime.outbox');
  return String(row?.['last']);
};
const create = (ctx: OpenContext, facts: string, key: string) =>
  ctx.call('notes.createNote' as never, { body: { text: facts } }, { key });

it('a write tells the ordinal of its last fact, and each repetition tells the same', async () => {
  const first = await send('POST', '3', 'once');
  expect(first).toEqual({ status: 201, code: undefined, position: await last(), replayed: null });
  expect((await send('POST', '2')).position).toBe(String(Number(first.position) + 2));
  expect(await send('POST', '3', 'once')).toEqual({ ...first, replayed: 'true' });
});

it('a write without a fact tells none, nor does one that was refused and undone', async () => {
  expect(await send('POST', '0')).toEqual({ status: 201, code: undefined, position: null, replayed: null });
  const before = await last();
  expect(await send('POST', '7')).toEqual({ status: 409, code: 'notes.locked', position: null, replayed: null });
  expect(await last()).toBe(before);
});

it('an orchestrating call tells the greatest of its transactions, in its repetition too', async () => {
  plan = async (ctx) => {
    await ctx.transaction(async (inner) => emit(inner, 2));
    await ctx.transaction(async (inner) => emit(inner, 1));
    await ctx.transaction(async () => undefined);
  };
  const first = await send('PUT', 'a', 'open');
  expect(first).toMatchObject({ status: 200, position: await last(), replayed: null });
  await send('POST', '1');
  expect(await send('PUT', 'a', 'open')).toEqual({ ...first, replayed: 'true' });
});

it('what it called counts as what it did, before and after', async () => {
  plan = async (ctx) => {
    await ctx.transaction(async (inner) => emit(inner, 1));
    await create(ctx, '2', `${ctx.key}-after`);
  };
  expect((await send('PUT', 'a')).position).toBe(await last());
  let between = '';
  plan = async (ctx) => {
    await create(ctx, '2', `${ctx.key}-again`);
    await ctx.transaction(async (inner) => emit(inner, 1));
    between = await last();
    // The same call anew is answered with a position of before.
    await create(ctx, '2', `${ctx.key}-again`);
  };
  expect((await send('PUT', 'a')).position).toBe(between);
});

it('so does the end of a workflow that it waited for, if it saw one', async () => {
  plan = async (ctx) => {
    await ctx.transaction(async (inner) => emit(inner, 1));
    await ctx.settled({} as never, 'w', 0);
  };
  const later = Number(await last()) + 100;
  ended = { state: 'completed', result: 0, position: later };
  expect((await send('PUT', 'a')).position).toBe(String(later));
  ended = { state: 'completed', result: 0, position: 1 };
  expect((await send('PUT', 'a')).position).toBe(await last());
  ended = undefined;
  expect((await send('PUT', 'a')).position).toBe(await last());
});

it('an orchestrating call that did nothing tells none; one that refuses in the end tells what it has done', async () => {
  plan = async (ctx) => create(ctx, '0', ctx.key);
  expect((await send('PUT', 'a')).position).toBeNull();
  plan = async (ctx) => {
    await ctx.transaction(async (inner) => emit(inner, 1));
    return 'locked';
  };
  expect(await send('PUT', 'a')).toMatchObject({ status: 409, position: await last() });
});

it('an answer too large to be kept tells its position to its repetitions all the same', async () => {
  plan = async (ctx) => {
    await ctx.transaction(async (inner) => emit(inner, 1));
    return 'x'.repeat(1_048_577);
  };
  const first = await send('PUT', 'a', 'large');
  expect(first).toMatchObject({ status: 200, position: await last() });
  expect(await send('PUT', 'a', 'large')).toMatchObject({ code: 'answer-not-kept', position: first.position });
});
