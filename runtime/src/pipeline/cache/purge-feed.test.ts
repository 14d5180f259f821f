import { expect, it, vi } from 'vitest';
import type { Tx } from '../../ports/index.ts';
import { openTestDatabase } from '../../store/test-database.ts';
import { announcePurge, followPurges } from './purge-feed.ts';

it('tells an edge what others have ended, and not what it has ended by itself', async () => {
  const store = await openTestDatabase();
  const told: Record<'a' | 'b', string[]> = { a: [], b: [] };
  const stops = await Promise.all(
    (['a', 'b'] as const).map((edge) => followPurges(store, (tags) => told[edge].push(...tags), edge)),
  );
  try {
    await announcePurge(store.db, ['of a'], 'a');
    await announcePurge(store.db, ['of b'], 'b');
    await announcePurge(store.db, ['of nobody']);
    await expect.poll(() => told, { timeout: 4_000 }).toEqual({ a: ['of b', 'of nobody'], b: ['of a', 'of nobody'] });
  } finally {
    await Promise.all(stops.map((stop) => stop()));
    await store.close();
  }
}, 60_000);

it('a notice that is lost is made good by the look every few seconds, and no tags are nothing to tell', async () => {
  const store = await openTestDatabase();
  const told: string[] = [];
  const stop = await followPurges(store, (tags) => told.push(...tags), 'a');
  try {
    await announcePurge(store.db, [], 'b');
    expect(await store.rows('select 1 from runtime.purge')).toEqual([]);
    await store.rows("insert into runtime.purge (tags, origin) values ('{lost}', 'b')");
    await expect.poll(() => told, { timeout: 30_000 }).toEqual(['lost']);
  } finally {
    await stop();
    await store.close();
  }
}, 60_000);

it('what commits after a later purge was told is told by its own notice, and nothing is told twice', async () => {
  const store = await openTestDatabase();
  const told: string[] = [];
  // The look that makes good what was lost does not come.
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const following = followPurges(store, (tags) => told.push(...tags), 'a');
  vi.useRealTimers();
  const stop = await following;
  try {
    const committing = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const early = store.transaction(async (tx: Tx) => {
      await announcePurge(tx, ['early'], 'b');
      written.resolve();
      await committing.promise;
    });
    await written.promise;
    await announcePurge(store.db, ['late'], 'b');
    await expect.poll(() => told, { timeout: 30_000 }).toEqual(['late']);
    committing.resolve();
    await early;
    await expect.poll(() => told, { timeout: 30_000 }).toEqual(['late', 'early']);
    // Many at once are found by one look more than is under way.
    const many = Array.from({ length: 20 }, (_, n) => `tag ${n}`);
    await Promise.all(many.map((tag) => announcePurge(store.db, [tag], 'b')));
    await expect.poll(() => told.length, { timeout: 30_000 }).toBe(22);
    expect(new Set(told).size).toBe(22);
  } finally {
    await stop();
    await store.close();
  }
}, 60_000);
