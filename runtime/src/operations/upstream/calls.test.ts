import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anonymous, newIds, systemClock, whoHash } from '../../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import {
  concludeCall,
  doubtCall,
  forgetCall,
  type NewUpstreamCall,
  noteCall,
  putOff,
  settleDoubt,
  sweepCalls,
  takeDoubts,
  type UpstreamCallRow,
} from './calls.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const around = JSON.stringify({ status: 201, body: '' }).length;

it.each([
  ['1 MiB is kept', 1_048_576 - around, { status: 201, body: expect.stringMatching(/^x+$/) }],
  ['more is not, but its status is', 1_048_577 - around, { status: 201, isKept: false }],
])('of an answer to a call that took effect %s', async (key, length, reply) => {
  const call = callOf(key);
  expect(await noteCall(database.db, call)).toBe('new');
  const concluded = await database.transaction((tx) =>
    concludeCall(tx, key, { status: 201, body: 'x'.repeat(length) }),
  );
  expect(concluded).toBe(true);
  expect(await noteCall(database.db, call)).toMatchObject({ state: 'done', reply });
});

it('an unknown end is asked for after 1, 5, 30 s and 5 min, and is then a person’s to find out', async () => {
  expect(await noteCall(database.db, callOf('asked'))).toBe('new');
  await database.transaction((tx) => doubtCall(tx, { key: 'asked', job: 'job_asked', canAsk: true }));
  const waits: number[] = [];
  for (;;) {
    const [row] = await database.rows(`
      select state, round(extract(epoch from ask_at - clock_timestamp())) as wait, job_id
      from runtime.upstream_call where key = 'asked'`);
    if (row?.['state'] === 'human') break;
    expect(row?.['state']).toBe('unknown');
    waits.push(Number(row?.['wait']));
    expect(await takeDoubts(database.db)).toEqual([]);
    await database.rows(`update runtime.upstream_call set ask_at = clock_timestamp() where key = 'asked'`);
    const [taken] = await takeDoubts(database.db);
    // Nobody else asks meanwhile.
    expect(await takeDoubts(database.db)).toEqual([]);
    expect(await putOff(database.db, taken as never)).toBe(waits.length === 4);
  }
  expect(waits).toEqual([1, 5, 30, 300]);
  const [job] = await database.rows(`select progress from runtime.operation_job where id = 'job_asked'`);
  expect(job?.['progress']).toMatchObject({ note: 'A person has to find out.' });
});

it.each([
  ['succeeded', true],
  ['failed', false],
])('its caller alone is told that the monitor of a lost answer has %s', async (state, took) => {
  const [key, job] = [`settled-${state}`, `job_${state}`];
  await noteCall(database.db, callOf(key));
  const answer = { status: took ? 201 : 502, headers: [], type: 'application/json', body: '{"secret":1}' };
  const telling = { clock: systemClock, ids: newIds(systemClock) };
  await database.transaction(async (tx) => {
    await doubtCall(tx, { key, job, canAsk: true });
    await settleDoubt(tx, { key, job }, { took, answer, own: undefined }, telling);
  });
  const told = await database.rows(`
    select type, source, customer_id, encode(whose, 'hex') as whose, data, trace_id from runtime.outbox
    where subject = '${job}'`);
  expect(told).toEqual([
    {
      type: 'job.ended',
      source: '/jobs',
      customer_id: null,
      whose: whoHash(anonymous).toString('hex'),
      data: { operation: 'payouts.payOut', state },
      trace_id: '0af7651916cd43dd8448eb211c80319c',
    },
  ]);
});

describe('a call that is sealed', () => {
  const input = { body: { payee: 'ada' } };
  const reply = { status: 201, body: { payee: 'ada' } };

  it.each([
    ['is read with its key', 'sealed', 'ours', 'ours'],
    ['was noted in clear, before there was a key, and is read all the same', 'old', undefined, 'ours'],
  ])('%s', async (_, key, before, now) => {
    const call = { ...callOf(key), input, principal: { ...anonymous, name: 'Ada' } };
    expect(await noteCall(database.db, call, before)).toBe('new');
    const inClear = async () =>
      (await database.rows(`select 1 from runtime.upstream_call t where key = '${key}' and t::text ~* 'ada'`)).length;
    expect(await inClear()).toBe(before === undefined ? 1 : 0);
    await database.transaction((tx) => doubtCall(tx, { key, job: `job_${key}`, canAsk: true }));
    await database.rows(`update runtime.upstream_call set ask_at = clock_timestamp() where key = '${key}'`);
    const [taken] = await takeDoubts(database.db, now);
    expect(taken).toMatchObject({ key, input, isLost: false });
    await database.transaction((tx) => concludeCall(tx, key, reply, now));
    expect(await noteCall(database.db, call, now)).toMatchObject({ state: 'done', reply, isLost: false });
    expect(await inClear()).toBe(0);
  });

  it('opens to no other key, and keeps nobody else from being asked about', async () => {
    for (const [key, own] of [
      ['lost', 'theirs'],
      ['found', 'ours'],
    ] as const) {
      await noteCall(database.db, { ...callOf(key), input }, own);
      await database.transaction((tx) => doubtCall(tx, { key, job: `job_${key}`, canAsk: true }));
      await database.rows(`update runtime.upstream_call set ask_at = clock_timestamp() where key = '${key}'`);
    }
    const taken = await takeDoubts(database.db, 'ours');
    expect(new Map(taken.map(({ key, isLost, input: asked }) => [key, { isLost, asked }]))).toEqual(
      new Map([
        ['lost', { isLost: true, asked: {} }],
        ['found', { isLost: false, asked: input }],
      ]),
    );
    await database.transaction((tx) => concludeCall(tx, 'lost', reply, 'theirs'));
    expect(await noteCall(database.db, callOf('lost'), 'ours')).toMatchObject({ reply: null, isLost: true });
  });
});

it('what took effect stays so: it is neither forgotten, doubted, undone nor concluded again', async () => {
  const key = 'ended';
  const to = [{ id: 'onPaid', url: 'https://example.org/' }];
  await noteCall(database.db, { ...callOf(key), input: { amount: 1 }, callbacks: to });
  await database.transaction((tx) => concludeCall(tx, key, { status: 201, body: 1 }));
  await forgetCall(database.db, key);
  const answer = { status: 502, headers: [], type: 'application/json', body: '{}' };
  const telling = { clock: systemClock, ids: newIds(systemClock) };
  await database.transaction(async (tx) => {
    await doubtCall(tx, { key, job: 'job_ended', canAsk: true });
    await settleDoubt(tx, { key, job: null }, { took: false, answer, own: undefined }, telling);
    expect(await concludeCall(tx, key, { status: 201, body: 2 })).toBe(false);
  });
  // What was asked, and by whom, is needed no more.
  expect(await noteCall(database.db, callOf(key))).toMatchObject({
    state: 'done',
    reply: { body: 1 },
    input: {},
    callbacks: null,
    job: null,
  });
});

it('keeps of its caller no scopes', async () => {
  await noteCall(database.db, { ...callOf('caller'), principal: { ...anonymous, scopes: new Set(['payouts.write']) } });
  expect(await noteCall(database.db, callOf('caller'))).toMatchObject({ principal: { scopes: [] } });
});

it('what they took on is asked about every five minutes for a day, whatever is heard of it meanwhile', async () => {
  const key = 'taken-on';
  await noteCall(database.db, callOf(key));
  await database.transaction(async (tx) => {
    await doubtCall(tx, { key, job: 'job_taken', canAsk: true, isAccepted: true });
    await doubtCall(tx, { key, job: 'job_taken', canAsk: true });
  });
  const row = (await noteCall(database.db, callOf(key))) as UpstreamCallRow;
  expect(row.isAccepted).toBe(true);
  for (const [asked, isOver] of [
    [3, false],
    [4, false],
    [287, false],
    [288, true],
  ] as const)
    expect([asked, await putOff(database.db, { ...row, asked })]).toEqual([asked, isOver]);
});

it('what is certain is swept a week later; what nobody knows the end of stays', async () => {
  for (const state of ['started', 'done', 'unknown', 'human', 'fresh'])
    await noteCall(database.db, callOf(`s-${state}`));
  await database.rows(`update runtime.upstream_call
    set state = substr(key, 3), expires_at = now() where key like 's-%' and key <> 's-fresh'`);
  await sweepCalls(database.db);
  const left = await database.rows("select key from runtime.upstream_call where key like 's-%' order by key");
  expect(left.map(({ key }) => key)).toEqual(['s-fresh', 's-human', 's-unknown']);
});

function callOf(key: string): NewUpstreamCall {
  return {
    key,
    upstream: 'till',
    operation: 'payouts.payOut',
    reference: key,
    release: 'only',
    fingerprint: 'f',
    input: {},
    principal: anonymous,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    callbacks: undefined,
  };
}
