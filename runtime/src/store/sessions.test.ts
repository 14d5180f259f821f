// A session stands for one person from its start to its end; what the browser holds is not what the database knows.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Principal } from '../kernel/index.ts';
import { staff } from '../pipeline/test-edge.ts';
import { Sessions } from './sessions.ts';
import { openTestDatabase, type TestDatabase } from './test-database.ts';

let store: TestDatabase;
/** As another process, which has looked nothing up yet. */
const afresh = (): Sessions => new Sessions(store.db);
beforeAll(async () => {
  store = await openTestDatabase();
});
afterAll(() => store.close());

const person: Principal = { ...staff(), subject: 'ada', scopes: new Set(['*']), credentialId: 'token 1' };

it('gives back whom it was started for, without the credential that it was begun with', async () => {
  const { id } = await afresh().start(person);
  const found = await afresh().find(id);
  expect(found).toMatchObject({ issuer: person.issuer, subject: 'ada', audience: 'staff', scopes: new Set(['*']) });
  expect(found).not.toHaveProperty('credentialId');
  expect(found?.sessionId).toMatch(/^[0-9a-f]{24}$/);
  expect(id).toMatch(/^[A-Za-z0-9_-]{43}$/);
  for (const other of ['', `${id}x`, id.slice(1), 'x'.repeat(10_000)])
    expect(await afresh().find(other)).toBeUndefined();
});

it('is known to the database by a hash', async () => {
  const { id } = await afresh().start(person);
  const rows = JSON.stringify(await store.rows('select t::text as row from runtime.session t'));
  expect(rows).not.toContain(id);
  expect(rows).not.toContain(Buffer.from(id).toString('hex'));
});

it('is over when it ends, for every process, by the name that revocations know', async () => {
  const sessions = afresh();
  const { id } = await sessions.start(person);
  const name = (await sessions.find(id))?.sessionId;
  const other = await sessions.start(person);
  expect(await sessions.end(id)).toBe(name);
  expect(await sessions.find(id)).toBeUndefined();
  expect(await afresh().find(id)).toBeUndefined();
  expect(await afresh().find(other.id)).toBeDefined();
});

it('is over after its time', async () => {
  const { id, maxAgeS } = await afresh().start(person);
  expect(maxAgeS).toBe(12 * 3600);
  const found = await afresh().find(id);
  expect(Math.abs((found?.expiresAt ?? 0) - Date.now() / 1000 - maxAgeS)).toBeLessThan(60);
  await store.rows('update runtime.session set expires_at = now()');
  expect(await afresh().find(id)).toBeUndefined();
});
