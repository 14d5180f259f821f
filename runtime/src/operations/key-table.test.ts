// The table of outcomes for a call with a key, row by row, against the real database. Races and lost connections:
// test/chaos/races.ts.

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { read, write } from '../capability.ts';
import { reply, type WriteContext } from '../context.ts';
import { problem } from '../kernel/index.ts';
import { notesContract, startTestEdge, type TestEdge } from '../pipeline/test-edge.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { sweepKeys } from './key-rows.ts';

let store: TestDatabase;
let world: TestEdge;
let runs = 0;
/** What the handler does next. */
let act: 'make' | 'busy' | 'break' | 'refuse' = 'make';
let text = 't';
let held: Promise<void> | undefined;
let begun = Promise.withResolvers<void>();

beforeAll(async () => {
  store = await openTestDatabase();
  const contract = await notesContract();
  contract.problems.push({
    ...(contract.problems[0] as (typeof contract.problems)[0]),
    code: 'notes.busy',
    status: 409,
    retryable: true,
  });
  const create = contract.operations.find(({ id }) => id === 'createNote');
  const colour = {
    name: 'X-Colour',
    in: 'header',
    required: false,
    description: '',
    style: 'simple',
    policy: {},
  } as const;
  create?.params.push({ ...colour, explode: false, allowReserved: false, schema: { type: 'string' } });
  world = await startTestEdge({
    contract,
    services: {
      database: store,
      beginWrite: (base, tx) => ({ context: { ...base, db: tx } as WriteContext, flush: async () => undefined }),
    },
    handlers: {
      createNote: write(async (_, ctx) => {
        runs += 1;
        begun.resolve();
        await sql`select 1`.execute(ctx.db);
        await held;
        if (act === 'busy') return problem('notes.busy' as never);
        if (act === 'refuse') return problem('notes.locked' as never, { noteId: 'n' });
        if (act === 'break') throw new Error('a fault of ours');
        return reply(201, { id: 'n', text, version: runs });
      }),
      getMotto: read(async () => reply(200, { n: (runs += 1) })),
    },
  });
});
afterAll(async () => {
  await world.close();
  await store.close();
});
beforeEach(() => {
  [runs, act, text, held, begun] = [0, 'make', 't', undefined, Promise.withResolvers<void>()];
});

let callers = 0;

/** A caller of its own with one key; `send` changes what it sends. */
async function caller(key: string | undefined = 'k') {
  const sub = `ada${callers++}`;
  const tokenOf = (claims: Record<string, unknown>) => world.token({ sub, ...claims });
  const usual = await tokenOf({});
  return async (change: { key?: string; body?: string; token?: string; headers?: Record<string, string> } = {}) => {
    const sent = change.key ?? key;
    const response = await fetch(`${world.url}/notes/v1/notes`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${change.token ?? usual}`,
        'content-type': 'application/json',
        ...(sent === undefined ? {} : { 'idempotency-key': sent }),
        ...change.headers,
      },
      body: change.body ?? '{"text":"a"}',
    });
    const text = await response.text();
    const { code } = JSON.parse(text) as { code?: string };
    return { said: [response.status, code ?? 'ok'], text, headers: response.headers };
  };
}

describe('required, absent or malformed', () => {
  it.each([
    ['a b', 'idempotency-key-malformed'],
    ['""', 'idempotency-key-malformed'],
    ['"a', 'idempotency-key-malformed'],
    ['a"b', 'idempotency-key-malformed'],
    ['"a b"', 'idempotency-key-malformed'],
    ['"a", "b"', 'idempotency-key-malformed'],
    ['k'.repeat(256), 'idempotency-key-malformed'],
    [`"${'k'.repeat(256)}"`, 'idempotency-key-malformed'],
  ])('%s is refused', async (key, code) => {
    const send = await caller(key);
    expect((await send()).said).toEqual([400, code]);
    expect(runs).toBe(0);
  });

  it('a missing one is refused', async () => {
    const send = await caller('');
    expect((await send({ headers: { 'idempotency-key': '' } })).said[0]).toBe(400);
  });

  it('the longest one is taken, and a bare token is the same key as a string', async () => {
    const key = 'k'.repeat(255);
    const send = await caller(key);
    expect((await send()).said).toEqual([201, 'ok']);
    expect((await send({ key: `"${key}"` })).headers.get('idempotent-replayed')).toBe('true');
    expect((await send({ key: `"${key}";made=1` })).headers.get('idempotent-replayed')).toBe('true');
    expect(runs).toBe(1);
  });
});

describe('a refusal before the handler leaves the key free', () => {
  it.each([
    ['an invalid body', { body: '{"text":7}' }, 400],
    ['a body that is no JSON', { body: '{' }, 400],
    ['another media type', { headers: { 'content-type': 'text/plain' } }, 415],
    ['a token that is none', { token: 'a.b.c' }, 401],
  ])('%s', async (_, change, status) => {
    const send = await caller();
    expect((await send(change)).said[0]).toBe(status);
    expect((await send()).said).toEqual([201, 'ok']);
    expect(runs).toBe(1);
  });

  it('a limit that is used up', async () => {
    const send = await caller();
    for (let n = 0; n < 50; n++) await send({ key: `other-${n}` });
    expect((await send()).said).toEqual([429, 'rate-limited']);
    expect(await store.rows('select 1 from runtime.idempotency where status = 429')).toEqual([]);
  });
});

describe('the first run', () => {
  it('that ends well is stored with status, headers and bytes; the replay has its own trace and limits', async () => {
    const send = await caller();
    const [first, again] = [await send(), await send()];
    expect([again.said, again.text]).toEqual([first.said, first.text]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('traceparent')).not.toBe(first.headers.get('traceparent'));
    expect(again.headers.get('ratelimit')).not.toBe(first.headers.get('ratelimit'));
    const rows = JSON.stringify(await store.rows('select headers from runtime.idempotency'));
    expect(rows).not.toMatch(/ratelimit|traceparent|"date"/i);
  });

  it('that ends with a final refusal is stored', async () => {
    act = 'refuse';
    const send = await caller();
    const first = await send();
    act = 'make';
    expect([(await send()).said, runs]).toEqual([first.said, 1]);
  });

  it.each([
    ['busy', [409, 'notes.busy']],
    ['break', [500, 'internal']],
  ] as const)('that ends as %s is not stored, and the same key runs again', async (how, said) => {
    act = how;
    const send = await caller();
    expect((await send()).said).toEqual(said);
    act = 'make';
    const second = await send();
    expect([second.said, second.headers.get('idempotent-replayed'), runs]).toEqual([[201, 'ok'], null, 2]);
  });
});

it('an answer of 1 MiB is stored; of one larger nothing is, and its key stays free', async () => {
  const around = JSON.stringify({ id: 'n', text: '', version: 1 }).length;
  text = 'x'.repeat(1_048_576 - around);
  const send = await caller('large');
  expect([(await send()).said, (await send()).headers.get('idempotent-replayed')]).toEqual([[201, 'ok'], 'true']);
  text += 'x';
  runs = 0;
  expect((await send({ key: 'larger' })).said).toEqual([500, 'internal']);
  text = 't';
  const again = await send({ key: 'larger' });
  expect([again.said, again.headers.get('idempotent-replayed')]).toEqual([[201, 'ok'], null]);
});

describe('the same key', () => {
  it('with another body is refused, also while the first runs, and JSON spelt in another way is the same body', async () => {
    const gate = Promise.withResolvers<void>();
    held = gate.promise;
    const send = await caller();
    const first = send({ body: '{"text":"a","stars":1}' });
    await begun.promise;
    expect((await send({ body: '{"text":"b"}' })).said).toEqual([422, 'idempotency-key-reused']);
    gate.resolve();
    await first;
    expect((await send({ body: '{"text":"b"}' })).said).toEqual([422, 'idempotency-key-reused']);
    const same = await send({ body: String.raw`{ "stars": 1.0, "text": "\u0061" }` });
    expect([same.said, same.headers.get('idempotent-replayed')]).toEqual([[201, 'ok'], 'true']);
  });

  it('with another header that the contract names is refused; others say nothing of what is wished', async () => {
    const send = await caller();
    const red = { 'x-colour': 'red' };
    expect((await send({ headers: red })).said).toEqual([201, 'ok']);
    for (const headers of [{ 'x-colour': 'blue' }, { 'x-other': 'red' }])
      expect((await send({ headers })).said).toEqual([422, 'idempotency-key-reused']);
    const same = await send({ headers: { ...red, 'x-other': 'blue', 'user-agent': 'another' } });
    expect([same.said, same.headers.get('idempotent-replayed'), runs]).toEqual([[201, 'ok'], 'true', 1]);
  });

  it('is not replayed to who may no longer call', async () => {
    const send = await caller();
    await send();
    const sub = `ada${callers - 1}`;
    const [expired, narrowed] = await Promise.all([
      world.token({ sub, exp: Math.floor(Date.now() / 1_000) - 100 }),
      world.token({ sub, scope: 'notes.read' }),
    ]);
    expect((await send({ token: expired })).said).toEqual([401, 'invalid-token']);
    expect((await send({ token: narrowed })).said).toEqual([403, 'insufficient-scope']);
  });

  it('runs again when its time is over, and rows past their end are swept', async () => {
    const send = await caller();
    await send();
    await store.rows('update runtime.idempotency set expires_at = now()');
    expect([(await send()).headers.get('idempotent-replayed'), runs]).toEqual([null, 2]);
    await store.rows("update runtime.idempotency set expires_at = now() - interval '1 second'");
    expect(await sweepKeys(store.db)).toBeGreaterThan(0);
    expect(await store.rows('select 1 from runtime.idempotency')).toEqual([]);
  });

  it('means nothing to a read', async () => {
    const answers = await Promise.all(
      [1, 2].map(async () => fetch(`${world.url}/notes/v1/motto`, { headers: { 'idempotency-key': '"same"' } })),
    );
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    expect(bodies).toEqual(expect.arrayContaining([{ n: 1 }, { n: 2 }]));
  });
});

const figures = (): Record<string, number> =>
  Object.fromEntries(
    [...world.metrics.text().matchAll(/^plinth_idempotency_total\{result="(.+)"\} (\d+)$/gm)].map(([, result, n]) => [
      result,
      Number(n),
    ]),
  );

/** How often more than before each result was counted. */
async function counted(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = figures();
  await work();
  const more = Object.entries(figures()).map(([result, n]) => [result, n - (before[result] ?? 0)] as const);
  return Object.fromEntries(more.filter(([, n]) => n > 0));
}

describe('what became of a key is counted', () => {
  it('a first run, its replay, another wish with its key', async () => {
    const send = await caller();
    expect(await counted(() => send())).toEqual({ done: 1 });
    expect(await counted(() => send())).toEqual({ replayed: 1 });
    expect(await counted(() => send({ body: '{"text":"b"}' }))).toEqual({ reused: 1 });
  });

  it('a final refusal is kept, what fails leaves its key free, and what is refused before has used none', async () => {
    const send = await caller();
    expect(await counted(() => send({ body: '{' }))).toEqual({ refused: 1 });
    act = 'break';
    expect(await counted(() => send())).toEqual({ failed: 1 });
    act = 'refuse';
    expect(await counted(() => send())).toEqual({ done: 1 });
    expect(await counted(() => send())).toEqual({ replayed: 1 });
  });

  it('a call whose first one still runs', async () => {
    const gate = Promise.withResolvers<void>();
    held = gate.promise;
    const send = await caller();
    const first = send();
    await begun.promise;
    expect(await counted(() => send())).toEqual({ 'in-progress': 1 });
    gate.resolve();
    expect(await counted(() => first)).toEqual({ done: 1 });
  });
});

it('neither key nor caller stands in the database', async () => {
  const send = await caller('a-key-to-look-for');
  await send();
  const rows = JSON.stringify(await store.rows('select t::text from runtime.idempotency t'));
  expect(rows).not.toContain('a-key-to-look-for');
  expect(rows).not.toContain(`ada${callers - 1}`);
});
