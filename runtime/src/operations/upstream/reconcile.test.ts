// What the job does that finds out about lost answers: whose turn is used up, and what only one may settle.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OpenContext, WriteContext } from '../../context.ts';
import { anonymous } from '../../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { silent } from '../../test-services.ts';
import { doubtCall, noteCall, type UpstreamCallRow } from './calls.ts';
import { readOpenDoubt, settleOpenDoubt } from './doubts.ts';
import { type Found, reconcileJob } from './reconcile.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const operation = () => undefined;
const baseUrl = 'https://example.org';

/** A call whose outcome is unknown, to be asked about now. */
async function doubted(key: string, ageS = 0, canAsk = true): Promise<void> {
  const call = {
    key,
    upstream: 'till',
    operation: 'payouts.payOut',
    reference: key,
    release: 'only',
    fingerprint: 'f',
  };
  await noteCall(database.db, {
    ...call,
    input: {},
    principal: anonymous,
    traceId: '1'.repeat(32),
    callbacks: undefined,
  });
  await database.transaction((tx) => doubtCall(tx, { key, job: `job_${key}`, canAsk }));
  await database.rows(`update runtime.upstream_call set ask_at = case when state = 'unknown' then now() end,
    sent_at = now() - make_interval(secs => ${ageS}) where key = '${key}'`);
}

/** One run of the job, with what was counted. */
async function reconciled(found: Found | undefined): Promise<string[]> {
  const counted: string[] = [];
  const ask = (): Promise<Found | undefined> => Promise.resolve(found);
  const job = reconcileJob({ ask, operation, count: (result) => counted.push(result), baseUrl, own: undefined });
  const { db } = database;
  await job.run({}, {
    db,
    log: silent,
    transaction: () => Promise.reject(new Error('unused')),
  } as unknown as OpenContext);
  return counted;
}

async function rowOf(key: string): Promise<Record<string, unknown> | undefined> {
  const [row] = await database.rows(`
    select asked, state, round(extract(epoch from ask_at - clock_timestamp()))::integer as wait
    from runtime.upstream_call where key = '${key}'`);
  return row;
}

it('what our own guards keep back uses up no turn, for an hour', async () => {
  await doubted('kept-back', 3_590);
  expect(await reconciled({ kind: 'unasked', retryAfterS: 7 })).toEqual([]);
  expect(await rowOf('kept-back')).toEqual({ asked: 0, state: 'unknown', wait: 7 });
  await doubted('kept-back', 3_600);
  expect(await reconciled({ kind: 'unasked', retryAfterS: 7 })).toEqual([]);
  expect(await rowOf('kept-back')).toEqual({ asked: 1, state: 'unknown', wait: 5 });
});

it('nobody to ask is no answer: in the end it is a person’s', async () => {
  await doubted('nobody');
  await database.rows("update runtime.upstream_call set asked = 3 where key = 'nobody'");
  expect(await reconciled(undefined)).toEqual(['human']);
  expect(await rowOf('nobody')).toMatchObject({ asked: 4, state: 'human' });
});

it('only what is a person’s to settle is settled by one', async () => {
  await doubted('mine', 0, false);
  const row = (await readOpenDoubt(database.db, 'job_mine')) as UpstreamCallRow;
  await database.rows("update runtime.upstream_call set state = 'unknown' where key = 'mine'");
  const emitted: string[] = [];
  const isSettled = await database.transaction((tx) =>
    settleOpenDoubt({ db: tx, emit: (type: string) => emitted.push(type) } as unknown as WriteContext, {
      row,
      reply: undefined,
      reason: 'seen there',
      told: undefined as never,
      baseUrl,
      own: undefined,
    }),
  );
  expect([isSettled, emitted]).toEqual([false, []]);
  expect(await rowOf('mine')).toMatchObject({ state: 'unknown' });
  expect(await readOpenDoubt(database.db, 'job_mine')).toBeUndefined();
});
