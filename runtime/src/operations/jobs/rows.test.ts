import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anonymous } from '../../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { newTrace } from '../../telemetry/trace.ts';
import { testServices, type TestServices } from '../../test-services.ts';
import * as rows from './rows.ts';

let store: TestDatabase;
let telling: TestServices;

beforeAll(async () => {
  store = await openTestDatabase();
});
afterAll(() => store.close());
beforeEach(async () => {
  await store.rows('truncate runtime.operation_job');
  telling = testServices(store);
});

const bytes = Buffer.from([0, 255, 10]);
const answer = { status: 201, headers: [], type: 'application/json', body: '{}' };

async function aJob(more: Partial<rows.NewJob> = {}): Promise<string> {
  const id = `job_${randomUUID()}`;
  await store.transaction((tx) =>
    rows.insertJob(tx, {
      id,
      operation: 'reports.makeReport',
      principalHash: Buffer.alloc(32),
      principal: anonymous,
      call: { input: { body: bytes }, key: 'k' },
      irrevocable: false,
      trace: newTrace(),
      retainS: 60,
      keyRetainS: undefined,
      ...more,
    }),
  );
  return id;
}

async function aTakenJob(): Promise<rows.TakenJob> {
  const job = await rows.takeJob(store.db, await aJob());
  if (job === undefined) throw new Error('it was not taken');
  return job;
}

const set = (id: string, what: string) => store.rows(`update runtime.operation_job set ${what} where id = '${id}'`);
async function look(id: string, columns: string): Promise<Record<string, unknown> | undefined> {
  return (await store.rows(`select ${columns} from runtime.operation_job where id = '${id}'`))[0];
}
const leftS = 'round(extract(epoch from expires_at - updated_at))::int as left';
const end = (job: rows.TakenJob) =>
  store.transaction((tx) => rows.endJob(tx, { job, unsaved: undefined }, { answer, isDone: true }, telling));

describe('a job', () => {
  it('has a day to end, or its retention or its key’s where that is longer', async () => {
    for (const [retainS, keyRetainS, mostS] of [
      [60, undefined, 86_400],
      [60, 90_000, 90_000],
      [100_000, 90_000, 100_000],
    ] as const)
      expect(await look(await aJob({ retainS, keyRetainS }), leftS)).toEqual({ left: mostS });
  });

  it('that is past its time is neither taken, found, nor kept by its worker', async () => {
    const [waits, held] = [await aJob(), await aTakenJob()];
    expect(await rows.keepJob(store.db, held)).toBe(true);
    for (const id of [waits, held.id]) await set(id, `expires_at = now(), lease_until = now()`);
    expect(await rows.takeJob(store.db, waits)).toBeUndefined();
    expect(await rows.orphanedJobs(store.db)).toEqual([]);
    expect(await rows.keepJob(store.db, held)).toBe(false);
  });

  it('is kept after its end for its retention or as long as its key is known, and nothing of what was asked is', async () => {
    const [brief, keyed] = [await aTakenJob(), await aTakenJob()];
    await set(keyed.id, `key_until = now() + interval '1 hour'`);
    for (const job of [brief, keyed]) expect(await end(job)).toBe(true);
    expect(await look(brief.id, `state, call, body, ${leftS}`)).toEqual({
      state: 'succeeded',
      call: null,
      body: null,
      left: 60,
    });
    expect(await look(keyed.id, leftS)).toEqual({ left: 3600 });
  });

  it('that is cancelled forgets what was asked, in whichever state it was', async () => {
    const [queued, waiting, running] = [await aJob(), await aTakenJob(), await aTakenJob()];
    await rows.releaseJob(store.db, waiting, { delayS: 64, isFree: false });
    for (const id of [queued, waiting.id, running.id]) {
      expect(await store.transaction((tx) => rows.cancelJob(tx, id, telling))).toBe(true);
      expect(await look(id, `state, call, body, ${leftS}`)).toEqual({
        state: 'cancelled',
        call: null,
        body: null,
        left: 60,
      });
      expect(await store.transaction((tx) => rows.cancelJob(tx, id, telling))).toBe(false);
    }
    expect(await end(running)).toBe(false);
  });

  it('whose outcome another system knows is taken, cancelled and listed no more', async () => {
    const job = await aTakenJob();
    await rows.leaveToOutcome(store.db, job, 200_000);
    expect(await look(job.id, `state, call, body, ${leftS}`)).toEqual({
      state: 'waiting',
      call: null,
      body: null,
      left: 200_000,
    });
    expect(await rows.takeJob(store.db, job.id)).toBeUndefined();
    expect(await store.transaction((tx) => rows.cancelJob(tx, job.id, telling))).toBe(false);
    expect(await rows.waitingJobs(store.db)).toEqual([]);
  });

  it('that is let go is another’s at once, or found again half a minute after its wait; what it says last is kept', async () => {
    const [free, waits, told] = [await aTakenJob(), await aTakenJob(), await aTakenJob()];
    await rows.releaseJob(store.db, free, { delayS: 0, isFree: true });
    await rows.releaseJob(store.db, waits, { delayS: 16, isFree: false });
    const columns = `state, fence, attempts, round(extract(epoch from lease_until - updated_at))::int as lease`;
    expect(await look(free.id, columns)).toEqual({ state: 'queued', fence: 2, attempts: 0, lease: 0 });
    expect(await look(waits.id, columns)).toEqual({ state: 'waiting', fence: 2, attempts: 1, lease: 46 });
    for (const lost of [free, waits]) expect(await rows.keepJob(store.db, lost)).toBe(false);
    await rows.saveProgress(store.db, told, { done: 1 });
    const last = { job: told, unsaved: { done: 2 } };
    await store.transaction((tx) => rows.endJob(tx, last, { answer, isDone: true }, telling));
    expect(await look(told.id, 'progress')).toEqual({ progress: { done: 2 } });
  });

  it('is swept when it is past its time, and not before', async () => {
    const [past, kept] = [await aJob(), await aJob()];
    await set(past, `expires_at = now()`);
    await set(kept, `expires_at = now() + interval '1 minute'`);
    expect(await rows.sweepJobs(store.db)).toBe(1);
    expect([await look(past, 'id'), await look(kept, 'id')]).toEqual([undefined, { id: kept }]);
  });
});

const read = (id: string, own?: string) => rows.readJob(store.db, id, Buffer.alloc(32), own);

describe('a job that is sealed', () => {
  const principal = { ...anonymous, name: 'Ada' };
  const call = { input: { of: 'ada' }, key: 'k' };
  const sealed = async (own: string | undefined, more: Partial<rows.NewJob> = {}): Promise<string> => {
    const id = `job_${randomUUID()}`;
    const given = { id, operation: 'reports.makeReport', principalHash: Buffer.alloc(32), principal, call };
    const rest = { irrevocable: false, trace: newTrace(), retainS: 60, keyRetainS: undefined };
    await store.transaction((tx) => rows.insertJob(tx, { ...given, ...rest, ...more }, own));
    return id;
  };

  it.each([
    ['is read with its key', 'ours', 'ours'],
    ['was begun in clear, before there was a key, and is read all the same', undefined, 'ours'],
    ['is in clear where there is no key', undefined, undefined],
  ])('%s', async (_, before, now) => {
    const job = await rows.takeJob(store.db, await sealed(before), now);
    expect(job).toMatchObject({ call, principal: { name: 'Ada' } });
    const held = job as rows.TakenJob;
    await rows.saveProgress(store.db, held, { done: 0, note: 'for ada' });
    expect(await read(held.id, now)).toMatchObject({ progress: { note: 'for ada' }, isLost: false });
    await end({ ...held });
    expect(await read(held.id, now)).toMatchObject({ body: Buffer.from('{}'), isLost: false });
    const { answer: kept, progress } = (await look(held.id, 'answer, progress')) as {
      answer: Buffer;
      progress: unknown;
    };
    expect([kept.includes('{}'), JSON.stringify(progress).includes('ada')]).toEqual([
      now === undefined,
      now === undefined,
    ]);
  });

  it('holds bytes of a body, and nothing of it, nor what its caller is called, stands in the row', async () => {
    const id = await sealed('ours', { call: { input: { body: Buffer.from('of ada'), of: 'ada' }, key: 'k' } });
    const [row] = await store.rows(`select t::text as row from runtime.operation_job t where id = '${id}'`);
    for (const told of ['Ada', 'ada', Buffer.from('of ada').toString('hex')]) expect(row?.['row']).not.toContain(told);
    expect((await rows.takeJob(store.db, id, 'ours'))?.call?.input).toEqual({ body: Buffer.from('of ada'), of: 'ada' });
  });

  it.each(['theirs', undefined])('opens to no other key (%s)', async (own) => {
    const id = await sealed('ours');
    const job = (await rows.takeJob(store.db, id, 'ours')) as rows.TakenJob;
    await rows.saveProgress(store.db, job, { done: 0 });
    expect(await read(id, own)).toMatchObject({ progress: null, isLost: false });
    await rows.releaseJob(store.db, job, { delayS: 0, isFree: true });
    const other = (await rows.takeJob(store.db, id, own)) as rows.TakenJob;
    expect(other.call).toBe(undefined);
    await rows.releaseJob(store.db, other, { delayS: 0, isFree: true });
    await end((await rows.takeJob(store.db, id, 'ours')) as rows.TakenJob);
    expect(await read(id, own)).toMatchObject({ state: 'succeeded', body: null, isLost: true });
  });
});
