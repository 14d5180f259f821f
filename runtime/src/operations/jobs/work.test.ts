import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reply } from '../../context.ts';
import { PortError, type Principal } from '../../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { callerOf, insertReport, made, startTestJobs, type TestJobs, type Work } from './test-jobs.ts';

let store: TestDatabase;
let world: TestJobs;
let usual: Work;
let isRevoked: (principal: Principal) => boolean = () => false;

beforeAll(async () => {
  store = await openTestDatabase();
  await store.rows('create table reports (name text not null)');
  world = await startTestJobs(store, { isRevoked: (principal) => isRevoked(principal) });
  usual = { ...world.work };
}, 30_000);
afterAll(async () => {
  await world.close();
  await store.close();
});
beforeEach(() => void Object.assign(world.work, usual));

const reportsOf = async (name: string) => (await store.rows(`select 1 from reports where name = '${name}'`)).length;

/** A handler that says when it has begun and goes on when it is told to. */
function gated() {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const pass = async (): Promise<void> => {
    begun.resolve();
    await gate.promise;
  };
  return { begun: begun.promise, open: () => gate.resolve(), pass };
}

describe('cancelling', () => {
  it('stops a write under way: its transaction is undone, and cancelling again says the same', async () => {
    const gate = gated();
    world.work.makeReport = async (name, ctx) => {
      await insertReport(ctx, name);
      await gate.pass();
      return made(name);
    };
    const ada = await callerOf(world);
    const path = (await ada.post('reports', 'c1')).headers.get('location') ?? '';
    await gate.begun;
    expect((await ada.send('GET', path)).body['state']).toBe('running');
    const cancelled = await ada.send('DELETE', path);
    expect([cancelled.status, cancelled.body['state']]).toEqual([202, 'cancelled']);
    gate.open();
    expect((await ada.send('DELETE', path)).status).toBe(202);
    await expect.poll(async () => world.jobs.isIdle).toBe(true);
    expect((await ada.end(path)).body['state']).toBe('cancelled');
    expect(await reportsOf('c1')).toBe(0);
  });

  it('while its caller waits for the answer gives them the 202, and a replay, too', async () => {
    const gate = gated();
    world.work.makeReport = async (name) => {
      await gate.pass();
      return made(name);
    };
    const ada = await callerOf(world);
    const waiting = ada.post('reports', 'c7', { prefer: 'wait=25' });
    await gate.begun;
    const [row] = await store.rows(
      `select id from runtime.operation_job where state = 'running' order by created_at desc`,
    );
    expect((await ada.send('DELETE', `/jobs/${String(row?.['id'])}`)).status).toBe(202);
    gate.open();
    for (const answer of [await waiting, await ada.post('reports', 'c7', { prefer: 'wait=25' })])
      expect([answer.status, answer.headers.get('location')]).toEqual([202, `/jobs/${String(row?.['id'])}`]);
  });

  it('is seen by a handler that tells its progress', async () => {
    const gate = gated();
    let reached = '';
    world.work.makeReport = async (name, ctx) => {
      await gate.pass();
      reached = 'before';
      ctx.progress(1, 2);
      reached = 'after';
      return made(name);
    };
    const ada = await callerOf(world);
    const path = (await ada.post('reports', 'c2')).headers.get('location') ?? '';
    await gate.begun;
    await ada.send('DELETE', path);
    gate.open();
    await expect.poll(async () => world.jobs.isIdle).toBe(true);
    expect(reached).toBe('before');
  });

  it('is too late after the end, and from the start where the contract allows none', async () => {
    const ada = await callerOf(world);
    const ended = (await ada.post('reports', 'c3')).headers.get('location') ?? '';
    await ada.end(ended);
    const late = await ada.send('DELETE', ended);
    expect([late.status, late.body['code'], late.body['currentState']]).toEqual([
      409,
      'conflicting-state',
      'succeeded',
    ]);
    const gate = gated();
    world.work.makeReport = async (name) => {
      await gate.pass();
      return made(name);
    };
    const sealed = (await ada.post('seals', 'c4')).headers.get('location') ?? '';
    await gate.begun;
    expect((await ada.send('DELETE', sealed)).body['currentState']).toBe('running');
    gate.open();
    expect((await ada.end(sealed)).body['state']).toBe('succeeded');
  });

  it('of an orchestrating handler is possible until its first transaction has committed', async () => {
    const [before, after] = [gated(), gated()];
    world.work.collectReport = async (name, ctx) => {
      if (name === 'c5') await before.pass();
      await ctx.transaction(async (tx) => insertReport(tx, name));
      await after.pass();
      return made(name);
    };
    const ada = await callerOf(world);
    const early = (await ada.post('collections', 'c5')).headers.get('location') ?? '';
    const late = (await ada.post('collections', 'c6')).headers.get('location') ?? '';
    await Promise.all([before.begun, after.begun]);
    expect((await ada.send('DELETE', early)).status).toBe(202);
    expect((await ada.send('DELETE', late)).status).toBe(409);
    before.open();
    after.open();
    expect((await ada.end(late)).body['state']).toBe('succeeded');
    await expect.poll(async () => world.jobs.isIdle).toBe(true);
    expect([await reportsOf('c5'), await reportsOf('c6')]).toEqual([0, 1]);
  });
});

describe('failing', () => {
  it('for a passing reason waits and is tried again', async () => {
    let attempts = 0;
    world.work.makeReport = async (name, ctx) => {
      await insertReport(ctx, name);
      if (attempts++ === 0) throw new PortError('unavailable', 'away');
      return made(name);
    };
    const ada = await callerOf(world);
    const path = (await ada.post('reports', 'f1')).headers.get('location') ?? '';
    await expect.poll(async () => (await ada.send('GET', path)).body['state'], { timeout: 5000 }).toBe('waiting');
    expect((await ada.end(path)).body['state']).toBe('succeeded');
    expect([attempts, await reportsOf('f1')]).toEqual([2, 1]);
  });

  it('waits longer each time: 1, 4, 16 and 64 s', async () => {
    const still = await startTestJobs(store, { enqueue: () => Promise.resolve() });
    still.work.makeReport = async () => {
      throw new PortError('unavailable', 'away');
    };
    const ada = await callerOf(still);
    const id = (await ada.post('reports', 'f5')).body.id as string;
    const waits: unknown[] = [];
    for (let attempt = 1; attempt <= 5; attempt++) {
      await still.jobs.run(id);
      const [row] = await store.rows(
        `select extract(epoch from lease_until - updated_at)::int as s from runtime.operation_job where id = '${id}'`,
      );
      waits.push(row?.['s']);
    }
    // A worker has half a minute more to come before it is missed.
    expect(waits).toEqual([31, 34, 46, 94, null]);
    expect((await ada.send('GET', `/jobs/${id}`)).body['state']).toBe('failed');
    const seen = still.counted.map((each) => each.split(' ')[1]);
    expect(seen).toEqual(['queued', 'waiting', 'waiting', 'waiting', 'waiting', 'failed']);
    await still.close();
  });

  it('for another reason is the end, told as a problem without inner words', async () => {
    world.work.makeReport = async () => {
      throw new Error('select secret');
    };
    const ada = await callerOf(world);
    const { body } = await ada.end((await ada.post('reports', 'f2')).headers.get('location'));
    expect([body['state'], body['problem']]).toMatchObject(['failed', { code: 'internal', status: 500 }]);
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('by an answer of more than 1 MiB leaves no row', async () => {
    world.work.makeReport = async (name, ctx) => {
      await insertReport(ctx, name);
      return made('x'.repeat(1_048_576));
    };
    const ada = await callerOf(world);
    const { body } = await ada.end((await ada.post('reports', 'f3')).headers.get('location'));
    expect([body['state'], await reportsOf('f3')]).toEqual(['failed', 0]);
  });

  it('by an answer of more than 1 MiB is what a read comes to', async () => {
    world.work.countReports = async () => reply(200, { count: 'x'.repeat(1_048_576) });
    const ada = await callerOf(world);
    const { headers } = await ada.send('GET', '/reports/v1/count', { prefer: 'respond-async' });
    expect((await ada.end(headers.get('location'))).body).toMatchObject({ state: 'failed', problem: { status: 500 } });
  });

  it('by an answer of more than 1 MiB is not what an orchestrating handler does: its effect stays, and is not repeated', async () => {
    let runs = 0;
    const long = 'x'.repeat(1_048_576);
    world.work.collectReport = async (name, ctx) => {
      runs += 1;
      await ctx.transaction(async (tx) => insertReport(tx, name));
      return reply(201, { name: long }, { Location: `/reports/v1/reports/${name}` });
    };
    const ada = await callerOf(world);
    const path = (await ada.post('collections', 'f4')).headers.get('location');
    const { body } = await ada.end(path);
    expect(body).toMatchObject({
      state: 'succeeded',
      resource: '/reports/v1/reports/f4',
      problem: { code: 'answer-not-kept', retryable: false, detail: expect.stringContaining('ended with 201') },
    });
    expect(body).not.toHaveProperty('result');
    const again = await ada.post('collections', 'f4', { prefer: 'wait=5' });
    expect([again.status, again.body['code'], again.headers.get('location')]).toEqual([
      409,
      'answer-not-kept',
      '/reports/v1/reports/f4',
    ]);
    expect([runs, await reportsOf('f4')]).toEqual([1, 1]);
    const [row] = await store.rows('select max(length(answer))::int as most from runtime.operation_job');
    expect(row?.['most']).toBeLessThan(10_000);
  });
});

it('a job runs as its caller: with principal, key and input of the call', async () => {
  let seen: unknown;
  world.work.collectReport = async (name, ctx) => {
    const { subject, customerId, scopes } = ctx.principal;
    seen = { name, subject, customerId, write: scopes.has('notes.write'), owner: ctx.owner, key: ctx.key.length };
    return made(name);
  };
  const ada = await callerOf(world);
  await ada.end((await ada.post('collections', 'r1')).headers.get('location'));
  const customerId = 'cus_ada';
  expect(seen).toEqual({ name: 'r1', subject: ada.sub, customerId, write: true, owner: customerId, key: 64 });
});

it('a job of a suspended application or ended customer is cancelled before it acts', async () => {
  const ada = await callerOf(world);
  isRevoked = ({ subject }) => subject === ada.sub;
  const path = (await ada.post('reports', 'r2')).headers.get('location');
  expect((await ada.end(path)).body['state']).toBe('cancelled');
  isRevoked = () => false;
  expect(await reportsOf('r2')).toBe(0);
});

it('a job under way ends when its caller is shut out, and not at the next heartbeat', async () => {
  const gate = gated();
  world.work.makeReport = async (name, ctx) => {
    await gate.pass();
    return usual.makeReport(name, ctx);
  };
  const ada = await callerOf(world);
  const path = (await ada.post('reports', 'r3')).headers.get('location');
  await gate.begun;
  isRevoked = ({ subject }) => subject === ada.sub;
  world.jobs.lookAgain(isRevoked);
  // A heartbeat would come after five seconds.
  await expect.poll(async () => (await ada.send('GET', path ?? '')).body['state'], { timeout: 3000 }).toBe('cancelled');
  isRevoked = () => false;
  gate.open();
  await expect.poll(() => world.jobs.isIdle).toBe(true);
  expect(await reportsOf('r3')).toBe(0);
});

it('what was asked is forgotten at the end, and after its time the job is gone', async () => {
  const ada = await callerOf(world);
  const path = (await ada.post('reports', 'e1', {})).headers.get('location') ?? '';
  const id = path.slice('/jobs/'.length);
  const { body } = await ada.end(path);
  // The key is kept a day, which is longer than the hour of the contract.
  const keptH = Temporal.Instant.from(String(body['expiresAt'])).since(Temporal.Now.instant()).total('hours');
  expect(keptH).toBeGreaterThan(23.9);
  expect(keptH).toBeLessThan(24);
  expect(await store.rows(`select call from runtime.operation_job where id = '${id}'`)).toEqual([{ call: null }]);
  await store.rows(`update runtime.operation_job set expires_at = now() where id = '${id}'`);
  expect((await ada.send('GET', path)).status).toBe(404);
});

it('a process that ends gives its jobs back, to be run by another at once', async () => {
  const gate = gated();
  const leaving = await startTestJobs(store);
  world.work.makeReport = leaving.work.makeReport = async (name, ctx) => {
    await gate.pass();
    return usual.makeReport(name, ctx);
  };
  const ada = await callerOf(world);
  const path = (await ada.post('reports', 'g1')).headers.get('location') ?? '';
  await gate.begun;
  const holder = leaving.jobs.isIdle ? world : leaving;
  await holder.jobs.close();
  const row = (await store.rows(`select state, attempts from runtime.operation_job where id = '${path.slice(6)}'`))[0];
  expect(row).toEqual({ state: 'queued', attempts: 0 });
  // It takes no other either.
  await holder.jobs.run(path.slice('/jobs/'.length));
  expect(
    (await store.rows(`select state from runtime.operation_job where id = '${path.slice(6)}'`))[0]?.['state'],
  ).toBe('queued');
  gate.open();
  const other = holder === world ? leaving : world;
  const heir = await callerOf(other, ada.sub);
  expect((await heir.end(path)).body['state']).toBe('succeeded');
  expect(await reportsOf('g1')).toBe(1);
  await leaving.close();
}, 40_000);
