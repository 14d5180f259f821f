import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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

const questions = () => ended.filter(({ name }) => name.endsWith('/jobs/{id}'));

/** The span of the last question, once there are `count`. */
async function told(count: number): Promise<EndedSpan> {
  await expect.poll(() => questions().length).toBe(count);
  return questions().at(-1) as EndedSpan;
}

describe('a question about a job', () => {
  const foreign = '4bf92f3577b34da6a3ce929d0e0e4736';
  const callerSpan = '00f067aa0ba902b7';
  const placed = { traceparent: `00-${foreign}-${callerSpan}-01`, tracestate: 'rojo=1' };
  const link = { traceId: foreign, spanId: callerSpan };

  beforeEach(() => {
    world.work.makeReport = async (name) => made(name);
    world.trustedPeers.clear();
  });

  it('is a span in a trace of its own, with a link to what a stranger sent', async () => {
    const before = questions().length;
    const ada = await callerOf(world);
    const path = (await ada.post('reports', 'asked')).headers.get('location') ?? '';
    const { headers } = await ada.send('GET', path, { prefer: 'wait=30', ...placed });
    const span = await told(before + 1);
    expect(span).toMatchObject({ name: 'GET /jobs/{id}', kind: 'server', parentId: '', links: [link], isError: false });
    expect(span.traceId).not.toBe(foreign);
    expect(traceOf(headers.get('traceparent') ?? '')).toMatchObject({ traceId: span.traceId, spanId: span.spanId });
    expect(span.attributes).toEqual({
      'http.request.method': 'GET',
      'http.route': '/jobs/{id}',
      'http.response.status_code': 200,
      'url.scheme': 'http',
      'plinth.audience': 'customer',
    });
    expect(JSON.stringify(questions())).not.toContain(path);
  });

  it('goes on in the trace of a trusted peer, and its problem has that trace', async () => {
    world.trustedPeers.add('127.0.0.1').add('::ffff:127.0.0.1');
    const before = questions().length;
    const ada = await callerOf(world);
    const { status, body } = await ada.send('DELETE', '/jobs/job_none', placed);
    expect([status, body['instance']]).toEqual([404, `urn:plinth:trace:${foreign}`]);
    const span = await told(before + 1);
    expect(span).toMatchObject({ traceId: foreign, parentId: callerSpan, traceState: 'rojo=1', links: [] });
    expect(span.attributes).toMatchObject({ 'http.response.status_code': 404, 'plinth.problem': 'not-found' });
  });

  it('goes on in the trace of a service, whoever its peer is', async () => {
    const before = questions().length;
    const token = await world.edge.token({ plinth_audience: 'service', sub: 'batch' });
    const headers = { authorization: `Bearer ${token}`, ...placed };
    await (await fetch(`${world.url}/jobs/job_none`, { headers })).text();
    expect(await told(before + 1)).toMatchObject({ traceId: foreign, parentId: callerSpan, links: [] });
  });

  it('that is refused for its credential is told of as well, and a stream as long as it is open', async () => {
    const before = questions().length;
    const refused = await fetch(`${world.url}/jobs/job_none`, { headers: { authorization: 'Bearer nonsense' } });
    await refused.text();
    expect((await told(before + 1)).attributes).toMatchObject({ 'plinth.problem': 'invalid-token' });
    const gate = Promise.withResolvers<void>();
    world.work.makeReport = async (name) => {
      await gate.promise;
      return made(name);
    };
    const ada = await callerOf(world);
    const path = (await ada.post('reports', 'streamed')).headers.get('location') ?? '';
    const headers = { authorization: `Bearer ${ada.token}`, accept: 'text/event-stream' };
    const stream = await fetch(`${world.url}${path}`, { headers });
    expect(questions()).toHaveLength(before + 1);
    gate.resolve();
    await stream.text();
    const { spanId } = await told(before + 2);
    expect(stream.headers.get('traceparent')).toContain(spanId);
    expect(tracer.open).toBe(0);
  });
});
