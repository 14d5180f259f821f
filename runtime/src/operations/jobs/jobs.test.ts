import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problem } from '../../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import type { JobDocument } from './document.ts';
import { insertReport, startTestJobs, type TestJobs, type Work } from './test-jobs.ts';

let store: TestDatabase;
let world: TestJobs;
let usual: Work;

beforeAll(async () => {
  store = await openTestDatabase();
  await store.rows('create table reports (name text not null)');
  world = await startTestJobs(store);
  usual = { ...world.work };
}, 30_000);
afterAll(async () => {
  await world.close();
  await store.close();
});
beforeEach(() => void Object.assign(world.work, usual));

interface Got {
  status: number;
  headers: Headers;
  body: Record<string, unknown> & Partial<JobDocument>;
}

let callers = 0;
/** A fresh caller: all its requests carry the same token. */
async function caller() {
  const token = await world.edge.token({ sub: `ada${callers++}` });
  const send = async (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: unknown,
  ): Promise<Got> => {
    const response = await fetch(`${world.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
  };
  return {
    token,
    send,
    post: async (path: string, name: string, headers: Record<string, string> = {}) =>
      send('POST', `/reports/v1/${path}`, { 'idempotency-key': `"${name}"`, ...headers }, { name }),
    /** The job once it has ended. */
    end: async (location: string | null) => send('GET', location ?? '', { prefer: 'wait=20' }),
  };
}

const reportsOf = async (name: string) => (await store.rows(`select 1 from reports where name = '${name}'`)).length;

describe('a call of an operation that is always a job', () => {
  it('answers 202 with the job, runs it once and keeps its result', async () => {
    const ada = await caller();
    const first = await ada.post('reports', 'q1');
    expect([first.status, first.headers.get('retry-after'), first.headers.get('vary')]).toEqual([202, '1', 'Prefer']);
    expect(first.body).toMatchObject({ operation: 'reports.makeReport', state: 'queued' });
    expect(first.headers.get('location')).toBe(`/jobs/${first.body.id}`);
    const end = await ada.end(first.headers.get('location'));
    expect([end.status, end.headers.get('preference-applied')]).toEqual([200, 'wait=20']);
    expect(end.body).toMatchObject({ state: 'succeeded', result: { name: 'q1' }, resource: '/reports/v1/reports/q1' });
    expect(await reportsOf('q1')).toBe(1);
  });

  it('replays the same 202 for the same key and makes no second job', async () => {
    const ada = await caller();
    const first = await ada.post('reports', 'q2');
    await ada.end(first.headers.get('location'));
    const again = await ada.post('reports', 'q2');
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
    expect(again.body).toEqual(first.body);
    expect(await reportsOf('q2')).toBe(1);
  });

  it('is failed with the problem the handler returned, and none of its rows are kept', async () => {
    world.work.makeReport = async (name, ctx) => {
      await insertReport(ctx, name);
      return problem('notes.locked' as never, { noteId: 'n1' });
    };
    const ada = await caller();
    const first = await ada.post('reports', 'q3');
    const end = await ada.end(first.headers.get('location'));
    expect(end.body).toMatchObject({ state: 'failed', problem: { code: 'notes.locked', status: 409 } });
    expect(await reportsOf('q3')).toBe(0);
  });

  it('is there for nobody else', async () => {
    const [ada, eve] = [await caller(), await caller()];
    const { headers } = await ada.post('reports', 'q4');
    const path = headers.get('location') ?? '';
    expect((await eve.send('GET', path)).body['code']).toBe('not-found');
    expect((await eve.send('DELETE', path)).status).toBe(404);
    const nobody = await fetch(`${world.url}${path}`);
    expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="plinth"']);
  });
});
