import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { movableClock } from '../../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { type Allowed, QuotaBook, type QuotaBookOptions, readQuotaUse, sweepQuotas } from './quota-book.ts';

let store: TestDatabase;
const books: QuotaBook[] = [];
const clock = movableClock(Temporal.Instant.from('2026-11-29T12:00:00Z'));
let application = 0;

beforeAll(async () => {
  store = await openTestDatabase();
});
afterAll(async () => {
  for (const book of books) await book.close();
  await store.close();
});

function openBook(more: Partial<QuotaBookOptions> = {}): QuotaBook {
  const book = new QuotaBook({ database: store, clock, onError: fail, ...more });
  books.push(book);
  return book;
}

function fail(error: unknown): never {
  throw error;
}

const daily = (calls: number) => ({ product: 'orders', per: 'day', calls }) as const;
const allowedOf = async (takes: readonly (Allowed | Promise<Allowed>)[]): Promise<number> =>
  (await Promise.all(takes.map(async (take) => take))).filter(({ allowed }) => allowed).length;

describe('a quota', () => {
  it('lets exactly its calls through one process, however they come', async () => {
    const app = `app_${++application}`;
    const book = openBook();
    let allowed = 0;
    for (let burst = 0; burst < 20; burst++) {
      allowed += await allowedOf(Array.from({ length: 10 }, () => book.take(app, daily(103))));
    }
    expect(allowed).toBe(103);
    await book.flush();
    expect(await readQuotaUse(store.db, app)).toEqual([
      { application: app, product: 'orders', period: '2026-11-29', calls: 103 },
    ]);
  });

  it('goes over by less than a hundredth with two processes that flush now and then', async () => {
    const app = `app_${++application}`;
    const two = [openBook(), openBook()] as const;
    let allowed = 0;
    for (let burst = 0; burst < 130; burst++) {
      const book = two[burst % 2] as QuotaBook;
      allowed += await allowedOf(Array.from({ length: 10 }, () => book.take(app, daily(1_000))));
      if (burst % 7 === 0) await book.flush();
    }
    expect(allowed).toBeGreaterThanOrEqual(1_000);
    expect(allowed).toBeLessThanOrEqual(1_010);
  });

  it('is told to all processes by itself, every second', async () => {
    const app = `app_${++application}`;
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const book = openBook();
    const flushed = vi.spyOn(book, 'flush');
    await book.take(app, daily(100));
    expect((await book.take(app, daily(100))).allowed).toBe(true);
    vi.advanceTimersByTime(999);
    expect(flushed).toHaveBeenCalledTimes(0);
    vi.advanceTimersByTime(1);
    await Promise.all(flushed.mock.results.map(({ value }) => value));
    expect((await readQuotaUse(store.db, app))[0]?.calls).toBe(2);
    vi.advanceTimersByTime(9_000);
    expect(flushed).toHaveBeenCalledTimes(10);
    vi.useRealTimers();
  });

  it('says when its day or month ends, in UTC, and begins anew then', async () => {
    const app = `app_${++application}`;
    const moving = movableClock(Temporal.Instant.from('2026-11-30T23:59:00Z'));
    const book = openBook({ clock: moving });
    const monthly = { product: 'orders', per: 'month', calls: 1 } as const;
    expect(await book.take(app, daily(1))).toEqual({ allowed: true, resetS: 60 });
    expect(await book.take(app, monthly)).toEqual({ allowed: true, resetS: 60 });
    expect(await book.take(app, daily(1))).toEqual({ allowed: false, resetS: 60 });
    moving.advance({ minutes: 1 });
    expect(await book.take(app, daily(1))).toEqual({ allowed: true, resetS: 86_400 });
    expect(await book.take(app, monthly)).toEqual({ allowed: true, resetS: 31 * 86_400 });
    await book.flush();
    expect((await readQuotaUse(store.db, app)).map(({ period, calls }) => [period, calls])).toEqual([
      ['2026-12', 1],
      ['2026-12-01', 1],
      ['2026-11', 1],
      ['2026-11-30', 1],
    ]);
  });

  it('that is raised lets through what it was raised by, and one that is used up asks nobody', async () => {
    const app = `app_${++application}`;
    let asks = 0;
    const database = {
      get db() {
        asks += 1;
        return store.db;
      },
    };
    const book = openBook({ database });
    expect((await book.take(app, daily(1))).allowed).toBe(true);
    expect((await book.take(app, daily(1))).allowed).toBe(false);
    const before = asks;
    expect(book.take(app, daily(1))).toMatchObject({ allowed: false });
    expect(asks).toBe(before);
    const raised: boolean[] = [];
    for (let n = 0; n < 3; n++) raised.push((await book.take(app, daily(3))).allowed);
    expect(raised).toEqual([true, true, false]);
  });

  it('ends in whole seconds, and never in none', async () => {
    const moving = movableClock(Temporal.Instant.from('2026-11-30T23:59:58.500Z'));
    const book = openBook({ clock: moving });
    const app = `app_${++application}`;
    expect((await book.take(app, daily(5))).resetS).toBe(2);
    moving.advance({ milliseconds: 1_400 });
    expect((await book.take(app, daily(5))).resetS).toBe(1);
  });

  it('of one application, product or plan is none of another’s', async () => {
    const [one, other] = [`app_${++application}`, `app_${++application}`];
    const book = openBook();
    expect((await book.take(one, daily(1))).allowed).toBe(true);
    expect((await book.take(one, daily(1))).allowed).toBe(false);
    expect((await book.take(one, daily(2))).allowed).toBe(true);
    const more = [await book.take(one, daily(4)), await book.take(one, daily(4)), await book.take(one, daily(4))];
    expect(more.map(({ allowed }) => allowed)).toEqual([true, true, false]);
    expect((await book.take(other, daily(1))).allowed).toBe(true);
    expect((await book.take(one, { ...daily(1), product: 'claims' })).allowed).toBe(true);
  });

  it('counts on by itself while the database is away, and tells it later', async () => {
    const app = `app_${++application}`;
    let isAway = true;
    const errors: unknown[] = [];
    const away = { db: { getExecutor: () => (isAway ? fail(new Error('away')) : store.db.getExecutor()) } };
    const book = openBook({ database: away as never, onError: (error) => errors.push(error) });
    expect(await allowedOf([1, 2, 3].map(() => book.take(app, daily(2))))).toBe(2);
    expect(errors.length).toBeGreaterThan(0);
    // Also what was being told when that failed.
    await book.flush();
    isAway = false;
    await book.flush();
    expect((await readQuotaUse(store.db, app))[0]?.calls).toBe(2);
  });

  it('is told what was taken before its process ends', async () => {
    const app = `app_${++application}`;
    const book = openBook();
    await book.take(app, daily(100));
    await book.take(app, daily(100));
    await book.close();
    expect((await readQuotaUse(store.db, app))[0]?.calls).toBe(2);
  });

  it('that makes room for twenty thousand others is told first', async () => {
    const told: (readonly unknown[])[] = [];
    const db = new Kysely<never>({
      dialect: {
        createAdapter: () => new PostgresAdapter(),
        createDriver: () => new DummyDriver(),
        createIntrospector: (own) => new PostgresIntrospector(own),
        createQueryCompiler: () => new PostgresQueryCompiler(),
      },
      log: ({ query }) => void told.push(query.parameters),
    });
    vi.useFakeTimers({ toFake: ['setInterval'] });
    const book = new QuotaBook({ database: { db }, clock, onError: fail });
    vi.useRealTimers();
    for (let n = 0; n < 20_000; n++) await book.take(`other_${n}`, daily(100));
    const tellings = () => told.filter(([app, , , calls]) => app === 'other_0' && calls === 1).length;
    expect(tellings()).toBe(0);
    await book.take('one_more', daily(100));
    expect(tellings()).toBe(1);
  });

  it('is kept for thirteen months after its period', async () => {
    const old = "insert into runtime.quota_use values ('old', 'orders', $1, 1, now() - interval '";
    await store.rows(`${old.replace('$1', "'a'")}14 months')`);
    await store.rows(`${old.replace('$1', "'b'")}12 months')`);
    expect(await sweepQuotas(store.db)).toBe(1);
    expect((await readQuotaUse(store.db, 'old')).map(({ period }) => period)).toEqual(['b']);
  });
});
