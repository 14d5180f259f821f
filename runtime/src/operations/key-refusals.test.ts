// What leaves a key free, what a repetition is asked again, and how long it waits: the rows of the table that need a thing
// with an owner, a version and little time.

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { write } from '../capability.ts';
import { reply, type WriteContext } from '../context.ts';
import { PortError, problem } from '../kernel/index.ts';
import { notesContract, startTestEdge, type TestEdge } from '../pipeline/test-edge.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import {
  dropPlace,
  finishPlace,
  holdPlace,
  keepPlace,
  KeyLost,
  readPlace,
  settlePlace,
  sweepKeys,
  takePlace,
} from './key-rows.ts';

/** Of the operation; less than the 2 s that a repetition waits at most. */
const timeoutMs = 1_800;

/** As long as money is. */
const retainS = 7 * 86_400;

let store: TestDatabase;
let world: TestEdge;
let other: TestEdge;
let owner = 'cus_ada';
let runs = 0;
/** What the handler does next; undefined = its work. */
let act: (() => Promise<unknown>) | undefined;
let begun = Promise.withResolvers<void>();

const replaceNote = write(async (_, ctx) => {
  runs += 1;
  begun.resolve();
  await sql`select 1`.execute(ctx.db);
  return (await act?.()) ?? reply(200, { id: 'note_1', text: `run ${runs}`, version: 8 });
});

async function start(): Promise<TestEdge> {
  const contract = await notesContract();
  const replace = contract.operations.find(({ id }) => id === 'replaceNote');
  if (replace !== undefined) {
    Object.assign(replace.policy, { limits: [], timeoutMs });
    replace.policy.idempotency.retainS = retainS;
  }
  return startTestEdge({
    contract,
    handlers: { replaceNote },
    binding: { owners: { note: async (ids) => new Map(ids.map((id) => [id, [owner]])) } },
    services: {
      database: store,
      beginWrite: (base, tx) => ({ context: { ...base, db: tx } as WriteContext, flush: async () => undefined }),
    },
  });
}

beforeAll(async () => {
  store = await openTestDatabase();
  [world, other] = [await start(), await start()];
});
afterAll(async () => {
  await Promise.all([world.close(), other.close()]);
  await store.close();
});
beforeEach(() => {
  [owner, runs, act, begun] = ['cus_ada', 0, undefined, Promise.withResolvers<void>()];
});

let keys = 0;
const newKey = (): string => `key-${keys++}`;

interface Sent {
  scope?: string;
  version?: string | undefined;
}

async function put(key: string, { scope = 'notes.write', version = '"7"' }: Sent = {}, at: TestEdge = world) {
  const response = await fetch(`${at.url}/notes/v1/notes/note_1`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${await at.token({ scope })}`,
      'content-type': 'application/json',
      'idempotency-key': key,
      ...(version === '' ? {} : { 'if-match': version }),
    },
    body: '{"text":"a"}',
  });
  const { code = 'ok' } = (await response.json()) as { code?: string };
  const { headers } = response;
  return { said: [response.status, code], replayed: headers.get('idempotent-replayed'), headers };
}

const done = { said: [200, 'ok'], replayed: null };

describe('a refusal leaves the key free:', () => {
  it.each<[string, Sent, unknown[]]>([
    ['403', { scope: 'notes.read' }, [403, 'insufficient-scope']],
    ['428', { version: '' }, [428, 'precondition-required']],
    ['412', { version: 'W/"7"' }, [412, 'precondition-failed']],
  ])('%s before the handler', async (_, sent, said) => {
    const key = newKey();
    expect((await put(key, sent)).said).toEqual(said);
    expect(runs).toBe(0);
    expect(await put(key)).toMatchObject(done);
  });

  it('404 for what is another’s', async () => {
    const key = newKey();
    owner = 'cus_bob';
    expect((await put(key)).said).toEqual([404, 'not-found']);
    owner = 'cus_ada';
    expect(await put(key)).toMatchObject(done);
  });

  it.each([
    [404, 'not-found'],
    [412, 'precondition-failed'],
  ] as const)('%i of the handler itself', async (status, code) => {
    const key = newKey();
    act = async () => problem(code);
    expect((await put(key)).said).toEqual([status, code]);
    act = undefined;
    expect(await put(key)).toMatchObject(done);
    expect(runs).toBe(2);
  });

  it('503 for want of a store', async () => {
    const key = newKey();
    act = async () => {
      throw new PortError('unavailable', 'gone');
    };
    expect((await put(key)).said).toEqual([503, 'dependency-unavailable']);
    act = undefined;
    expect(await put(key)).toMatchObject(done);
  });
});

describe('a repetition', () => {
  it('of what is no longer one’s own is refused, and its answer not shown', async () => {
    const key = newKey();
    await put(key);
    expect((await put(key)).replayed).toBe('true');
    owner = 'cus_bob';
    expect(await put(key)).toMatchObject({ said: [404, 'not-found'], replayed: null });
  });

  it.each([
    ['the same process', () => world],
    ['another process', () => other],
  ])('that has little time is told in time by %s that the first still runs', async (_, at) => {
    const key = newKey();
    const gate = Promise.withResolvers<undefined>();
    act = () => gate.promise;
    const first = put(key);
    await begun.promise;
    const twin = await put(key, {}, at());
    expect([twin.said, twin.headers.get('retry-after')]).toEqual([[409, 'idempotency-in-progress'], '1']);
    gate.resolve(undefined);
    await first;
  });
});

/** Seconds that the latest key is kept. */
const leftS = async () => {
  const [row] = await store.rows(`
    select extract(epoch from expires_at - now())::float8 as left from runtime.idempotency order by created_at desc limit 1`);
  return row?.['left'];
};

it('a key is kept for as long as the contract says, from each time it is taken', async () => {
  const key = newKey();
  for (const replayed of [null, null]) {
    expect((await put(key)).replayed).toBe(replayed);
    expect(await leftS()).toBeGreaterThan(retainS - 60);
    expect(await leftS()).toBeLessThanOrEqual(retainS);
    await store.rows('update runtime.idempotency set expires_at = now()');
  }
});

const placeOf = (name: string, fingerprint = 'f') => ({
  principalHash: Buffer.from('who'),
  operation: 'o',
  keyHash: Buffer.from(name),
  fingerprint: Buffer.from(fingerprint),
});
const taking = { retainS: 60, state: 'started', waitMs: 1_000, leaseMs: 0 } as const;
const answer = { status: 201, headers: [], type: 'application/json', body: '1' };
const take = async (name: string) => {
  const taken = await takePlace(store.db, placeOf(name), taking);
  if (!('held' in taken)) throw new Error(`${name} must be free`);
  return taken.held;
};
const rowOf = async (name: string) => readPlace(store.db, placeOf(name));

describe('a row of a key', () => {
  it('that is done is neither freed, prolonged nor written again by who held it', async () => {
    const held = await take('done');
    await finishPlace(store.db, held, answer);
    const late = [
      () => dropPlace(store.db, held),
      () => keepPlace(store.db, held, 1_000),
      () => finishPlace(store.db, held, { ...answer, status: 200 }),
      () => holdPlace(store.db, held, 'job_late'),
    ];
    for (const act of late) await expect(act()).rejects.toThrow(KeyLost);
    expect(await rowOf('done')).toMatchObject({ state: 'done', status: 201, job: null });
  });

  it('whose time is over is prolonged no more', async () => {
    const held = await take('over');
    await keepPlace(store.db, held, 1_000);
    await store.rows(`update runtime.idempotency set expires_at = now() where fence = ${held.fence}`);
    await expect(keepPlace(store.db, held, 1_000)).rejects.toThrow(KeyLost);
  });

  it('of an unknown end is nobody’s until it is settled: with the answer, or free again when nothing came of it', async () => {
    for (const [name, came] of [
      ['took', answer],
      ['took-not', undefined],
    ] as const) {
      await holdPlace(store.db, await take(name), `job_${name}`);
      await finishPlace(store.db, await take(`${name} other`), answer, `job_${name}`);
      const other = await takePlace(store.db, placeOf(name), taking);
      expect(other).toMatchObject({ row: { state: 'unknown', job: `job_${name}` } });
      await settlePlace(store.db, `job_${name}`, came && { ...came, status: 202 });
      expect(await rowOf(`${name} other`)).toMatchObject({ state: 'done', status: 201 });
    }
    expect(await rowOf('took')).toMatchObject({ state: 'done', status: 202, body: Buffer.from('1') });
    expect(await rowOf('took-not')).toBe(undefined);
  });
});

it('rows past their end are swept a thousand at a time', async () => {
  await store.rows('delete from runtime.idempotency');
  await store.rows(`
    insert into runtime.idempotency (principal_hash, operation_id, key_hash, fingerprint, state, fence, created_at, expires_at)
    select decode(md5(n::text), 'hex'), 'o', '\\x00', '\\x00', 'done', n, now(), now() + make_interval(secs => case n when 0 then 60 else -1 end)
    from generate_series(0, 1001) as n`);
  let statements = 0;
  const counting = store.db.withPlugin({
    transformQuery({ node }) {
      statements += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  expect([await sweepKeys(counting), statements]).toEqual([1001, 2]);
  expect(await store.rows('select fence::int from runtime.idempotency')).toEqual([{ fence: 0 }]);
});
