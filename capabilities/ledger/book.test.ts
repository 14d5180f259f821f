import { movableClock, newIds, servicePrincipal, type Tx } from '@plinth/runtime';
import { aDatabase, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BookContext, createBook, createLoad, ledgerInvariants, ledgerTables } from './index.ts';

const clock = movableClock(Temporal.Instant.from('2030-01-01T09:00:00Z'));
const ids = newIds(clock);
const book = createBook('books');
let database: TestDatabase;
let account: string;
let serial = 0;

beforeAll(async () => {
  database = await aDatabase([
    { schema: 'books', migrations: { '0001': ledgerTables('books') } },
    { schema: 'loaded', migrations: { '0001': ledgerTables('loaded') } },
  ]);
  await book.ensure({ db: database.db as Tx, ids }, [{ code: 'house', unit: 'EUR', floor: null, rank: 1 }]);
});

afterAll(async () => {
  await database.close();
});

beforeEach(async () => {
  account = `cust:${(serial += 1)}`;
  await inTx(async (ctx) => {
    await book.ensure(ctx, [{ code: account, unit: 'EUR', floor: 0n }]);
    await book.post(ctx, {
      kind: 'deposit',
      reference: account,
      moves: [{ from: 'house', to: account, amount: 1000n }],
    });
  });
});

describe('a book', () => {
  it('lets exactly as many parallel spends through as the balance covers', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        inTx((ctx) =>
          book.post(ctx, {
            kind: 'spend',
            reference: `${account}/${index}`,
            moves: [{ from: account, to: 'house', amount: 150n }],
          }),
        ),
      ),
    );
    expect(results.filter((result) => result.ok)).toHaveLength(6);
    expect(await available()).toBe(100n);
  });

  it('lets exactly as many parallel holds through as the balance covers', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => hold(150n, `${account}/${index}`)));
    expect(results.filter((result) => result.ok)).toHaveLength(6);
    expect(await available()).toBe(100n);
  });

  it('has one winner when a hold is captured and released at once', async () => {
    for (let round = 0; round < 20; round++) {
      const held = await hold(10n, `${account}/race/${round}`);
      const id = (held as { ids: string[] }).ids[0] as string;
      const [captured, released] = await Promise.all([
        inTx((ctx) =>
          book.capture(ctx, { kind: 'capture', reference: `${account}/${round}`, holds: [{ id, to: 'house' }] }),
        ),
        inTx((ctx) => book.release(ctx, [id])),
      ]);
      expect([captured.ok, released.ok].filter(Boolean)).toHaveLength(1);
      const loser = captured.ok ? released : captured;
      expect(loser).toMatchObject({ reason: 'hold-ended', state: captured.ok ? 'captured' : 'released' });
    }
  });

  it('posts the same kind and reference once, also when both come at the same time', async () => {
    const twice = await Promise.all(
      [1, 2].map(() =>
        inTx((ctx) =>
          book.post(ctx, {
            kind: 'spend',
            reference: `${account}/same`,
            moves: [{ from: account, to: 'house', amount: 1000n }],
          }),
        ),
      ),
    );
    expect(twice.every((result) => result.ok)).toBe(true);
    expect(twice.filter((result) => result.ok && result.isNew)).toHaveLength(1);
    expect(await available()).toBe(0n);
  });

  it('frees the rest of a partly captured hold', async () => {
    const held = await hold(400n, `${account}/part`);
    const id = (held as { ids: string[] }).ids[0] as string;
    await inTx((ctx) =>
      book.capture(ctx, {
        kind: 'capture',
        reference: `${account}/part`,
        holds: [{ id, amount: 250n, to: 'house' }],
      }),
    );
    expect(await available()).toBe(750n);
  });

  it('refuses a capture after the hold has expired, and the sweep frees it', async () => {
    const expiresAt = clock.now().add({ seconds: 30 });
    const held = await hold(400n, `${account}/late`, expiresAt);
    const id = (held as { ids: string[] }).ids[0] as string;
    clock.set(expiresAt);
    const captured = await inTx((ctx) =>
      book.capture(ctx, { kind: 'capture', reference: `${account}/late`, holds: [{ id, to: 'house' }] }),
    );
    expect(captured).toMatchObject({ reason: 'hold-ended', state: 'expired' });
    expect(await inTx((ctx) => book.expireHolds(ctx))).toHaveLength(1);
    expect(await available()).toBe(1000n);
  });

  it('reverses a posting once', async () => {
    const posting = { kind: 'spend', reference: `${account}/undo` };
    const posted = await inTx((ctx) =>
      book.post(ctx, { ...posting, moves: [{ from: account, to: 'house', amount: 300n }] }),
    );
    const { id } = posted as { id: string };
    await inTx((ctx) => book.reverse(ctx, { id, reference: `${account}/undo` }));
    await inTx((ctx) => book.reverse(ctx, { id, reference: `${account}/undo` }));
    expect(await available()).toBe(1000n);
  });

  it('keeps every invariant through all of this', async () => {
    const broken = [];
    for (const rule of ledgerInvariants('books', 'books')) {
      if ((await sql.raw(rule.sql).execute(database.db)).rows.length > 0) broken.push(rule.name);
    }
    expect(broken).toEqual([]);
  });

  it('never changes what was posted', async () => {
    await expect(sql`update books.ledger_move set amount = 1`.execute(database.db)).rejects.toThrow(/reverse them/);
    await expect(sql`delete from books.ledger_posting`.execute(database.db)).rejects.toThrow(/reverse them/);
  });

  it('is filled at once by a load with the same arithmetic', async () => {
    const load = createLoad('loaded');
    load.account({ code: 'house', unit: 'EUR', floor: null });
    load.account({ code: 'ada', unit: 'EUR', floor: 0n });
    for (let index = 0; index < 50; index++) {
      load.post({
        kind: 'deposit',
        reference: `${index}`,
        bookedAt: clock.now(),
        moves: [{ from: 'house', to: 'ada', amount: 10n }],
      });
    }
    load.hold({ id: ids.uuid(), account: 'ada', amount: 20n, reference: 'h' });
    await database.transaction((tx) => load.flush(tx));
    const balance = await createBook('loaded').balance(database.db, ['ada']);
    expect(balance.get('ada')).toEqual({ posted: 500n, held: 20n, available: 480n, status: 'open' });
    for (const { sql: text } of ledgerInvariants('loaded', 'loaded')) {
      expect((await sql.raw(text).execute(database.db)).rows).toEqual([]);
    }
  });
});

async function inTx<T>(work: (ctx: BookContext) => Promise<T>): Promise<T> {
  return database.transaction((db) => work({ db, clock, ids, principal: servicePrincipal('test') }));
}

async function hold(amount: bigint, reference: string, expiresAt: Temporal.Instant | null = null) {
  return inTx((ctx) => book.hold(ctx, { holds: [{ account, amount, reference }], expiresAt }));
}

async function available(): Promise<bigint | undefined> {
  return (await book.balance(database.db, [account])).get(account)?.available;
}
