import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { read } from '../capability.ts';
import { reply } from '../context.ts';
import { pause } from '../kernel/index.ts';
import type { EndedSpan } from '../ports/index.ts';
import { traceOf } from '../telemetry/trace.ts';
import { Tracer } from '../telemetry/tracer.ts';
import { notesContract, staff, startTestEdge, type TestEdge, type TestEdgeOptions } from './test-edge.ts';

const foreign = '4bf92f3577b34da6a3ce929d0e0e4736';
const callerSpan = '00f067aa0ba902b7';
const traceparent = `00-${foreign}-${callerSpan}-01`;
const tracestate = 'rojo=1,congo=t61';
const note = { id: 'note_ada1', text: 'milk', version: 7 };

let world: TestEdge;
afterEach(() => world.close());

interface Spans {
  ended: EndedSpan[];
  tracer: Tracer;
}

function spans(ratio = 1): Spans {
  const ended: EndedSpan[] = [];
  return {
    ended,
    tracer: new Tracer({ take: (span) => void ended.push(span), close: () => Promise.resolve() }, ratio),
  };
}

const handlers: TestEdgeOptions['handlers'] = {
  getNote: read(async (input: { noteId: string }, ctx) => {
    if (input.noteId === 'note_ada_bug') throw new Error('a mistake');
    if (input.noteId === 'note_ada_slow') await pause(400);
    return reply(200, { ...note, text: ctx.trace.traceState ?? 'none' });
  }),
  listNotes: read(async (_, ctx) =>
    reply(200, await ctx.call('notes.getNote' as never, { noteId: 'note_ada1' } as never)),
  ),
};
const calls = { notes: ['notes.getNote'] };
const trusting = { trustsPeer: (peer: string) => peer.endsWith('127.0.0.1') };

const get = async (headers: Record<string, string>, id = 'note_ada1') => {
  const response = await fetch(`${world.url}/notes/v1/notes/${id}`, {
    headers: { authorization: `Bearer ${await world.token()}`, traceparent, tracestate, ...headers },
  });
  const body = (await response.json()) as { text?: string; instance?: string };
  return { status: response.status, place: traceOf(response.headers.get('traceparent') ?? ''), body };
};

describe('whose trace a request belongs to', () => {
  it('is a new one for whoever is not trusted, linked to what they sent', async () => {
    const { ended, tracer } = spans();
    world = await startTestEdge({ handlers, services: { tracer } });
    const { place, body } = await get({});
    expect(place?.traceId).not.toBe(foreign);
    expect(body.text).toBe('none');
    expect(ended).toMatchObject([
      {
        traceId: place?.traceId,
        parentId: '',
        traceState: undefined,
        links: [{ traceId: foreign, spanId: callerSpan }],
      },
    ]);
  });

  it('is the one of a trusted peer, with what other systems pass on through us', async () => {
    const { ended, tracer } = spans();
    world = await startTestEdge({ handlers, services: { tracer }, edge: trusting });
    const { place, body } = await get({});
    expect(body.text).toBe(tracestate);
    expect(ended).toMatchObject([{ traceId: foreign, parentId: callerSpan, traceState: tracestate, links: [] }]);
    expect(place).toMatchObject({ traceId: foreign, spanId: ended[0]?.spanId, isSampled: true });
  });

  it('is the one of a service, whoever its peer is, and of no other kind of caller', async () => {
    const { ended, tracer } = spans();
    world = await startTestEdge({ handlers, services: { tracer } });
    const as = async (plinth_audience: string) => {
      const token = await world.token({ plinth_audience, customer_id: 'cus_ada', sub: `${plinth_audience}-1` });
      return get({ authorization: `Bearer ${token}` });
    };
    expect((await as('service')).place?.traceId).toBe(foreign);
    expect(ended).toMatchObject([{ traceId: foreign, parentId: callerSpan, traceState: tracestate, links: [] }]);
    for (const kind of ['customer', 'staff', 'agent']) expect((await as(kind)).place?.traceId).not.toBe(foreign);
    expect(tracer.open).toBe(0);
  });

  it('is a new one for a service whose token is refused', async () => {
    world = await startTestEdge({ handlers });
    const token = await world.token({ plinth_audience: 'service', exp: 1 });
    const { status, body } = await get({ authorization: `Bearer ${token}` });
    expect(status).toBe(401);
    expect(body.instance).not.toContain(foreign);
  });

  it('is continued without an exporter too: ids and state go on, and nothing claims to be recorded by us', async () => {
    world = await startTestEdge({ handlers, edge: trusting });
    const { place, body } = await get({});
    expect(place).toMatchObject({ traceId: foreign, spanId: callerSpan, isSampled: true });
    expect(body.text).toBe(tracestate);
    expect((await get({ traceparent: '' })).place?.isSampled).toBe(false);
  });

  it('is not recorded when its trusted caller decided so', async () => {
    const { ended, tracer } = spans();
    world = await startTestEdge({ handlers, services: { tracer }, edge: trusting });
    expect((await get({ traceparent: `00-${foreign}-${callerSpan}-00` })).place?.traceId).toBe(foreign);
    expect(ended).toEqual([]);
  });

  it('of those beginning here, the share that is wished for is recorded, each as a whole', async () => {
    const { ended, tracer } = spans(0.5);
    world = await startTestEdge({ handlers, calls, services: { tracer } });
    for (let n = 0; n < 200; n++)
      await world.edge.invoke({ operation: 'notes.listNotes', principal: staff(), input: {} });
    const traces = [...Map.groupBy(ended, ({ traceId }) => traceId).values()];
    expect(traces.every(({ length }) => length === 2)).toBe(true);
    expect(traces.length).toBeGreaterThan(50);
    expect(traces.length).toBeLessThan(150);
  });
});

describe('spans of requests', () => {
  it('have the name of their operation and say what came of it, and nothing of whom it concerns', async () => {
    const { ended, tracer } = spans();
    world = await startTestEdge({ handlers, services: { tracer } });
    await get({});
    await get({}, 'note_ada_bug');
    await get({}, 'note_bob1');
    expect(ended.map(({ name, kind, attributes, isError }) => ({ name, kind, attributes, isError }))).toEqual(
      [
        { 'http.response.status_code': 200 },
        { 'http.response.status_code': 500, 'plinth.problem': 'internal', 'error.type': 'internal' },
        { 'http.response.status_code': 404, 'plinth.problem': 'not-found' },
      ].map((outcome) => ({
        name: 'notes.getNote',
        kind: 'server',
        attributes: {
          'http.request.method': 'GET',
          'http.route': '/notes/v1/notes/{noteId}',
          'plinth.audience': 'customer',
          'plinth.channel': 'web',
          'url.scheme': 'http',
          ...outcome,
        },
        isError: outcome['http.response.status_code'] === 500,
      })),
    );
    const [first] = ended as [EndedSpan];
    expect(Math.abs(first.startMs - Date.now())).toBeLessThan(60_000);
    expect(first.endMs).toBeGreaterThanOrEqual(first.startMs);
    expect(JSON.stringify(ended)).not.toMatch(/cus_|note_/);
  });

  it('are the parents of those of what is called', async () => {
    const { ended, tracer } = spans();
    world = await startTestEdge({ handlers, calls, services: { tracer }, edge: trusting });
    const headers = { authorization: `Bearer ${await world.token()}`, traceparent, tracestate };
    expect((await fetch(`${world.url}/notes/v1/notes`, { headers })).status).toBe(200);
    const [inner, outer] = ended as [EndedSpan, EndedSpan];
    expect(outer).toMatchObject({ name: 'notes.listNotes', kind: 'server', parentId: callerSpan });
    expect(inner).toMatchObject({ name: 'notes.getNote', kind: 'internal', parentId: outer.spanId });
    expect(inner.attributes).toMatchObject({ 'plinth.audience': 'service' });
    expect(ended.map(({ traceId, traceState }) => [traceId, traceState])).toEqual([
      [foreign, tracestate],
      [foreign, tracestate],
    ]);
  });

  it('are all ended, whatever becomes of the request', async () => {
    const { ended, tracer } = spans();
    const signals = { heap: () => 0, poolWaitMs: () => 0, loop: () => 0 };
    const contract = await notesContract();
    const slow = contract.operations.find(({ id }) => id === 'getNote');
    if (slow !== undefined) slow.policy.timeoutMs = 150;
    world = await startTestEdge({ handlers, contract, services: { tracer }, edge: { admission: { signals } } });
    const token = await world.token();
    const send = async (path: string, init: RequestInit = {}): Promise<number> => {
      const headers = { authorization: `Bearer ${token}`, traceparent, ...(init.headers as Record<string, string>) };
      return (await fetch(`${world.url}${path}`, { ...init, headers })).status;
    };
    const json = { 'content-type': 'application/json' };
    const post = (body: string, key: string) =>
      send('/notes/v1/notes', { method: 'POST', body, headers: { ...json, 'idempotency-key': `"${key}"` } });
    const before = [
      await send('/notes/v1/notes/note_ada1'),
      await send('/notes/v1/notes/note_ada1', { headers: { authorization: 'Bearer nonsense' } }),
      await send('/notes/v1/notes/note_bob1'),
      await send('/notes/v1/notes/note_ada1?depth=-1'),
      await send('/notes/v1/adverts'),
      await post('{"text":', 'k1'),
      await post('x'.repeat(3_000), 'k2'),
      await send('/notes/v1/notes/note_ada_bug'),
      await send('/notes/v1/notes/note_ada_slow'),
      await send('/notes/v1/motto'),
    ];
    expect(before).toEqual([200, 401, 404, 400, 403, 400, 413, 500, 504, 501]);
    // Paths, methods and representations that belong to no operation have no span.
    expect(await send('/notes/v1/nothing')).toBe(404);
    expect(await send('/notes/v1/notes', { method: 'DELETE' })).toBe(405);
    expect(ended).toHaveLength(before.length);
    // Callers that go away: while the body comes, and while the answer is made.
    const head = (path: string, length: number): string =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n` +
      `Idempotency-Key: "gone"\r\nContent-Length: ${length}\r\n\r\n{"te`;
    const get = `GET /notes/v1/notes/note_ada_slow HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    for (const text of [head('/notes/v1/notes', 500), get]) {
      const socket = connect(Number(new URL(world.url).port), '127.0.0.1', () => socket.write(text));
      await pause(50);
      socket.destroy();
    }
    await expect.poll(() => ended.length, { timeout: 3_000 }).toBe(before.length + 2);
    // More than can be done in time: every request is turned away.
    signals.heap = () => 1;
    await pause(120);
    expect(await send('/notes/v1/notes/note_ada1')).toBe(503);
    expect(ended.at(-1)?.attributes).toMatchObject({ 'plinth.problem': 'overloaded' });
    expect(tracer.open).toBe(0);
    expect(new Set(ended.map(({ spanId }) => spanId)).size).toBe(ended.length);
  });

  it('are not made without an exporter: a request allocates nothing for them', async () => {
    world = await startTestEdge({ handlers });
    const seen: unknown[] = [];
    const operation = world.edge.operations.get('notes.getNote');
    if (operation === undefined) throw new Error('it is there');
    operation.steps = [(x) => void seen.push([x.span, x.trace === x, x.traceState]), ...operation.steps];
    await get({ tracestate: '' });
    expect(seen).toEqual([[undefined, true, undefined]]);
  });
});
