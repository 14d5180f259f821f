import { expect, test } from 'vitest';
import { anonymous, movableClock, type Principal } from '../kernel/index.ts';
import type { EventLog, PlinthEvent } from '../ports/index.ts';
import { silent } from '../test-services.ts';
import { createLive, type LiveSink } from './live.ts';

const clock = movableClock(Temporal.Instant.from('2030-01-02T00:00:00Z'));
const ada: Principal = { ...anonymous, issuer: 'i', subject: 'ada', customerId: 'cus_a', scopes: new Set(['*']) };
const mia: Principal = { ...anonymous, issuer: 'i', subject: 'mia', audience: 'staff', scopes: new Set(['*']) };

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
  await turn();
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
  live.end((principal) => principal.subject === 'mia');
  expect([gone.ended(), gone.lines.at(-1)]).toEqual([true, 'event: reauthenticate\ndata: {}\n\n']);
  live.close();
});
