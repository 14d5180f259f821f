import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { NodeTransport, unread } from '@plinth/runtime/pipeline';
import { eventually } from '@plinth/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Connections, type ConnectionsOptions } from './connections.ts';

let server: Server;
let connections: Connections;
const clients: Socket[] = [];
let requests = 0;
/** Connections that the server's own listener got. */
let served = 0;
/** Of each request, whether its caller was unproven. */
let unproven: boolean[] = [];
/** Answers that may be sent. */
let waiting: (() => void)[] = [];

async function listening(options: Partial<ConnectionsOptions> = {}): Promise<void> {
  [requests, served, unproven, waiting] = [0, 0, [], []];
  connections = new Connections({ isClosed: () => false, ...options });
  server = createServer((request, response) =>
    connections.inTurn(request, response, () => {
      requests += 1;
      unproven.push(new NodeTransport(request, response).isUnproven);
      if (request.url === '/last') response.once('finish', () => request.socket.destroy());
      const send = (): void => void response.end(request.url === '/long' ? long : 'ok');
      if (request.url === '/held') waiting.push(send);
      else setTimeout(send, 50);
    }),
  );
  server.on('connection', () => (served += 1));
  connections.guard(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

afterEach(async () => {
  vi.useRealTimers();
  clients.splice(0).forEach((client) => client.destroy());
  connections.close();
  server.closeAllConnections();
  server.close();
});

/** A connection, and what came over it. */
async function client(from = '127.0.0.1'): Promise<{ socket: Socket; text: () => string; closed: () => boolean }> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  clients.push(socket);
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return { socket, text: () => text, closed: () => socket.closed };
}

const ask = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const askLong = 'GET /long HTTP/1.1\r\nHost: a\r\n\r\n';
const mib = 1024 * 1024;
/** Much more than the system takes for somebody who does not read. */
const long = Buffer.alloc(32 * mib, 'x');

/** Who asks for the long answer and reads nothing until it is told to. */
async function deaf(): Promise<Awaited<ReturnType<typeof client>>> {
  const one = await client();
  one.socket.pause();
  one.socket.write(askLong);
  return one;
}

async function isCut(one: Awaited<ReturnType<typeof client>>): Promise<boolean> {
  one.socket.resume();
  await once(one.socket, 'close');
  return one.text().length < long.length;
}

it('one address has its number of connections, another has its own, and who leaves makes room', async () => {
  await listening({ mostOfOneAddress: 2, isCounted: () => true });
  const [first] = [await client(), await client()];
  const third = await client();
  await eventually('the third is cut', 2_000, third.closed);
  const other = await client('127.0.0.2');
  other.socket.write(ask);
  await eventually('the other is served', 2_000, () => other.text().includes('ok'));
  first?.socket.destroy();
  await eventually('it is forgotten', 2_000, () => connections.size === 2);
  const fourth = await client();
  fourth.socket.write(ask);
  await eventually('there is room again', 2_000, () => fourth.text().includes('ok'));
  const fifth = await client();
  await eventually('and for no more', 2_000, fifth.closed);
  expect(requests).toBe(2);
});

it('each one is told of', async () => {
  let told = 0;
  await listening({ mostOfOneAddress: 1, isCounted: () => true, onAccepted: () => (told += 1) });
  await Promise.all([client(), client(), client()]);
  // Also of those that are cut.
  await expect.poll(() => told).toBe(3);
});

it('whether an address counts is asked of the address itself, not of its network', async () => {
  const asked: string[] = [];
  await listening({ isCounted: (address) => asked.push(address) === 0 });
  await client('127.0.0.3');
  await eventually('it was asked', 2_000, () => asked.length === 1);
  expect(asked).toEqual(['127.0.0.3']);
});

it('who is not counted takes no room of others in its network', async () => {
  const proxy = '2001:db8:1:2::1';
  await listening({ mostOfOneAddress: 1, isClosed: () => true, isCounted: (address) => address !== proxy });
  const all = [from(proxy), from(proxy), from('2001:db8:1:2::2'), from('2001:db8:1:2::3')];
  all.forEach((socket) => server.emit('connection', socket));
  expect(all.map(({ destroyed }) => destroyed)).toEqual([false, false, false, true]);
});

it('that number is two hundred', async () => {
  await listening({ isCounted: () => true });
  const all = await Promise.all(Array.from({ length: 201 }, () => client()));
  await eventually('one is cut', 2_000, () => all.filter(({ closed }) => closed()).length === 1);
  expect(connections.size).toBe(200);
});

it('connections of this machine are not counted by address unless it is said', async () => {
  await listening({ mostOfOneAddress: 1 });
  const two = [await client(), await client()];
  two.forEach(({ socket }) => socket.write(ask));
  await eventually('both are served', 2_000, () => two.every(({ text }) => text().includes('ok')));
  expect(requests).toBe(2);
});

it('new connections wait while even critical work is refused, and lose nothing they sent', async () => {
  let isClosed = true;
  await listening({ isClosed: () => isClosed });
  const held = await client();
  held.socket.write(ask);
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(requests).toBe(0);
  isClosed = false;
  await eventually('it is served', 2_000, () => held.text().includes('ok'));
  isClosed = true;
  const next = await client();
  next.socket.write(ask);
  await eventually('it waits', 2_000, () => connections.size === 2);
  isClosed = false;
  await eventually('and so is the next one', 2_000, () => next.text().includes('ok'));
  expect(served).toBe(2);
});

/** A connection from an address that this machine does not have; it is held outside. */
function from(remoteAddress: string): Socket {
  const [pause, resume] = [() => undefined, () => undefined];
  const socket = Object.assign(new EventEmitter(), { remoteAddress, destroyed: false, pause, resume });
  return Object.assign(socket, { destroy: () => (socket.destroyed = true) }) as unknown as Socket;
}

it.each([
  ['of one household are one', '2001:db8:1:2::1', '2001:db8:1:2:3::1', true],
  ['of two households are two', '2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['of IPv4 are two, also to a listener for both kinds', '::ffff:203.0.113.1', '::ffff:203.0.113.2', false],
  ['of this machine are not counted', '::1', '::1', false],
])('addresses %s', async (_, one, other, isCut) => {
  await listening({ mostOfOneAddress: 1, isClosed: () => true });
  const both = [from(one), from(other)];
  both.forEach((socket) => server.emit('connection', socket));
  expect(both.map(({ destroyed }) => destroyed)).toEqual([false, isCut]);
});

it('who waits outside is asked about each 100 ms', async () => {
  let asked = 0;
  let isClosed = true;
  await listening({ isClosed: () => ((asked += 1), isClosed) });
  let served = 0;
  server.removeAllListeners('connection').on('connection', () => (served += 1));
  connections.guard(server);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  server.emit('connection', from('127.0.0.1'));
  for (const times of [1, 2, 3]) {
    vi.advanceTimersByTime(99);
    expect([asked, served]).toEqual([times, 0]);
    vi.advanceTimersByTime(1);
    expect([asked, served]).toEqual([times + 1, 0]);
  }
  isClosed = false;
  vi.advanceTimersByTime(99);
  expect(served).toBe(0);
  vi.advanceTimersByTime(1);
  expect(served).toBe(1);
});

it('who goes while it waits outside harms nobody', async () => {
  let isClosed = true;
  await listening({ isClosed: () => isClosed });
  const patient = await client();
  patient.socket.write(ask);
  await eventually('it waits, too', 2_000, () => connections.size === 1);
  const gone = from('127.0.0.1');
  server.emit('connection', gone);
  gone.emit('error', new Error('reset'));
  expect(gone.destroyed).toBe(true);
  gone.emit('close');
  expect(connections.size).toBe(1);
  isClosed = false;
  await eventually('who stayed is served', 2_000, () => patient.text().includes('ok'));
  expect(served).toBe(1);
});

it('eight requests of one connection may wait for their answers, nine may not', async () => {
  await listening();
  const eight = await client();
  eight.socket.write(ask.repeat(8));
  await eventually('all are answered', 3_000, () => eight.text().split('ok').length === 9);
  eight.socket.write(ask.repeat(8));
  await eventually('and again', 3_000, () => eight.text().split('ok').length === 17);
  const nine = await client();
  nine.socket.write(ask.repeat(9));
  await eventually('it is cut', 3_000, nine.closed);
  expect(nine.text()).toBe('');
});

it('a request is begun when the one before it on its connection was answered', async () => {
  await listening();
  const one = await client();
  one.socket.write(ask.replace('/ ', '/held ').repeat(3));
  for (const count of [1, 2, 3]) {
    await eventually('its turn has come', 3_000, () => waiting.length === 1);
    // Others are served meanwhile.
    const other = await client();
    other.socket.write(ask);
    await eventually('the other is answered', 3_000, () => other.text().includes('ok'));
    expect([requests, waiting.length]).toEqual([2 * count, 1]);
    waiting.splice(0).forEach((send) => send());
  }
  await eventually('all are answered', 3_000, () => one.text().split('ok').length === 4);
});

it('who asks again before it was answered proves nothing by it', async () => {
  await listening();
  const { socket, text } = await client();
  for (const [count, most] of [
    [1, 2],
    [3, 5],
  ] as const) {
    socket.write(ask.repeat(count));
    await eventually('all are answered', 3_000, () => text().split('ok').length === most);
  }
  expect(unproven).toEqual([true, false, true, true]);
});

it('what waits for its turn is not begun when its connection has ended', async () => {
  await listening();
  const { socket, closed } = await client();
  socket.write(ask.replace('/ ', '/last ') + ask);
  await eventually('it has ended', 3_000, closed);
  const next = await client();
  next.socket.write(ask);
  await eventually('another is served', 3_000, () => next.text().includes('ok'));
  expect(requests).toBe(2);
});

it('who does not take its answer is cut, who takes it slowly is not', async () => {
  await listening({ readPatienceMs: 1 });
  const [mute, slow] = [await deaf(), await deaf()];
  const byBits = setInterval(() => {
    slow.socket.resume();
    setTimeout(() => slow.socket.pause(), 1);
  }, 50);
  await eventually('one is left', 10_000, () => connections.size === 1);
  clearInterval(byBits);
  slow.socket.resume();
  await eventually('it has all', 10_000, () => slow.text().length > long.length);
  expect(await isCut(mute)).toBe(true);
});

it('when more waits for slow readers than there is room for, who takes least of it is cut', async () => {
  await listening({ mostUnreadBytes: 50 * mib });
  const first = await deaf();
  await eventually('its answer waits', 3_000, () => requests === 1);
  const second = await deaf();
  await eventually('one is left', 10_000, () => requests === 2 && connections.size === 1);
  expect(await isCut(first)).toBe(true);
  second.socket.resume();
  await eventually('the other has all', 10_000, () => second.text().length > long.length);
});

/** A connection of which so many bytes wait; `take` takes some of those that were sent before. */
function slow(waitingBytes: number): { socket: Socket; take: (bytes: number) => void } {
  const socket = from('203.0.113.1');
  const handle = { writeQueueSize: 0, bytesWritten: 0 };
  const parts = { _handle: handle, bytesWritten: waitingBytes, writableLength: waitingBytes };
  Object.assign(socket, parts);
  return {
    socket,
    take(bytes) {
      handle.bytesWritten += bytes;
      Object.assign(socket, { bytesWritten: handle.bytesWritten + waitingBytes });
    },
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const cut = (...all: { socket: Socket }[]) => all.map(({ socket }) => socket.destroyed);

/** They get an answer one after another, 20 ms apart. */
async function come(...all: Socket[]): Promise<void> {
  for (const socket of all) {
    server.emit('connection', socket);
    await pause(20);
    socket.emit(unread);
  }
}

describe('when too much waits for those who take nothing', () => {
  it('who has waited longest is cut first, and one after another until a quarter is free', async () => {
    await listening({ mostUnreadBytes: 120, isClosed: () => true });
    const all = [slow(40), slow(40), slow(40), slow(1)];
    await come(...all.slice(0, 3).map(({ socket }) => socket));
    expect(cut(...all)).toEqual([false, false, false, false]);
    // A second part that waits makes nobody younger.
    all[0]?.socket.emit(unread);
    await come(all[3]?.socket as Socket);
    expect(cut(...all)).toEqual([true, false, false, false]);
  });

  it('so many are cut that what comes next begins nothing anew', async () => {
    await listening({ mostUnreadBytes: 100, isClosed: () => true });
    const all = [slow(40), slow(40), slow(40)];
    await come(...all.map(({ socket }) => socket));
    expect(cut(...all)).toEqual([true, true, false]);
  });

  it('who takes something stays, though it came before them', async () => {
    await listening({ mostUnreadBytes: 100, isClosed: () => true });
    const [early, late] = [slow(60), slow(60)];
    await come(early.socket);
    early.take(5_000);
    await come(late.socket);
    expect(cut(early, late)).toEqual([false, true]);
  });

  it('an answer that was partly taken counts as a whole', async () => {
    await listening({ mostUnreadBytes: 100, isClosed: () => true });
    const [early, late] = [slow(60), slow(60)];
    await come(early.socket);
    early.take(55);
    Object.assign(early.socket, { bytesWritten: 60 });
    await come(late.socket);
    expect(cut(early, late)).toEqual([false, true]);
  });

  it('nothing that waits for its turn is begun until those who were cut have gone', async () => {
    await listening({ mostUnreadBytes: 100, isClosed: () => true });
    const all = [slow(101), slow(0)];
    await come(all[0]?.socket as Socket);
    expect(cut(...all)).toEqual([true, false]);
    const begun = vi.fn<() => void>();
    const response = Object.assign(new EventEmitter(), { socket: null });
    connections.inTurn({ socket: all[1]?.socket } as never, response as never, begun);
    response.emit('socket');
    await pause(30);
    expect(begun).not.toHaveBeenCalled();
    all[0]?.socket.emit('close');
    await pause(30);
    expect(begun).toHaveBeenCalledOnce();
  });

  it('who has just stopped taking stays before who never began', async () => {
    await listening({ mostUnreadBytes: 100, readPatienceMs: 700, isClosed: () => true });
    const [early, late, last] = [slow(40), slow(50), slow(20)];
    await come(early.socket);
    early.take(50_000);
    await pause(450);
    await come(late.socket);
    // Within the look once a second it is found to take enough, and its time begins anew.
    await pause(650);
    await come(last.socket);
    expect(cut(early, late, last)).toEqual([false, true, false]);
  });
});

it('thirty-two mebibytes may wait for slow readers', async () => {
  await listening({ readPatienceMs: 1e9 });
  const one = await deaf();
  await eventually('it is cut', 5_000, () => requests === 1 && connections.size === 0);
  expect(await isCut(one)).toBe(true);
});

it('there is a number of connections in all, whoever they are of', async () => {
  await listening({ mostInAll: 2 });
  const two = [await client(), await client('127.0.0.2')];
  const third = await client('127.0.0.3');
  await eventually('the third is cut', 2_000, third.closed);
  two.forEach(({ socket }) => socket.write(ask));
  await eventually('the others are served', 2_000, () => two.every(({ text }) => text().includes('ok')));
  two[0]?.socket.destroy();
  await eventually('it is forgotten', 2_000, () => connections.size === 1);
  const next = await client();
  next.socket.write(ask);
  await eventually('there is room again', 2_000, () => next.text().includes('ok'));
  expect(requests).toBe(3);
});
