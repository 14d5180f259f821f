import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { type Sighting, UpstreamIds } from './ids.ts';

let database: TestDatabase;
let process: UpstreamIds;
let another: UpstreamIds;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.rows('delete from runtime.upstream_id');
  [process, another] = [made(), made()];
});
afterEach(() => vi.restoreAllMocks());

function made(): UpstreamIds {
  return new UpstreamIds('bank', new Map([['account', 'acc']]));
}

async function seen(ids: UpstreamIds, theirs: string, more: Partial<Sighting> = {}): Promise<string> {
  const sighting = { object: 'account', theirs, owner: undefined, ours: undefined, ...more };
  const [ours] = await ids.toOurs(database.db, [sighting]);
  return ours as string;
}

async function ownersOf(...ids: string[]): Promise<Record<string, readonly string[]>> {
  return Object.fromEntries(await process.owners('account', undefined)(ids, database.db));
}

it('every process makes the same id of theirs, and it stays whatever they call it later', async () => {
  const first = await seen(process, '1');
  expect(first).toMatch(/^acc_[0-9a-z]{26}$/);
  expect(await seen(another, '1')).toBe(first);
  expect(await seen(made(), '1', { ours: 'acc_of_theirs' })).toBe(first);
  expect(await process.toTheirs(database.db, 'account', first)).toBe('1');
  expect(await process.toTheirs(database.db, 'account', 'acc_of_theirs')).toBeUndefined();
});

it('one of ours stands for the first of theirs that it stood for', async () => {
  await seen(process, '1', { ours: 'acc_x' });
  await seen(another, '2', { ours: 'acc_x' });
  expect(await process.toTheirs(database.db, 'account', 'acc_x')).toBe('1');
});

it('a thing is of who it was last seen with; an answer that says nothing of it changes nothing', async () => {
  const id = await seen(process, '1');
  expect(await ownersOf(id)).toEqual({ [id]: [] });
  await seen(process, '1', { owner: 'cus_a' });
  await seen(another, '1', { owner: 'cus_b' });
  await seen(made(), '1');
  expect(await ownersOf(id)).toEqual({ [id]: ['cus_b'] });
});

it('an owner is believed for a minute, and written again then', async () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(1_000);
  const id = await seen(process, '1', { owner: 'cus_a' });
  await seen(another, '1', { owner: 'cus_b' });
  now.mockReturnValue(61_000);
  await seen(process, '1', { owner: 'cus_a' });
  expect(await ownersOf(id)).toEqual({ [id]: ['cus_b'] });
  now.mockReturnValue(61_001);
  await seen(process, '1', { owner: 'cus_a' });
  expect(await ownersOf(id)).toEqual({ [id]: ['cus_a'] });
});

it('whose things are is asked of the platform where no row says it, and of nobody else', async () => {
  const id = await seen(process, '1', { owner: 'cus_a' });
  const asked: string[] = [];
  const owners = process.owners('account', (ids) => {
    asked.push(...ids);
    return Promise.resolve(new Map([...ids, id].map((each) => [each, ['cus_b']])));
  });
  expect(Object.fromEntries(await owners([id, 'acc_own'], database.db))).toEqual({
    [id]: ['cus_a'],
    acc_own: ['cus_b'],
  });
  expect(asked).toEqual(['acc_own']);
});
