import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { anonymous, movableClock, type Principal } from '../kernel/index.ts';
import type { EventLog, PlinthEvent } from '../ports/index.ts';
import { silent } from '../test-services.ts';
import { createLive, type LiveSink } from './live.ts';
import { serveLive } from './serve-live.ts';

const clock = movableClock(Temporal.Instant.from('2030-01-02T00:00:00Z'));
const ada: Principal = { ...anonymous, issuer: 'i', subject: 'ada', customerId: 'cus_a', scopes: new Set(['*']) };
const mia: Principal = { ...anonymous, issuer: 'i', subject: 'mia', audience: 'staff', scopes: new Set(['*']) };

afterEach(() => void vi.useRealTimers());

/** A log in memory: what is asked here is who is told what, and in which order. */
function memoryLog() {
  const events: PlinthEvent[] = [];
  const listeners = new Set<(events: readonly PlinthEvent[]) => void>();
  const log: EventLog = {
    head: async () => events.length,
    read: async (after, limit) => events.slice(after, after + limit),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const say = (customerId: string, source = '/orders', time = '2030-01-01T23:00:00.000Z'): void => {
    const position = events.length + 1;
    const event = { id: `e${position}`, type: 'order.placed', source, subject: 's', sequence: 1, customerId, time };
    events.push({ ...event, data: { secret: true }, traceId: 't', position });
    listeners.forEach((listener) => listener(events.slice(-1)));
  };
  return { log, say };
}

function sink() {
  const lines: string[] = [];
  let ended = false;
  let behind = 0;
  const self: LiveSink = {
    write: (text) => void lines.push(text),
    backlogBytes: () => behind,
    close: () => {
      ended = true;
    },
  };
  const ids = (): number[] =>
    lines.flatMap((line) => (line.includes('data: {"id"') ? [Number(/^id: (\d+)/.exec(line)?.[1])] : []));
  return { ...self, lines, ids, ended: () => ended, slow: (bytes: number) => (behind = bytes) };
}

/** Lets what is under way finish: the log answers in a few turns. */
const turn = async (): Promise<void> => {
  for (let n = 0; n < 20; n++) await Promise.resolve();
};

test('a customer is told about own facts of the topics asked for, staff about all, nobody gets data', async () => {
  const { log, say } = memoryLog();
  const live = createLive({ log, logger: silent, clock });
  const [own, desk] = [sink(), sink()];
  live.open({ principal: ada, topics: ['orders'], sink: own });
  live.open({ principal: mia, topics: ['orders', 'tickets'], sink: desk });
  await turn();
  say('cus_a');
  say('cus_b');
  say('cus_a', '/tickets');
  expect(own.ids()).toEqual([1]);
  expect(desk.ids()).toEqual([1, 2, 3]);
  expect(own.lines.join('')).not.toContain('secret');
  live.close();
  expect([own.ended(), own.lines.at(-1)]).toEqual([true, 'event: moved\ndata: {}\n\n']);
});

test('a stream resumes without gap or repeat, also when facts come while it reads', async () => {
  const { log, say } = memoryLog();
  for (let n = 0; n < 1200; n++) say('cus_a');
  const live = createLive({ log, logger: silent, clock });
  const own = sink();
  live.open({ principal: ada, topics: ['orders'], lastEventId: '3', sink: own });
  for (let n = 0; n < 10; n++) {
    await Promise.resolve();
    say('cus_a');
  }
  await turn();
  say('cus_a');
  expect(own.ids()).toEqual(Array.from({ length: 1208 }, (_, n) => n + 4));
  live.close();
});

const idsIn = ({ lines }: { lines: string[] }) => lines.map((line) => Number(/^id: (\d+)$/m.exec(line)?.[1] ?? 0));

test('no id is sent before what it stands for: who is cut off in between would never hear of it', async () => {
  const { log, say } = memoryLog();
  for (let n = 0; n < 5; n++) say('cus_a');
  const live = createLive({ log, logger: silent, clock });
  const [resumed, lost] = [sink(), sink()];
  live.open({ principal: ada, topics: ['orders'], lastEventId: '3', sink: resumed });
  live.open({ principal: ada, topics: ['orders'], lastEventId: '999', sink: lost });
  await turn();
  expect(idsIn(resumed)).toEqual([3, 4, 5]);
  // Whoever must begin anew learns the position with the word to do so.
  expect(idsIn(lost)).toEqual([0, 5]);
  live.close();
});

test.each([
  ['a position that never was', '999'],
  ['no number', 'abc'],
])('%s resets the stream', async (_, lastEventId) => {
  const { log, say } = memoryLog();
  say('cus_a');
  const live = createLive({ log, logger: silent, clock });
  const own = sink();
  live.open({ principal: ada, topics: ['orders'], lastEventId, sink: own });
  await turn();
  expect(own.lines.at(-1)).toBe('id: 1\nevent: reset\ndata: {}\n\n');
  live.close();
});

test('who is more than ten thousand positions behind begins anew, and so does who asks for what was swept', async () => {
  const { log, say } = memoryLog();
  for (let n = 0; n < 10_001; n++) say('cus_b');
  const live = createLive({ log, logger: silent, clock });
  const firstLine = async (lastEventId: string, from = live): Promise<string> => {
    const own = sink();
    from.open({ principal: ada, topics: ['orders'], lastEventId, sink: own });
    await turn();
    return own.lines.slice(0, 2).join('');
  };
  expect(await firstLine('1')).not.toContain('event: reset');
  expect(await firstLine('0')).toContain('id: 10001\nevent: reset');
  // Of what it asks for the first is gone, and later ones are there.
  const swept = createLive({
    log: { ...log, read: async (after, limit) => log.read(Math.max(after, 9_000), limit) },
    clock,
  });
  expect(await firstLine('9000', swept)).not.toContain('event: reset');
  expect(await firstLine('8999', swept)).toContain('event: reset');
  live.close();
  swept.close();
});

test('a stream that cannot be resumed ends without a word, so that its client comes again', async () => {
  const { log } = memoryLog();
  const live = createLive({ log: { ...log, head: () => Promise.reject(new Error('away')) }, logger: silent, clock });
  const own = sink();
  live.open({ principal: ada, topics: ['orders'], lastEventId: '0', sink: own });
  await turn();
  expect([own.ended(), own.lines]).toEqual([true, []]);
  live.close();
});

test('facts older than a day are not resumed', async () => {
  const { log, say } = memoryLog();
  say('cus_a', '/orders', '2029-12-31T23:00:00.000Z');
  const live = createLive({ log, logger: silent, clock });
  const own = sink();
  live.open({ principal: ada, topics: ['orders'], lastEventId: '0', sink: own });
  await turn();
  expect(own.lines.at(-1)).toContain('event: reset');
  live.close();
});

test('the eleventh stream of a principal is refused, until one ends', async () => {
  const { log } = memoryLog();
  const live = createLive({ log, logger: silent, clock });
  const open = () => live.open({ principal: ada, topics: ['orders'], sink: sink() });
  const ends = Array.from({ length: 10 }, open);
  expect(open()).toBe('too-many');
  (ends[0] as () => void)();
  expect(typeof open()).toBe('function');
  // Another issuer's Ada is somebody else.
  expect(typeof live.open({ principal: { ...ada, issuer: 'j' }, topics: ['orders'], sink: sink() })).toBe('function');
  await turn();
  live.close();
});

test('of fifty topics each counts, and none beyond', async () => {
  const { log, say } = memoryLog();
  const live = createLive({ log, logger: silent, clock });
  const own = sink();
  const topics = [...Array.from({ length: 49 }, (_, n) => `topic-${n}`), 'orders', 'tickets'];
  live.open({ principal: ada, topics, sink: own });
  await turn();
  say('cus_a', '/orders');
  say('cus_a', '/tickets');
  expect(own.ids()).toEqual([1]);
  live.close();
});

test('the streams of one customer are each told, also when one of them has ended', async () => {
  const { log, say } = memoryLog();
  const live = createLive({ log, logger: silent, clock });
  const [one, two] = [sink(), sink()];
  const end = live.open({ principal: ada, topics: ['orders'], sink: one }) as () => void;
  live.open({ principal: ada, topics: ['orders'], sink: two });
  await turn();
  end();
  say('cus_a');
  expect([one.ids(), two.ids()]).toEqual([[], [1]]);
  live.close();
});

test('nobody in particular, or no topic one may read, is refused', () => {
  const { log } = memoryLog();
  const live = createLive({ log, logger: silent, clock });
  expect(live.open({ principal: anonymous, topics: ['orders'], sink: sink() })).toBe('not-yours');
  const agent = { ...ada, scopes: new Set(['tickets.read']) };
  expect(live.open({ principal: agent, topics: ['orders', ''], sink: sink() })).toBe('no-topics');
  live.close();
});

test('who asks for jobs needs no scope, and hears no facts of a capability that is called so', async () => {
  const { log, say } = memoryLog();
  const live = createLive({ log, logger: silent, clock });
  const own = sink();
  expect(live.open({ principal: anonymous, topics: ['jobs'], sink: sink() })).toBe('not-yours');
  live.open({ principal: { ...ada, scopes: new Set() }, topics: ['jobs', 'unknown'], sink: own });
  await turn();
  say('cus_a', '/jobs');
  expect(own.ids()).toEqual([]);
  live.close();
});

test('a client that does not read is closed, one whose session ended is told to sign in', async () => {
  const { log, say } = memoryLog();
  const live = createLive({ log, logger: silent, clock });
  const [slow, gone] = [sink(), sink()];
  live.open({ principal: ada, topics: ['orders'], sink: slow });
  live.open({ principal: mia, topics: ['orders'], sink: gone });
  await turn();
  slow.slow(256 * 1024 + 1);
  say('cus_a');
  expect(slow.ended()).toBe(true);
  const stays = sink();
  live.open({ principal: ada, topics: ['orders'], sink: stays });
  live.end((principal) => principal.subject === 'mia');
  expect(stays.ended()).toBe(false);
  expect([gone.ended(), gone.lines.at(-1)]).toEqual([true, 'event: reauthenticate\ndata: {}\n\n']);
  live.close();
});

test('streams hear a heartbeat every 15 s, and end with the credential they were opened with', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'Date'] });
  const live = createLive({ log: memoryLog().log, logger: silent, clock });
  const [stays, ends] = [sink(), sink()];
  const nowS = Date.now() / 1000;
  // A credential is judged by the time of the machine, which stands still here.
  live.open({ principal: { ...ada, expiresAt: nowS + 3_600 }, topics: ['orders'], sink: stays });
  live.open({ principal: { ...mia, expiresAt: nowS - 1 }, topics: ['orders'], sink: ends });
  vi.advanceTimersByTime(14_999);
  expect(stays.lines.filter((line) => line.startsWith(':'))).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(stays.lines.at(-1)).toBe(': beat\n\n');
  expect([stays.ended(), ends.ended()]).toEqual([false, true]);
  expect(ends.lines.at(-1)).toBe('event: reauthenticate\ndata: {}\n\n');
  live.close();
});

test('nothing is told to a credential that has ended, also between heartbeats', async () => {
  const { log, say } = memoryLog();
  const live = createLive({ log, logger: silent, clock });
  const [stays, ends] = [sink(), sink()];
  live.open({ principal: { ...mia, expiresAt: Date.now() / 1000 + 3_600 }, topics: ['orders'], sink: stays });
  live.open({ principal: { ...ada, expiresAt: Date.now() / 1000 - 1 }, topics: ['orders'], sink: ends });
  await turn();
  say('cus_a');
  expect([stays.ids(), ends.ids()]).toEqual([[1], []]);
  expect([ends.ended(), ends.lines.at(-1)]).toEqual([true, 'event: reauthenticate\ndata: {}\n\n']);
  live.close();
});

/** Positions that a stream tells until it ends, or has told the last one. */
async function idsUntil(response: Response, last: number): Promise<number[]> {
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += new TextDecoder().decode(chunk);
    if (text.includes(`id: ${last}\n`)) break;
  }
  return [...text.matchAll(/^id: (\d+)\ndata: \{"id".*\n\n/gm)].map(([, id]) => Number(id));
}

test('over HTTP a client that reads nothing is closed, and goes on where it was when it reads again', async () => {
  const { log, say } = memoryLog();
  const live = createLive({ log, logger: silent, clock });
  const server = createServer((request, response) => void serveLive(live, { request, response }, ada));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/live?topics=orders`;
  const many = 9_000;
  const slow = await fetch(base);
  await turn();
  for (let n = 0; n < many; n++) say('cus_a');
  const heard = await idsUntil(slow, many);
  expect(heard.length).toBeGreaterThan(1_000);
  // Where it was closed: 256 KiB and what the system takes at once are less than all of it.
  expect(heard.length).toBeLessThan(many);
  for (let turns = 0; heard.length < many && turns < 20; turns++)
    heard.push(...(await idsUntil(await fetch(`${base}&after=${heard.at(-1)}`), many)));
  expect(heard).toEqual(Array.from({ length: many }, (_, n) => n + 1));
  live.close();
  server.closeAllConnections();
  server.close();
});

test('a process holds ten thousand streams and not one more', () => {
  const live = createLive({ log: memoryLog().log, logger: silent, clock });
  const open = (n: number) => live.open({ principal: { ...mia, subject: `${n}` }, topics: ['orders'], sink: sink() });
  for (let n = 0; n < 9_999; n++) open(n);
  const last = open(9_999);
  expect([typeof last, open(10_000)]).toEqual(['function', 'too-many']);
  (last as () => void)();
  expect(typeof open(10_001)).toBe('function');
  live.close();
});

test('over HTTP it goes on after Last-Event-ID, or after what the query says', async () => {
  const { log, say } = memoryLog();
  for (let n = 0; n < 5; n++) say('cus_a');
  const live = createLive({ log, logger: silent, clock });
  const server = createServer((request, response) => void serveLive(live, { request, response }, ada));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/live?topics=orders`;
  const idsOf = async (query: string, headers: Record<string, string> = {}): Promise<number[]> => {
    const response = await fetch(base + query, { headers });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const text = response.text();
    await turn();
    live.end(() => true);
    return [...(await text).matchAll(/^id: (\d+)\ndata: \{"id"/gm)].map(([, id]) => Number(id));
  };
  expect(await idsOf('&after=3')).toEqual([4, 5]);
  expect(await idsOf('&after=3', { 'last-event-id': '4' })).toEqual([5]);
  expect(await idsOf('')).toEqual([]);
  const { headers } = await fetch(base, { method: 'HEAD' });
  expect([headers.get('cache-control'), headers.get('x-accel-buffering')]).toEqual(['no-store', 'no']);
  live.close();
  server.closeAllConnections();
  server.close();
});

test('over HTTP who goes away takes no place any more', async () => {
  const live = createLive({ log: memoryLog().log, logger: silent, clock });
  const server = createServer((request, response) => {
    if (serveLive(live, { request, response }, ada) !== undefined) response.writeHead(429).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/live?topics=orders`;
  const open = async (): Promise<number> => {
    const leaving = new AbortController();
    const response = await fetch(url, { signal: leaving.signal });
    opened.push({ leaving, response });
    return response.status;
  };
  // A response that nobody holds is given up at any time.
  const opened: { leaving: AbortController; response: Response }[] = [];
  for (let n = 0; n < 10; n++) expect(await open()).toBe(200);
  expect(await open()).toBe(429);
  opened.forEach(({ leaving }) => leaving.abort());
  await expect.poll(open).toBe(200);
  live.close();
  server.closeAllConnections();
  server.close();
});

test('HEAD is told what GET would be, and opens no stream', async () => {
  const live = createLive({ log: memoryLog().log, logger: silent, clock });
  const server = createServer((request, response) => {
    const refusal = serveLive(live, { request, response }, ada);
    if (refusal !== undefined) response.writeHead(400, { refusal }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/live?topics=`;
  const asked: unknown[] = [];
  // More than one principal may have open.
  for (let n = 0; n < 20; n++) {
    const { status, headers } = await fetch(`${base}orders`, { method: 'HEAD' });
    asked.push([status, headers.get('content-type')]);
  }
  expect(asked).toEqual(Array.from({ length: 20 }, () => [200, 'text/event-stream; charset=utf-8']));
  expect((await fetch(`${base}-`, { method: 'HEAD' })).headers.get('refusal')).toBe('no-topics');
  expect(typeof live.open({ principal: ada, topics: ['orders'], sink: sink() })).toBe('function');
  live.close();
  server.closeAllConnections();
  server.close();
});

test('a process that ends opens no more streams', () => {
  const live = createLive({ log: memoryLog().log, logger: silent, clock });
  live.close();
  expect(live.open({ principal: ada, topics: ['orders'], sink: sink() })).toBe('closing');
});
