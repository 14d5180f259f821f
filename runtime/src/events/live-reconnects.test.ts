// A client that is cut off again and again, at any byte, while facts are committed by transactions that overtake one
// another: it goes on behind what it has heard last, and in the end has heard each of its facts once, in order.

import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anonymous, pause, type Principal, type Random, seededRandom } from '../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { silent, testServices, type TestServices } from '../test-services.ts';
import { createLive, type Live } from './live.ts';
import { appendFacts } from './outbox.ts';
import { createRelay, type Relay } from './relay.ts';
import { serveLive } from './serve-live.ts';

const reconnects = 1_000;
/** The writer waits for a client that is further behind: beyond 10,000 positions a stream begins anew. */
const mostBehind = 100;
const ada: Principal = { ...anonymous, issuer: 'i', subject: 'ada', customerId: 'cus_a', scopes: new Set(['*']) };

let database: TestDatabase;
let services: TestServices;
let relay: Relay;
let live: Live;
let server: Server;
beforeAll(async () => {
  database = await openTestDatabase();
  services = testServices(database);
  relay = await createRelay({ database, log: silent });
  live = createLive({ log: relay, logger: silent, clock: services.clock });
  server = createServer((request, response) => void serveLive(live, { request, response }, ada));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  live.close();
  server.closeAllConnections();
  server.close();
  await relay.close();
  await database.close();
});

const fact = (customerId: string) => ({
  id: services.ids.uuid(),
  type: 'order.placed',
  source: '/orders',
  subject: services.ids.uuid(),
  customerId,
  data: {},
  traceId: 't',
  decisionId: undefined,
  channel: 'web',
  time: services.clock.now(),
});

/** One transaction: a few facts of two customers, now and then rolled back, or overtaken by those behind it. */
async function write(random: Random): Promise<void> {
  const facts = Array.from({ length: 1 + random.int(3) }, () => fact(random.pick(['cus_a', 'cus_a', 'cus_b'])));
  const [isLost, waitMs] = [random.next() < 0.1, random.int(4)];
  const work = database.transaction(async (tx) => {
    await appendFacts(tx, facts);
    await pause(waitMs);
    if (isLost) throw new Error('rolled back');
  });
  await work.catch(() => undefined);
  relay.poke();
}

class Client {
  /** Positions heard, in order. */
  readonly heard: number[] = [];
  resets = 0;
  last: string | undefined;

  /** Connects, takes what comes until `bytes` have come (or `isDone`), and is cut off. */
  async connect(bytes: number, isDone: () => boolean = () => false): Promise<void> {
    const { port } = server.address() as AddressInfo;
    const headers = this.last === undefined ? {} : { 'last-event-id': this.last };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ port, host: '127.0.0.1', path: '/live?topics=orders', headers, agent: false }, resolve).on('error', reject);
    });
    let text = '';
    let left = bytes;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      text += chunk.subarray(0, left).toString('utf8');
      left -= chunk.length;
      // What has not come as a whole was not heard.
      const whole = text.split('\n\n');
      text = whole.pop() ?? '';
      whole.forEach((message) => this.#hear(message));
      if (left <= 0 || isDone()) break;
    }
    response.destroy();
  }

  #hear(message: string): void {
    const id = /^id: (\d+)$/m.exec(message)?.[1];
    if (message.includes('event: reset')) this.resets += 1;
    if (message.includes('data: {"id"')) this.heard.push(Number(id));
    if (id !== undefined) this.last = id;
  }
}

test('a thousand reconnects leave no gap and repeat nothing', { timeout: 240_000 }, async () => {
  const random = seededRandom(11);
  const client = new Client();
  // From where it listens it is told at once; what was written before that, nobody promised it.
  await client.connect(Number.MAX_SAFE_INTEGER, () => client.last !== undefined);
  const over = new AbortController();
  const writers = Array.from({ length: 3 }, async (_, n) => {
    const own = seededRandom(20 + n);
    while (!over.signal.aborted) {
      if ((await relay.head()) - Number(client.last ?? 0) < mostBehind) await write(own);
      else await pause(1);
    }
  });
  // A message has about 200 bytes: most connections end within one.
  for (let n = 0; n < reconnects; n++) await client.connect(1 + random.int(900));
  over.abort();
  await Promise.all(writers);
  await relay.settled();
  const told = await database.rows(
    `select position::int as position from runtime.outbox where customer_id = 'cus_a' order by position`,
  );
  const all = told.map(({ position }) => position as number);
  await client.connect(Number.MAX_SAFE_INTEGER, () => client.heard.at(-1) === all.at(-1));
  expect(all.length).toBeGreaterThan(reconnects / 4);
  expect(client.resets).toBe(0);
  expect(client.heard).toEqual(all);
});
