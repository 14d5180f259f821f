import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read } from '../capability.ts';
import { reply } from '../context.ts';
import { anonymous } from '../kernel/index.ts';
import { startTestEdge, type TestEdge } from '../pipeline/test-edge.ts';
import type { Db } from '../ports/index.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { EnumerationGuard, mostDenied, stopOf, stopS, windowMs } from './enumeration.ts';
import { Revocations } from './token-cache.ts';

const ada = { ...anonymous, issuer: 'i', subject: 'ada' };

function denied(guard: EnumerationGuard, count: number, atMs: (n: number) => number = () => 0): boolean[] {
  return Array.from({ length: count }, (_, n) => guard.deny(ada, `note ${n}`, atMs(n)));
}

async function audited(db: Db): Promise<readonly unknown[]> {
  const { rows } = await sql`select operation, subject, "customer_id" from runtime.audit`.execute(db);
  return rows;
}

describe('the guard', () => {
  it('stops a principal at the 21st distinct object, for ten minutes', () => {
    const revocations = new Revocations();
    const guard = new EnumerationGuard(revocations);
    expect(denied(guard, mostDenied).includes(true)).toBe(false);
    expect(guard.deny(ada, 'one more', 0)).toBe(true);
    // Let in again before its time, it begins anew.
    expect(guard.deny(ada, 'yet another', 0)).toBe(false);
    expect(guard.stoppedForS(ada, 0)).toBeUndefined();
    revocations.revoke(stopOf(ada), 0, stopS);
    expect(guard.stoppedForS(ada, 0)).toBe(600);
    expect(guard.stoppedForS(ada, 599)).toBe(1);
    expect(guard.stoppedForS(ada, 600)).toBeUndefined();
    // Its credential is as good as before.
    expect(revocations.has(ada)).toBe(false);
  });

  it('counts an object once, however often it is tried, and forgets it after ten minutes', () => {
    const guard = new EnumerationGuard(new Revocations());
    for (let again = 0; again < 100; again++) expect(guard.deny(ada, 'note 1', again)).toBe(false);
    expect(denied(guard, 200, (n) => n * (windowMs / mostDenied)).includes(true)).toBe(false);
  });

  it('forgets what was denied ten minutes ago though an older one was tried again since', () => {
    const guard = new EnumerationGuard(new Revocations());
    denied(guard, mostDenied);
    expect(guard.deny(ada, 'note 0', windowMs - 1)).toBe(false);
    expect(guard.deny(ada, 'one more', windowMs)).toBe(false);
  });

  it('remembers ten thousand principals, and forgets the one longest known', () => {
    const guard = new EnumerationGuard(new Revocations());
    denied(guard, mostDenied);
    const other = (n: number) => guard.deny({ ...ada, subject: `other ${n}` }, 'note 1', 0);
    for (let n = 1; n < 10_000; n++) other(n);
    other(1);
    expect(guard.deny(ada, 'one more', 0)).toBe(true);
    denied(guard, mostDenied);
    for (let n = 0; n <= 10_000; n++) other(n);
    expect(guard.deny(ada, 'one more', 0)).toBe(false);
  });

  it('does not stop others, and nobody for what strangers without a credential did', () => {
    const revocations = new Revocations();
    const guard = new EnumerationGuard(revocations);
    denied(guard, mostDenied + 1);
    revocations.revoke(stopOf(ada), 0, stopS);
    expect(guard.stoppedForS({ ...ada, subject: 'ben' }, 1)).toBeUndefined();
    // Whom another issuer calls the same is somebody else.
    expect(guard.stoppedForS({ ...ada, issuer: 'another' }, 1)).toBeUndefined();
    for (let n = 0; n < 100; n++) expect(guard.deny(anonymous, `note ${n}`, 0)).toBe(false);
  });
});

describe('at the edge', () => {
  let store: TestDatabase;
  let world: TestEdge;
  beforeAll(async () => {
    store = await openTestDatabase();
    const listNotes = read(async () => reply(200, {}));
    const getNote = read(async () => reply(200, { id: 'n', text: 't', version: 1 }));
    world = await startTestEdge({ handlers: { listNotes, getNote }, services: { database: store } });
  });
  afterAll(async () => {
    await world.close();
    await store.close();
  });

  it('missing and foreign objects count alike; then single objects are closed, lists are not, and the audit says so', async () => {
    const authorization = `Bearer ${await world.token()}`;
    const get = async (path: string): Promise<Response> =>
      fetch(`${world.url}/notes/v1${path}`, { headers: { authorization } });
    const statuses: number[] = [];
    for (let n = 0; n <= mostDenied; n++)
      statuses.push((await get(`/notes/${n % 2 ? `note_bob${n}` : `nothing${n}`}`)).status);
    expect(statuses).toEqual([...Array<number>(mostDenied).fill(404), 429]);
    const own = await get('/notes/note_ada1');
    expect([own.status, ((await own.json()) as { code: string }).code]).toEqual([429, 'too-many-failures']);
    const waitS = Number(own.headers.get('retry-after'));
    expect([waitS > 590, waitS <= 600]).toEqual([true, true]);
    expect((await get('/notes')).status).toBe(200);
    // The row is written beside the answer.
    await expect.poll(() => audited(store.db)).toHaveLength(1);
    expect(await audited(store.db)).toEqual([
      { operation: 'edge.enumeration-stopped', subject: 'ada', customerId: 'cus_ada' },
    ]);
  });
});
