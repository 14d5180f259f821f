import { afterAll, beforeAll, expect, it } from 'vitest';
import { PortError } from '../../kernel/index.ts';
import type { EndedSpan } from '../../ports/index.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { traceOf } from '../../telemetry/trace.ts';
import { Tracer } from '../../telemetry/tracer.ts';
import { callerOf, insertReport, made, startTestJobs, type TestJobs } from './test-jobs.ts';

const ended: EndedSpan[] = [];
const tracer = new Tracer({ take: (span) => void ended.push(span), close: () => Promise.resolve() });
let store: TestDatabase;
let world: TestJobs;

beforeAll(async () => {
  store = await openTestDatabase();
  await store.rows('create table reports (name text not null)');
  world = await startTestJobs(store, {}, tracer);
}, 30_000);
afterAll(async () => {
  await world.close();
  await store.close();
});

it('every attempt at a job is a span under the call that was answered 202, and each of them ends', async () => {
  let tries = 0;
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  world.work.makeReport = async (name, ctx) => {
    if (name === 'passing' && (tries += 1) === 1) throw new PortError('unavailable', 'away for a moment');
    if (name === 'broken') throw new Error('a mistake');
    if (name === 'cancelled') {
      begun.resolve();
      await gate.promise;
    }
    await insertReport(ctx, name);
    return made(name);
  };
  const ada = await callerOf(world);
  const states: Record<string, unknown> = {};
  const places: Record<string, string> = {};
  for (const name of ['fine', 'passing', 'broken', 'cancelled']) {
    const { status, headers } = await ada.post('reports', name);
    expect(status).toBe(202);
    places[name] = traceOf(headers.get('traceparent') ?? '')?.spanId ?? '';
    const path = headers.get('location');
    if (name === 'cancelled') {
      await begun.promise;
      await ada.send('DELETE', path ?? '');
      gate.resolve();
    }
    states[name] = (await ada.end(path)).body.state;
  }
  expect(states).toEqual({ fine: 'succeeded', passing: 'succeeded', broken: 'failed', cancelled: 'cancelled' });
  await expect.poll(() => world.jobs.isIdle).toBe(true);
  await expect.poll(() => tracer.open).toBe(0);
  const attempts = (name: string) =>
    ended
      .filter(({ kind, parentId }) => kind === 'consumer' && parentId === places[name])
      .map(({ attributes }) => attributes['plinth.attempt']);
  expect(Object.fromEntries(Object.keys(places).map((name) => [name, attempts(name)]))).toEqual({
    fine: [1],
    passing: [1, 2],
    broken: [1],
    cancelled: [1],
  });
});
