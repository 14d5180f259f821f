// The lease on the key of an orchestrating call: two edges with one database are two processes that may hold it.

import { eventually } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { open } from '../capability.ts';
import type { Call, OpenContext, WriteContext } from '../context.ts';
import { reply } from '../context.ts';
import { pause, plantFaults, PortError, type Problem, problem } from '../kernel/index.ts';
import { startTestEdge, type TestEdge } from '../pipeline/test-edge.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';

const leaseMs = 400;
let store: TestDatabase;
let edges: TestEdge[];
/** What each run does, in the order they begin. */
let plans: ((ctx: OpenContext) => Promise<Problem | void>)[] = [];
let runs = 0;
let called: string[] = [];
/** What the answers say besides the number of their run. */
let more = '';
const noted = (text: string) => async (inner: WriteContext) =>
  void (await sql`insert into effects (text) values (${text})`.execute(inner.db));

const replaceNote = open(async (input: { body: { text: string } }, ctx) => {
  const plan = plans[runs++];
  const refused = await plan?.(ctx);
  if (refused !== undefined) return refused;
  return reply(
    200,
    { id: 'note_ada1', text: `run ${runs}${more}`, version: 8 },
    { Location: '/notes/v1/notes/note_ada1' },
  );
});

const start = (ms?: number): Promise<TestEdge> =>
  startTestEdge({
    handlers: { replaceNote },
    services: {
      database: store,
      ...(ms === undefined ? {} : { leaseMs: ms }),
      beginWrite: (base, tx) => ({ context: { ...base, db: tx } as WriteContext, flush: async () => undefined }),
      callFor: () => (async (operation: string) => void called.push(operation)) as unknown as Call,
    },
  });

beforeAll(async () => {
  store = await openTestDatabase();
  await store.rows('create table effects (text text not null)');
  edges = await Promise.all([start(leaseMs), start(leaseMs), start(leaseMs), start()]);
});
afterAll(async () => {
  await Promise.all(edges.map(async (edge) => edge.close()));
  await store.close();
});
beforeEach(async () => {
  [plans, runs, called, more] = [[], 0, [], ''];
  await store.rows('truncate effects');
});
afterEach(() => {
  plantFaults([]);
  vi.useRealTimers();
});

let keys = 0;
const newKey = (): string => `lease-${++keys}`;

/** The same caller's same wish, to one of the edges. */
async function put(key: string, edge = 0, text = 'same') {
  const to = edges[edge] as TestEdge;
  const claims = { plinth_audience: 'staff', sub: `sue ${key}`, customer_id: undefined, scope: 'notes.write' };
  const response = await fetch(`${to.url}/notes/v1/notes/note_ada1`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${await to.token(claims)}`,
      'content-type': 'application/json',
      'if-match': '"7"',
      'idempotency-key': key,
    },
    body: JSON.stringify({ text }),
  });
  const body = (await response.json()) as { text?: string; code?: string };
  const replayed = response.headers.get('idempotent-replayed');
  return { status: response.status, said: body.code ?? body.text, replayed };
}

/** A run that stops in the middle: `begun` when it is there, goes on with `goOn`. */
function stopping(work: (ctx: OpenContext) => Promise<void>, before?: (ctx: OpenContext) => Promise<void>) {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  plans.push(async (ctx) => {
    await before?.(ctx);
    begun.resolve();
    await gate.promise;
    await work(ctx);
  });
  return { begun: begun.promise, goOn: () => gate.resolve() };
}

/** Begins a call whose heartbeat never comes, as that of a process that is stopped; resolves when its lease is over. */
async function beginSilent(key: string, run: { begun: Promise<void> }): Promise<{ ended: ReturnType<typeof put> }> {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const ended = put(key);
  await run.begun;
  vi.useRealTimers();
  await pause(leaseMs + 100);
  return { ended };
}

const effects = async () => (await store.rows('select text from effects order by text')).map(({ text }) => text);

/** The first falls silent after one write; the second takes over and is still at it when the first goes on. */
async function takenOver() {
  const key = newKey();
  const first = stopping(
    (ctx) => ctx.transaction(noted('first, late')),
    (ctx) => ctx.transaction(noted('first')),
  );
  const silent = await beginSilent(key, first);
  const second = stopping((ctx) => ctx.transaction(noted('second')));
  const next = put(key, 1);
  await second.begun;
  first.goOn();
  const late = await silent.ended;
  second.goOn();
  return { key, late, next: await next };
}

it('who lost the key writes nothing more', async () => {
  const { key, late, next } = await takenOver();
  expect(late).toEqual({ status: 409, said: 'idempotency-in-progress', replayed: null });
  expect(next).toEqual({ status: 200, said: 'run 2', replayed: null });
  expect(await effects()).toEqual(['first', 'second']);
  expect(await put(key)).toEqual({ ...next, replayed: 'true' });
});

it('without the fence it would write', async () => {
  plantFaults(['fence.skipped']);
  await takenOver();
  expect(await effects()).toContain('first, late');
});

it('who lost the key calls nobody, and answers as the one who has it did', async () => {
  const key = newKey();
  const first = stopping(async (ctx) => {
    await ctx.call('notes.late' as never, {});
  });
  const silent = await beginSilent(key, first);
  plans.push(async (ctx) => {
    await ctx.call('notes.second' as never, {});
  });
  const next = await put(key, 1);
  first.goOn();
  expect(await silent.ended).toEqual({ ...next, replayed: 'true' });
  expect(called).toEqual(['notes.second']);
});

it('a key that was freed and taken anew is not the first one’s again', async () => {
  const key = newKey();
  const first = stopping((ctx) => ctx.transaction(noted('first, late')));
  const silent = await beginSilent(key, first);
  plans.push(() => Promise.reject(new PortError('unavailable', 'no')));
  expect((await put(key, 1)).status).toBe(503);
  const third = stopping((ctx) => ctx.transaction(noted('third')));
  const last = put(key, 2);
  await third.begun;
  first.goOn();
  expect((await silent.ended).status).toBe(409);
  third.goOn();
  expect((await last).said).toBe('run 3');
  expect(await effects()).toEqual(['third']);
});

it('a late failure of who lost the key does not free it', async () => {
  const key = newKey();
  const first = stopping(() => Promise.reject(new PortError('unavailable', 'late')));
  const silent = await beginSilent(key, first);
  const second = stopping((ctx) => ctx.transaction(noted('second')));
  const next = put(key, 1);
  await second.begun;
  first.goOn();
  expect((await silent.ended).status).toBe(409);
  expect((await put(key, 2)).said).toBe('idempotency-in-progress');
  second.goOn();
  expect((await next).said).toBe('run 2');
  expect([await effects(), runs]).toEqual([['second'], 2]);
});

it('nobody takes the key between the check and the commit', async () => {
  const key = newKey();
  const committing = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const slowly: TestEdge = await startTestEdge({
    handlers: { replaceNote },
    services: {
      database: store,
      leaseMs,
      beginWrite: (base, tx) => ({
        context: { ...base, db: tx } as WriteContext,
        async flush() {
          committing.resolve();
          await gate.promise;
          return undefined;
        },
      }),
    },
  });
  edges.push(slowly);
  plans.push((ctx) => ctx.transaction(noted('first')));
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const first = put(key, edges.length - 1);
  await committing.promise;
  vi.useRealTimers();
  await pause(leaseMs + 100);
  const second = put(key, 1);
  await pause(200);
  expect(runs).toBe(1);
  gate.resolve();
  await Promise.all([first, second]);
  expect(await effects()).toEqual(['first']);
});

it('a long run that lives is not taken over', async () => {
  const key = newKey();
  plans.push(async (ctx) => {
    await pause(4 * leaseMs);
    await ctx.transaction(noted('first'));
  });
  const first = put(key);
  for (const edge of [1, 2, 1]) {
    await pause(leaseMs);
    expect((await put(key, edge)).said).toBe('idempotency-in-progress');
  }
  expect(await first).toEqual({ status: 200, said: 'run 1', replayed: null });
  expect([runs, await effects()]).toEqual([1, ['first']]);
  expect((await put(key, 1)).replayed).toBe('true');
});

it('a call that fell silent is taken over by its repetition only, not by another wish under its key', async () => {
  const key = newKey();
  const first = stopping((ctx) => ctx.transaction(noted('first')));
  const silent = await beginSilent(key, first);
  expect((await put(key, 1, 'another')).said).toBe('idempotency-key-reused');
  first.goOn();
  expect((await silent.ended).said).toBe('run 1');
  expect([runs, await effects()]).toEqual([1, ['first']]);
});

it('what it starts has one key for all repetitions of a call, and another for another call', async () => {
  const seen: string[] = [];
  const note = async (ctx: OpenContext): Promise<void> => void seen.push(ctx.key);
  const key = newKey();
  plans = [
    async (ctx) => {
      await note(ctx);
      throw new PortError('unavailable', 'no');
    },
    note,
    note,
  ];
  expect((await put(key)).status).toBe(503);
  expect((await put(key, 1)).status).toBe(200);
  expect((await put(newKey())).status).toBe(200);
  expect(seen[1]).toBe(seen[0]);
  expect(seen[2]).not.toBe(seen[0]);
});

it('an answer larger than 1 MiB is given, and its repetitions are told that it was done and where', async () => {
  const around = JSON.stringify({ id: 'note_ada1', text: 'run 1', version: 8 }).length;
  for (let n = 0; n < 2; n++) plans.push((ctx) => ctx.transaction(noted('once')));
  more = 'x'.repeat(1_048_576 - around);
  const whole = newKey();
  const first = await put(whole);
  expect([first.status, await put(whole, 1)]).toEqual([200, { ...first, replayed: 'true' }]);
  more += 'x';
  const key = newKey();
  expect((await put(key)).said).toBe(`run 2${more}`);
  for (const edge of [0, 1])
    expect(await put(key, edge)).toEqual({ status: 409, said: 'answer-not-kept', replayed: 'true' });
  expect([runs, await effects()]).toEqual([2, ['once', 'once']]);
  const rows = await store.rows(`
    select max(length(body))::int as most, max(headers::text) filter (where status = 409) as said from runtime.idempotency`);
  expect(rows).toEqual([{ most: 1_048_576, said: expect.stringContaining('"Location", "/notes/v1/notes/note_ada1"') }]);
});

it('a final refusal is kept for repetitions; any other leaves the key free', async () => {
  for (const [code, again] of [
    ['notes.locked', { said: 'notes.locked', replayed: 'true' }],
    ['precondition-failed', { said: 'done', replayed: null }],
    ['dependency-unavailable', { said: 'done', replayed: null }],
  ] as const) {
    [plans, runs] = [[async () => problem(code as never, { noteId: 'n' })], 0];
    const key = newKey();
    expect(await put(key)).toMatchObject({ said: code, replayed: null });
    const { said, replayed } = await put(key, 1);
    expect([code, said === 'run 2' ? 'done' : said, replayed]).toEqual([code, again.said, again.replayed]);
  }
});

it('an outcome that nobody knows, and that nobody can be asked about, is never run again', async () => {
  plans = [async () => ({ ...problem('outcome-unknown'), answer: { status: 504, retryable: false } })];
  const key = newKey();
  expect(await put(key)).toEqual({ status: 504, said: 'outcome-unknown', replayed: null });
  expect(await put(key, 1)).toEqual({ status: 409, said: 'outcome-unknown', replayed: null });
  expect(runs).toBe(1);
});

/** Of the one call under way. */
const leaseS = async (): Promise<number> => {
  const [row] = await store.rows(`
    select extract(epoch from lease_until - created_at)::float8 as s from runtime.idempotency where state = 'started'`);
  return Number(row?.['s']);
};

it('the lease is 15 s, and is prolonged every 5 s', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const run = stopping(() => Promise.resolve());
  const ended = put(newKey(), 3);
  await run.begun;
  expect(await leaseS()).toBe(15);
  vi.advanceTimersByTime(4_999);
  await pause(100);
  expect(await leaseS()).toBe(15);
  vi.advanceTimersByTime(1);
  await eventually('it is prolonged', 5_000, async () => (await leaseS()) > 15);
  run.goOn();
  expect((await ended).status).toBe(200);
});
