import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { eventually } from '@plinth/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { lean } from './incoming.ts';
import { type BodyFault, NodeTransport, setCaller, setEarly, unread } from './transport.ts';

let server: Server;
let client: Socket;

afterEach(() => {
  vi.useRealTimers();
  client.destroy();
  server.closeAllConnections();
  server.close();
});

/** Sends the text over one connection; `take` sees each request. */
async function asked(
  text: string,
  take: (transport: NodeTransport, count: number) => void,
  options: object = lean,
): Promise<void> {
  let count = 0;
  server = createServer(options, (request, response) => {
    count += 1;
    if (count === 3) setEarly(request);
    if (request.url === '/proxied') setCaller(request, { address: '203.0.113.9', scheme: 'https' });
    take(new NodeTransport(request, response), count);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write(text);
}

const ask = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

it('a caller is proven when it has taken an answer and asks only then', async () => {
  const seen: boolean[] = [];
  await asked(ask, (transport) => {
    seen.push(transport.isUnproven);
    transport.send(200, 'Content-Length: 2\r\n', 'ok', true);
  });
  for (let n = 0; n < 2; n++) {
    await once(client, 'data');
    client.write(ask);
  }
  await once(client, 'data');
  expect(seen).toEqual([true, false, true]);
});

it.each([
  ['text', 'x'.repeat(32 << 20), true],
  ['bytes', Buffer.alloc(32 << 20), false],
])('tells that a part of %s waits for its reader, and nothing when all was taken', async (_, long, isAscii) => {
  let answering = 0;
  const told = new Set<number>();
  await asked(ask, (transport, count) => {
    answering = count;
    (transport.connection as Socket).on(unread, () => told.add(answering));
    if (count === 1) transport.send(200, 'Content-Length: 2\r\n', 'ok', true);
    else transport.send(200, `Content-Length: ${long.length}\r\n`, long, isAscii);
  });
  await once(client, 'data');
  client.write(ask);
  await once(client, 'data');
  expect([...told]).toEqual([2]);
});

it.each([
  ['240 bytes a second is read on', 1_200, undefined],
  ['less is called too slow', 1_199, 'too-slow'],
])('a body that comes with %s', async (_, bytes, fault) => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const faults: unknown[] = [];
  const sockets: Socket[] = [];
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n';
  await asked(head, (transport) => {
    sockets.push(transport.connection as Socket);
    transport.readBody(9_000, (_bytes, why) => faults.push(why));
  });
  await eventually('it is being read', 2_000, () => sockets.length === 1);
  client.write('x'.repeat(bytes));
  await eventually('all of it is here', 2_000, () => sockets[0]?.bytesRead === head.length + bytes);
  await new Promise(setImmediate);
  vi.advanceTimersByTime(5_000);
  expect(faults).toEqual(fault === undefined ? [] : [fault]);
  // Over ten seconds it is too little in any case.
  vi.advanceTimersByTime(5_000);
  expect(faults).toEqual(['too-slow']);
});

const coded = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
const end = '0\r\n\r\n';

interface Way {
  /** What `done` was told, each time. */
  told: (BodyFault | undefined)[];
  text: string;
}
type Read = (transport: NodeTransport, mostBytes: number, way: Way) => void;

const whole: Read = (transport, mostBytes, way) =>
  transport.readBody(mostBytes, (bytes, fault) => {
    way.told.push(fault);
    way.text = bytes?.toString('latin1') ?? '';
  });
/** Something had to be looked up first. */
const later: Read = (...reading) => void setTimeout(() => whole(...reading), 30);
const byPieces: Read = (transport, mostBytes, way) =>
  transport.readPieces(
    mostBytes,
    async (bytes) => {
      way.text += bytes.toString('latin1');
      return true;
    },
    (fault) => way.told.push(fault),
  );

/** Reads at most `mostBytes` of what is sent: `first` with the head, `then` when it is being read. */
async function reading(
  read: Read,
  mostBytes: number,
  [first, then = '']: [first: string, then?: string],
  options?: object,
): Promise<Way> {
  const way: Way = { told: [], text: '' };
  let isRead = false;
  await asked(
    first,
    (transport) => {
      read(transport, mostBytes, way);
      isRead = true;
    },
    options,
  );
  await eventually('it is being read', 2_000, () => isRead);
  await new Promise(setImmediate);
  if (then !== '') client.write(then);
  return way;
}

describe.each([
  ['as a whole', whole, lean],
  ['as a whole, later', later, lean],
  ['as a whole by a server of Node', whole, {}],
  ['piece by piece', byPieces, lean],
])('a body that is read %s', (_, read, options) => {
  it.each<[string, (text: string) => [string, string?]]>([
    ['says its length', (text) => [`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${text.length}\r\n\r\n${text}`]],
    ['comes with its head', (text) => [coded + chunk(text) + end]],
    ['comes later', (text) => [coded, chunk(text) + end]],
    ['comes in two', (text) => [coded + chunk(text.slice(0, 4)), chunk(text.slice(4)) + end]],
  ])('and %s may have as many bytes as are allowed, and not one more', async (__, sent) => {
    const fits = await reading(read, 10, sent('0123456789'), options);
    await eventually('it is there', 2_000, () => fits.told.length > 0);
    expect(fits).toEqual({ told: [undefined], text: '0123456789' });
    client.destroy();
    server.close();
    const more = await reading(read, 10, sent('0123456789a'), options);
    await eventually('it is refused', 2_000, () => more.told.length > 0);
    expect(more.told).toEqual(['too-large']);
    expect(more.text.length).toBeLessThan(11);
  });

  it('is the same in thousands of pieces', async () => {
    const text = Array.from({ length: 3_000 }, (__, n) => String(n % 10)).join('');
    const way = await reading(read, 3_000, [coded, text.replaceAll(/./g, (letter) => chunk(letter)) + end], options);
    await eventually('it is there', 2_000, () => way.told.length > 0);
    expect(way).toEqual({ told: [undefined], text });
  });

  it('ends when its sender goes', async () => {
    const way = await reading(read, 10, [coded, chunk('012')], options);
    client.destroy();
    await eventually('that is told', 2_000, () => way.told.length > 0);
    expect(way.told).toEqual(['aborted']);
  });

  it('is read no further once it is too long', async () => {
    const way = await reading(read, 10, [coded, chunk('x'.repeat(32 << 20))], options);
    await eventually('it is refused', 2_000, () => way.told.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(client.writableLength).toBeGreaterThan(0);
  });
});

const post = (text: string) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${text.length}\r\n\r\n`;

it('a connection goes on behind a body, however it came and whoever read it', async () => {
  const read: string[] = [];
  await asked(`${post('abc')}abc${post('defg')}de`, (transport, count) => {
    const done = (bytes: Buffer | undefined): void => {
      read.push(String(bytes));
      transport.send(200, 'Content-Length: 2\r\n', 'ok', true);
    };
    if (count === 3) setTimeout(() => transport.readBody(9, done), 30);
    else transport.readBody(9, done);
  });
  await eventually('the first is read', 2_000, () => read.length === 1);
  client.write(`fg${post('hi')}hi${coded}${chunk('j')}${end}${ask}`);
  await eventually('all are read', 2_000, () => read.length === 5);
  // The third is read while those behind it are answered.
  expect(read).toEqual(['abc', 'defg', 'j', '', 'hi']);
});

it('the time that a piece takes here is not its sender’s', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const taken = Promise.withResolvers<boolean>();
  const faults: unknown[] = [];
  let isTaken = false;
  await asked(coded + chunk('x'), (transport) => {
    transport.readPieces(
      10,
      () => {
        isTaken = true;
        return taken.promise;
      },
      (fault) => faults.push(fault),
    );
  });
  await eventually('a piece is here', 2_000, () => isTaken);
  vi.advanceTimersByTime(60_000);
  expect(faults).toEqual([]);
  taken.resolve(true);
  await new Promise(setImmediate);
  vi.advanceTimersByTime(5_000);
  expect(faults).toEqual(['too-slow']);
});

it.each([
  ['', false, 'keep-alive'],
  ['Content-Length: 0\r\n', false, 'keep-alive'],
  ['Content-Length: 5\r\n', true, 'close'],
  ['Transfer-Encoding: chunked\r\n', true, 'close'],
])(
  'with %j there is a body: %s; unread, the answer leaves the connection at %s',
  async (fields, hasBody, connection) => {
    const seen: boolean[] = [];
    await asked(`POST / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`, (transport) => {
      seen.push(transport.hasBody);
      transport.send(200, 'Content-Length: 2\r\n', 'ok', true);
    });
    const [answer] = (await once(client, 'data')) as [Buffer];
    expect(seen).toEqual([hasBody]);
    expect(/^connection: close/im.test(answer.toString()) ? 'close' : 'keep-alive').toBe(connection);
  },
);

it('who calls is the peer, or whom a proxy that is believed names', async () => {
  const seen: unknown[] = [];
  await asked(ask + ask.replace('/ ', '/proxied '), (transport) => {
    seen.push([transport.address, transport.peer, transport.scheme]);
    transport.send(200, 'Content-Length: 2\r\n', 'ok', true);
  });
  await eventually('both came', 2_000, () => seen.length === 2);
  const [[peer]] = seen as [[string]];
  expect(seen).toEqual([
    [peer, peer, 'http'],
    ['203.0.113.9', peer, 'https'],
  ]);
});

/** Says something once, and is silent then. */
async function* pieces(): AsyncGenerator<string> {
  yield 'first';
  await new Promise(() => undefined);
}

it('a stream that says nothing for its time is cut', async () => {
  await asked(ask, (transport) => {
    transport.stream(200, 'Content-Type: text/plain\r\n', pieces(), 100);
  });
  let text = '';
  client.on('data', (bytes: Buffer) => (text += bytes.toString()));
  await once(client, 'close');
  expect(text).toContain('first');
  expect(text).not.toContain(end);
});
