import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WriteContext } from '../../context.ts';
import { problem } from '../../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import {
  callerOf,
  insertReport,
  made,
  startTestJobs,
  type TestJobs,
  type Work,
  resourceMetadata,
} from './test-jobs.ts';

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

const reportsOf = async (name: string) => (await store.rows(`select 1 from reports where name = '${name}'`)).length;

describe('a call of an operation that is always a job', () => {
  it('answers 202 with the job, runs it once and keeps its result', async () => {
    const ada = await callerOf(world);
    const first = await ada.post('reports', 'q1');
    expect([first.status, first.headers.get('retry-after'), first.headers.get('vary')]).toEqual([202, '1', 'Prefer']);
    expect(first.body).toMatchObject({ operation: 'reports.makeReport', state: 'queued' });
    expect(first.headers.get('location')).toBe(`/jobs/${first.body.id}`);
    const end = await ada.end(first.headers.get('location'));
    expect([end.status, end.headers.get('preference-applied')]).toEqual([200, 'wait=30']);
    expect(end.body).toMatchObject({ state: 'succeeded', result: { name: 'q1' }, resource: '/reports/v1/reports/q1' });
    expect(await reportsOf('q1')).toBe(1);
    expect(world.counted).toEqual(['plinth.jobs queued', 'plinth.jobs succeeded']);
  });

  it('replays the same 202 for the same key and makes no second job', async () => {
    const ada = await callerOf(world);
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
    const ada = await callerOf(world);
    const first = await ada.post('reports', 'q3');
    const end = await ada.end(first.headers.get('location'));
    expect(end.body).toMatchObject({ state: 'failed', problem: { code: 'notes.locked', status: 409 } });
    expect(await reportsOf('q3')).toBe(0);
  });

  it('is there for nobody else', async () => {
    const [ada, eve] = [await callerOf(world), await callerOf(world)];
    const { headers } = await ada.post('reports', 'q4');
    const path = headers.get('location') ?? '';
    expect((await eve.send('GET', path)).body['code']).toBe('not-found');
    expect((await eve.send('DELETE', path)).status).toBe(404);
    const nobody = await fetch(`${world.url}${path}`);
    expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer realm="plinth", resource_metadata="${resourceMetadata}"`,
    ]);
  });
});

const emit = (ctx: WriteContext): void => ctx.emit('report.made' as never, { subject: 'r', data: {} as never });

describe('a call of an operation that may become a job', () => {
  it.each(['reports', 'collections'])(
    '%s: answered within the wait it tells the position of what it wrote',
    async (path) => {
      world.work.makeReport = async (name, ctx) => {
        emit(ctx);
        return made(name);
      };
      world.work.collectReport = async (name, ctx) => {
        await ctx.transaction(async (inner) => emit(inner));
        return made(name);
      };
      const ada = await callerOf(world);
      const { status, headers } = await ada.post(path, `told-${path}`, { prefer: 'wait=20' });
      const [row] = await store.rows('select max(ordinal)::text as last from runtime.outbox where whose is null');
      expect([status, headers.get('plinth-position')]).toEqual([201, row?.['last']]);
    },
  );

  it('is answered in the request when the caller prefers nothing', async () => {
    const ada = await callerOf(world);
    const answer = await ada.post('orders', 'o1');
    expect([answer.status, answer.headers.get('vary')]).toEqual([201, 'Prefer']);
    expect(await store.rows(`select 1 from runtime.operation_job where operation = 'reports.orderReport'`)).toEqual([]);
  });

  it('becomes one at once by respond-async; unknown preferences are ignored', async () => {
    const ada = await callerOf(world);
    const first = await ada.post('orders', 'o2', { prefer: 'return=minimal, respond-async' });
    expect([first.status, first.headers.get('preference-applied')]).toEqual([202, 'respond-async']);
    expect((await ada.end(first.headers.get('location'))).body).toMatchObject({ result: { name: 'o2' } });
    const plain = await ada.post('orders', 'o3', { prefer: 'return=minimal' });
    expect([plain.status, plain.headers.get('preference-applied')]).toEqual([201, null]);
  });

  it('answers as usual when it is ready within the wait, and the job is there all the same', async () => {
    const ada = await callerOf(world);
    const first = await ada.post('orders', 'o4', { prefer: 'wait=20' });
    expect([first.status, first.headers.get('preference-applied')]).toEqual([201, 'wait=20']);
    expect([first.body, first.headers.get('location')]).toEqual([{ name: 'o4' }, '/reports/v1/reports/o4']);
    const patient = await ada.post('orders', 'o4', { prefer: 'wait=20' });
    expect([patient.status, patient.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    const hasty = await ada.post('orders', 'o4');
    expect([hasty.status, hasty.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
    expect((await ada.end(hasty.headers.get('location'))).body).toMatchObject({ state: 'succeeded' });
    expect(await reportsOf('o4')).toBe(1);
  });

  it('is a 202 when it is not ready within the wait', async () => {
    const gate = Promise.withResolvers<void>();
    world.work.makeReport = async (name, ctx) => {
      await gate.promise;
      return usual.makeReport(name, ctx);
    };
    const ada = await callerOf(world);
    const begunMs = performance.now();
    const first = await ada.post('orders', 'o5', { prefer: 'wait=1' });
    expect(performance.now() - begunMs).toBeGreaterThan(990);
    expect([first.status, first.headers.get('preference-applied')]).toEqual([202, 'wait=1']);
    gate.resolve();
    expect((await ada.end(first.headers.get('location'))).body['state']).toBe('succeeded');
  });

  it('gives the stored answer of a call that was answered in its request', async () => {
    const ada = await callerOf(world);
    await ada.post('orders', 'o6');
    const again = await ada.post('orders', 'o6', { prefer: 'respond-async' });
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect(await reportsOf('o6')).toBe(1);
  });
});

describe('the key of a job', () => {
  it('is one job for twins that come together', async () => {
    const ada = await callerOf(world);
    const all = await Promise.all(Array.from({ length: 8 }, async () => ada.post('reports', 'twin')));
    expect(new Set(all.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    await ada.end(all[0]?.headers.get('location') ?? null);
    expect(await reportsOf('twin')).toBe(1);
  });

  it('is refused with another body', async () => {
    const ada = await callerOf(world);
    await ada.post('reports', 'k1');
    const other = await ada.post('reports', 'k2', { 'idempotency-key': '"k1"' });
    expect([other.status, other.body['code']]).toEqual([422, 'idempotency-key-reused']);
  });

  it('stays free when the job could not be put into the queue', async () => {
    const broken = await startTestJobs(store, { enqueue: () => Promise.reject(new Error('no queue')) });
    const ada = await callerOf(broken);
    expect((await ada.post('reports', 'k3')).status).toBe(500);
    await broken.close();
    expect(await store.rows(`select 1 from runtime.operation_job where call ->> 'input' like '%k3%'`)).toEqual([]);
    const again = await (await callerOf(world, ada.sub)).post('reports', 'k3', { prefer: 'wait=20' });
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, null]);
  });
});

it('a read may be a job, too: its usual wait is that of the contract', async () => {
  const ada = await callerOf(world);
  const answer = await ada.send('GET', '/reports/v1/count');
  expect([answer.status, answer.body]).toEqual([200, { count: 7 }]);
  const later = await ada.send('GET', '/reports/v1/count', { prefer: 'respond-async' });
  expect(later.status).toBe(202);
  expect((await ada.end(later.headers.get('location'))).body).toMatchObject({ result: { count: 7 } });
});
