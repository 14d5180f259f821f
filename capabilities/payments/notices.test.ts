// What the provider says unasked, to attempts in every state.

import { fromWireId, newIds, servicePrincipal, systemClock, type WriteContext } from '@plinth/runtime';
import { aDatabase, eventually, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { authorizeKey, begin, conclude, findAttempt, voidKey } from './attempt.ts';
import * as payments0001 from './migrations/0001-payments.ts';
import * as payments0002 from './migrations/0002-certain-amounts.ts';
import * as payments0003 from './migrations/0003-late-failures.ts';
import { hear } from './notices.ts';
import { readPayment } from './payment.ts';
import { declinedByBank, type NoticeSubject, type Provider } from './provider.ts';
import type { AttemptKind, AttemptRow } from './tables.ts';

const ids = newIds(systemClock);
const provider = { name: 'test' } as Provider;
let database: TestDatabase;
let facts: string[];
let logged: string[];
let paymentId: string;

beforeAll(async () => {
  const migrations = { '0001-payments': payments0001, '0002-certain-amounts': payments0002 };
  database = await aDatabase([
    { schema: 'payments', migrations: { ...migrations, '0003-late-failures': payments0003 } },
  ]);
});
afterAll(() => database.close());

/** A payment of 1,000 that is authorized. */
beforeEach(async () => {
  paymentId = fromWireId('pay', ids.of('pay')) ?? '';
  await sql`
    insert into payments.payments (id, customer_id, amount_minor, currency, method, reference, state, created_at)
    values (${paymentId}, 'cus_1', 1000, 'EUR', 'card_ok', 'r', 'processing', now())`.execute(database.db);
  facts = [];
  logged = [];
  await asked('authorize', authorizeKey(paymentId), 1000n);
  await answered(authorizeKey(paymentId), true);
  facts = [];
});

async function within<T>(work: (ctx: WriteContext) => Promise<T>): Promise<T> {
  return database.transaction((tx) =>
    work({
      db: tx,
      ids,
      clock: systemClock,
      principal: servicePrincipal('test'),
      emit: (type: string) => void facts.push(type),
      log: { error: (message: string) => void logged.push(message) },
    } as unknown as WriteContext),
  );
}

function asked(kind: AttemptKind, providerKey: string, amountMinor: bigint): Promise<boolean> {
  return within((ctx) => begin(ctx, { providerKey, paymentId, kind, amountMinor }));
}

function answered(providerKey: string, isDone: boolean, theirs?: string): Promise<unknown> {
  return within(async (ctx) => {
    const attempt = (await findAttempt(ctx.db, providerKey)) as AttemptRow;
    const answer = isDone ? ({ state: 'succeeded', theirs } as const) : declinedByBank;
    return conclude(ctx, provider, { attempt, answer });
  });
}

async function said(
  about: NoticeSubject,
  { theirs = 'T1', amount = 1000n, isDone = true, currency = 'EUR' } = {},
): Promise<void> {
  await within((ctx) => hear(ctx, provider, { paymentId, about, isDone, theirs, amountMinor: amount, currency }));
}

async function stands(): Promise<string> {
  const row = await readPayment(database.db, paymentId);
  return `${row?.state} ${row?.capturedMinor} ${row?.refundedMinor}`;
}

async function stateOf(providerKey: string): Promise<string | undefined> {
  return (await findAttempt(database.db, providerKey))?.state;
}

const key = (name: string): string => `${name}/${paymentId}`;

describe('an attempt without an answer', () => {
  beforeEach(() => asked('capture', key('capture'), 400n));

  it('is done when it is said to be, and its own answer changes nothing more', async () => {
    await said('capture', { amount: 400n });
    await answered(key('capture'), true, 'T2');
    expect([await stands(), facts]).toEqual(['captured 400 0', ['payment.captured']]);
    expect(await findAttempt(database.db, key('capture'))).toMatchObject({ state: 'succeeded', theirs: 'T1' });
  });

  it.each(['capture', 'captureFailure'] as const)('is declined when it is said to have failed (%s)', async (about) => {
    await said(about, { amount: 400n, isDone: about === 'captureFailure' });
    await answered(key('capture'), true, 'T1');
    expect([await stands(), facts]).toEqual(['authorized 0 0', []]);
    // Known by its name now: the next one of that amount is another.
    await asked('capture', key('again'), 400n);
    await said('captureFailure', { amount: 400n });
    expect(await stateOf(key('again'))).toBe('started');
  });

  it('is not guessed among two of one amount, nor for another amount', async () => {
    await asked('capture', key('twin'), 300n);
    await said('capture', { amount: 401n });
    await asked('capture', key('second'), 400n);
    await said('capture', { amount: 400n });
    expect([await stateOf(key('capture')), await stateOf(key('second'))]).toEqual(['started', 'started']);
    await answered(key('second'), true, 'T2');
    await said('capture', { amount: 400n });
    expect([await stateOf(key('capture')), await stands()]).toEqual(['succeeded', 'captured 800 0']);
  });

  it('keeps its payment from being given up until its answer is known', async () => {
    await expect(said('void')).rejects.toThrow('a capture is being asked');
    await answered(key('capture'), false);
    await said('void');
    expect([await stands(), facts, await stateOf(voidKey(paymentId))]).toEqual([
      'cancelled 0 0',
      ['payment.cancelled'],
      'succeeded',
    ]);
  });

  it('fails late when its answer comes between the reading and the writing of a failure', async () => {
    const held = Promise.withResolvers<void>();
    const answer = within(async (ctx) => {
      const attempt = (await findAttempt(ctx.db, key('capture'))) as AttemptRow;
      await conclude(ctx, provider, { attempt, answer: { state: 'succeeded', theirs: 'T1' } });
      await held.promise;
    });
    await eventually('the answer is written, and not committed', 20_000, async () => facts.length === 1);
    const failure = said('captureFailure', { amount: 400n });
    await eventually('the failure waits for it', 20_000, async () => {
      const { rows } = await sql`
        select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(database.db);
      return rows.length > 0;
    });
    held.resolve();
    await Promise.all([answer, failure]);
    expect([await stands(), facts]).toEqual(['authorized 0 0', ['payment.captured', 'payment.captureFailed']]);
  });
});

describe('what was done', () => {
  beforeEach(async () => {
    await asked('capture', key('capture'), 1000n);
    await answered(key('capture'), true, 'T1');
    facts = [];
  });

  it('does not fail before what was given back of it has', async () => {
    await asked('refund', key('refund'), 400n);
    await answered(key('refund'), true, 'T2');
    await expect(said('captureFailure')).rejects.toThrow('more was given back');
    expect(await stands()).toBe('captured 1000 400');
    await said('refundFailure', { theirs: 'T2', amount: 400n });
    await said('captureFailure');
    expect(await stands()).toBe('authorized 0 0');
  });

  it('goes back to the bank’s customer at most once, and never more than is left', async () => {
    await asked('refund', key('refund'), 400n);
    await expect(said('chargeback', { theirs: 'D1', amount: 601n })).rejects.toThrow('more went back');
    await expect(said('chargeback', { theirs: 'D1', amount: 600n, currency: 'USD' })).rejects.toThrow('more went back');
    await said('chargeback', { theirs: 'D1', amount: 600n });
    await said('chargeback', { theirs: 'D1', amount: 600n });
    expect([await stands(), facts]).toEqual(['captured 1000 600', ['payment.refunded']]);
  });

  it('is not given up, called off or undone by what did not happen', async () => {
    await said('void');
    for (const about of ['reversal', 'chargeback', 'secondChargeback', 'chargebackReversal'] as const)
      await said(about, { isDone: false, theirs: 'D1' });
    for (const about of ['captureFailure', 'refundFailure'] as const) await said(about, { isDone: false });
    await said('authorization', { isDone: false });
    expect([await stands(), facts]).toEqual(['captured 1000 0', []]);
  });
});

it('what could not be freed is said to whoever operates the platform', async () => {
  await asked('void', voidKey(paymentId), 1000n);
  await answered(voidKey(paymentId), true, 'V1');
  await said('void', { isDone: false, theirs: 'V1' });
  await said('void', { isDone: false, theirs: 'V1' });
  expect([await stateOf(voidKey(paymentId)), logged]).toEqual(['failed', ['what was given up is still reserved']]);
});

it('nothing comes of a notice about a payment nobody knows', async () => {
  paymentId = fromWireId('pay', ids.of('pay')) ?? '';
  const subjects: NoticeSubject[] = ['authorization', 'capture', 'refundFailure', 'void', 'reversal', 'chargeback'];
  for (const about of subjects) await said(about);
  expect([facts, await readPayment(database.db, paymentId)]).toEqual([[], undefined]);
});
