import { expect, it } from 'vitest';
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
