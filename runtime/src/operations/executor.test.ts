import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it, describe } from 'vitest';
import { open, write } from '../capability.ts';
import { reply, type WriteContext } from '../context.ts';
import { pause, PortError, problem } from '../kernel/index.ts';
import { startTestEdge, type TestEdge } from '../pipeline/test-edge.ts';
import type { Tx } from '../ports/index.ts';
import { Confirmations } from '../security/confirmations.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import type { WriteUnit } from './services.ts';

let store: TestDatabase;
let world: TestEdge;
let other: TestEdge;
/** Transactions that are open, and how many were at most. */
const transactions = { open: 0, most: 0 };
const noop = (): void => {};
let runs = 0;
const gates = new Map<string, Promise<void>>();
/** Called when the handler stands before the gate of that text. */
const arrived = new Map<string, () => void>();

const createNote = write(async (input: { body: { text: string } }, ctx) => {
  runs += 1;
  const { text } = input.body;
  await sql`insert into effects (text) values (${text})`.execute(ctx.db);
  arrived.get(text)?.();
  await gates.get(text);
  if (text === 'locked') return problem('notes.locked' as never, { noteId: 'n1' });
  if (text === 'away') throw new PortError('unavailable', 'no');
  if (text === 'bad') return reply(201, { id: 7 });
  ctx.emit('note.created' as never, { subject: 'note_ada1', data: {} as never });
  return reply(201, { id: 'note_ada1', text, version: 1 });
});

const replaceNote = open(async (input: { body: { text: string } }, ctx) => {
  runs += 1;
  await ctx.transaction(
    async (inner) => void (await sql`insert into effects (text) values (${ctx.key})`.execute(inner.db)),
  );
  if (input.body.text === 'away') throw new PortError('unavailable', 'no');
  return reply(200, { id: 'note_ada1', text: input.body.text, version: 8 });
});

function counted<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
  transactions.open += 1;
  transactions.most = Math.max(transactions.most, transactions.open);
  return store.transaction(work).finally(() => (transactions.open -= 1));
}

const start = (): Promise<TestEdge> =>
  startTestEdge({
    handlers: { createNote, replaceNote },
    services: {
      database: { ...store, transaction: counted },
      beginWrite: (base, tx): WriteUnit => {
        const facts: string[] = [];
        const context = { ...base, db: tx, emit: (type: string) => facts.push(type) } as unknown as WriteContext;
        const flush = async (): Promise<undefined> => {
          for (const type of facts) await sql`insert into facts (type, subject) values (${type}, 's')`.execute(tx);
        };
        return { context, flush };
      },
    },
    edge: { confirmations: new Confirmations(store) },
  });

beforeAll(async () => {
  store = await openTestDatabase();
  await store.rows('create table effects (id bigserial primary key, text text not null)');
  await store.rows('create table facts (type text not null, subject text not null)');
  [world, other] = [await start(), await start()];
});
afterAll(async () => {
  await Promise.all([world.close(), other.close()]);
  await store.close();
});
beforeEach(() => {
  runs = 0;
  transactions.most = 0;
});

let sub = 0;
/** A fresh caller each time, so that limits of one test do not reach another. */
async function caller(edge: TestEdge = world, claims: Record<string, unknown> = {}) {
  const token = await edge.token({ sub: `ada${sub++}`, ...claims });
  return async (key: string | undefined, text: string, more: Record<string, string> = {}, at: TestEdge = edge) => {
    const response = await fetch(`${at.url}/notes/v1/notes`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${at === edge ? token : await at.token({ sub: `ada${sub - 1}`, ...claims })}`,
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': `"${key}"` }),
        ...more,
      },
      body: JSON.stringify({ text }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
}

const effectsOf = async (text: string) => (await store.rows(`select 1 from effects where text = '${text}'`)).length;
const code = (answer: { text: string }) => (JSON.parse(answer.text) as { code: string }).code;

describe('a write with a key', () => {
  it('takes effect once and replays the very bytes', async () => {
    const post = await caller();
    const first = await post('k1', 'once');
    const again = await post('k1', 'once');
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.text).toBe(first.text);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('content-type')).toBe('application/json');
    expect(runs).toBe(1);
    expect(await effectsOf('once')).toBe(1);
    expect(await store.rows('select type from facts')).toHaveLength(1);
  });

  it('is refused when the key comes back with another body', async () => {
    const post = await caller();
    await post('k2', 'first');
    const other = await post('k2', 'second');
    expect([other.status, code(other)]).toEqual([422, 'idempotency-key-reused']);
    expect(await effectsOf('second')).toBe(0);
  });

  it('of another caller is another key', async () => {
    const [ada, eve] = [await caller(), await caller()];
    expect((await ada('shared', 'adas')).status).toBe(201);
    expect((await eve('shared', 'eves')).status).toBe(201);
  });

  it('stores a definitive business refusal and leaves no row of the handler', async () => {
    const post = await caller();
    const first = await post('k3', 'locked');
    const again = await post('k3', 'locked');
    expect([first.status, again.status, runs]).toEqual([409, 409, 1]);
    expect(again.headers.get('content-type')).toBe('application/problem+json');
    expect(await effectsOf('locked')).toBe(0);
  });

  it('leaves nothing behind when it fails, and the key may run again', async () => {
    const post = await caller();
    expect((await post('k4', 'away')).status).toBe(503);
    expect((await post('k4', 'away')).status).toBe(503);
    expect(runs).toBe(2);
    expect(await effectsOf('away')).toBe(0);
  });

  it('commits nothing when its answer breaks the contract', async () => {
    const post = await caller();
    const answer = await post('k5', 'bad');
    expect([answer.status, code(answer)]).toEqual([500, 'response-breaks-contract']);
    expect(await effectsOf('bad')).toBe(0);
  });

  it('has one effect when sixteen twins race in two processes', async () => {
    const post = await caller();
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) => post('race', 'raced', {}, index % 2 === 0 ? world : other)),
    );
    // The two servers have different keys, so each has its own token for the same caller; both see one principal.
    expect(new Set(answers.map((each) => each.text)).size).toBe(1);
    expect(answers.every((each) => each.status === 201)).toBe(true);
    expect(await effectsOf('raced')).toBe(1);
  });

  it('is waited for by its twins in one process without a connection of theirs', async () => {
    let release = noop;
    gates.set('crowd', new Promise((resolve) => (release = resolve)));
    const isUnderWay = new Promise<void>((resolve) => arrived.set('crowd', resolve));
    const post = await caller();
    const first = post('k7', 'crowd');
    await isUnderWay;
    const twins = Array.from({ length: 12 }, () => post('k7', 'crowd'));
    await expect.poll(() => world.edge.admission.underWay, { timeout: 2_000 }).toBe(13);
    // Their bodies are being read.
    await pause(100);
    expect(transactions).toEqual({ open: 1, most: 1 });
    release();
    const answers = await Promise.all([first, ...twins]);
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect([transactions.most, runs, await effectsOf('crowd')]).toEqual([1, 1, 1]);
  });

  it('tells a twin that waits too long that the first is still running', async () => {
    let release = noop;
    gates.set('slow', new Promise((resolve) => (release = resolve)));
    const isUnderWay = new Promise<void>((resolve) => arrived.set('slow', resolve));
    const post = await caller();
    const first = post('k6', 'slow');
    await isUnderWay;
    const twin = await post('k6', 'slow');
    expect([twin.status, code(twin)]).toEqual([409, 'idempotency-in-progress']);
    expect(twin.headers.get('retry-after')).toBe('1');
    const elsewhere = await post('k6', 'slow', {}, other);
    expect(elsewhere.status).toBe(409);
    release();
    expect((await first).status).toBe(201);
    expect((await post('k6', 'slow')).headers.get('idempotent-replayed')).toBe('true');
  }, 15_000);
});

const put = async (text: string, key: string) => {
  const response = await fetch(`${world.url}/notes/v1/notes/note_ada1`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${await world.token({ plinth_audience: 'staff', sub: 'sue', customer_id: undefined, scope: 'notes.write' })}`,
      'content-type': 'application/json',
      'if-match': '"7"',
      'idempotency-key': key,
    },
    body: JSON.stringify({ text }),
  });
  return {
    status: response.status,
    replayed: response.headers.get('idempotent-replayed'),
    text: await response.text(),
  };
};

describe('a handler that orchestrates', () => {
  it('is replayed by its key and frees the key when it fails', async () => {
    expect((await put('away', 'open-2')).status).toBe(503);
    const first = await put('done', 'open-1');
    expect(await put('done', 'open-1')).toEqual({ ...first, replayed: 'true' });
    expect(runs).toBe(2);
  });
});

const confirmation = (answer: { text: string }) =>
  (JSON.parse(answer.text) as { confirmation: { id: string; readback: string; idempotencyKey: string } }).confirmation;
const confirmations = () => new Confirmations(store);

describe('software acting for a customer', () => {
  const agent = { act: { sub: 'assistant' }, client_id: 'assistant' };

  it('changes nothing before the customer confirmed exactly this call', async () => {
    const post = await caller(world, agent);
    const first = await post('c1', 'bread');
    expect([first.status, code(first)]).toEqual([428, 'confirmation-required']);
    const { id, readback, idempotencyKey } = confirmation(first);
    expect(readback).toBe('Write a note: text bread.');
    expect(idempotencyKey).toBe('c1');
    const early = await post('c1', 'bread', { 'plinth-confirmation': id });
    expect(early.status).toBe(428);
    expect(await confirmations().confirm(id, 'cus_eve')).toBe(false);
    expect(await confirmations().confirm(id, 'cus_ada')).toBe(true);
    const other = await post('c1', 'cake', { 'plinth-confirmation': id });
    expect(other.status).toBe(428);
    const otherKey = await post('c2', 'bread', { 'plinth-confirmation': id });
    expect(otherKey.status).toBe(428);
    expect(await effectsOf('bread')).toBe(0);
    const done = await post('c1', 'bread', { 'plinth-confirmation': id });
    expect(done.status).toBe(201);
    const twice = await post('c1', 'bread', { 'plinth-confirmation': id });
    expect([twice.status, twice.text]).toEqual([201, done.text]);
    expect(await effectsOf('bread')).toBe(1);
    const reused = await post('c3', 'bread', { 'plinth-confirmation': id });
    expect([reused.status, code(reused)]).toEqual([409, 'confirmation-used']);
  });

  it('cannot use a void or expired confirmation', async () => {
    const post = await caller(world, agent);
    const voided = confirmation(await post('v1', 'no'));
    await confirmations().confirm(voided.id, 'cus_ada');
    await confirmations().void(voided.id, 'cus_ada');
    expect((await post('v1', 'no', { 'plinth-confirmation': voided.id })).status).toBe(428);
    const late = confirmation(await post('v2', 'late'));
    await confirmations().confirm(late.id, 'cus_ada');
    await store.rows('update runtime.confirmation set expires_at = now()');
    expect((await post('v2', 'late', { 'plinth-confirmation': late.id })).status).toBe(428);
  });

  it('of another make cannot spend it', async () => {
    const post = await caller(world, agent);
    const { id } = confirmation(await post('w1', 'mine'));
    await confirmations().confirm(id, 'cus_ada');
    const thief = await caller(world, { act: { sub: 'thief' }, client_id: 'thief' });
    expect((await thief('w1', 'mine', { 'plinth-confirmation': id })).status).toBe(428);
    expect(await effectsOf('mine')).toBe(0);
  });
});
