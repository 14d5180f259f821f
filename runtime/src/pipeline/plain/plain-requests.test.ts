import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { lean } from '../incoming.ts';
import { NodeTransport, type Transport, unread } from '../transport.ts';
import { readPlain } from './plain-requests.ts';
import { PlainTransport } from './plain-transport.ts';

let server: Server;
const clients: Socket[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  server.closeAllConnections();
  server.close();
});

type Answerer = (transport: Transport, count: number) => void;
type Ways = (server: Server) => void;

const ok: Answerer = (transport) => transport.send(200, 'Content-Length: 2\r\n', 'ok', true);
const ask = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n';
const post = 'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc';

/** Starts a server that answers by `answer`; gives what was read past Node (`plain`) and by it (`nodes`). */
async function serving(
  answer: Answerer,
  { isPlain = true, set = () => undefined }: { isPlain?: boolean; set?: Ways } = {},
): Promise<{ plain: PlainTransport[]; nodes: NodeTransport[] }> {
  const came = { plain: [] as PlainTransport[], nodes: [] as NodeTransport[] };
  const count = (): number => came.plain.length + came.nodes.length;
  server = createServer(lean, (request: IncomingMessage, response) => {
    const transport = new NodeTransport(request, response);
    came.nodes.push(transport);
    answer(transport, count());
  });
  set(server);
  if (isPlain)
    readPlain(server, (transport) => {
      if (transport.target.startsWith('/node')) return false;
      came.plain.push(transport);
      answer(transport, count());
      return true;
    });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return came;
}

interface Client {
  socket: Socket;
  /** All that came. */
  text: string;
  isClosed: boolean;
}

async function open(): Promise<Client> {
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  clients.push(socket);
  const client: Client = { socket, text: '', isClosed: false };
  socket.on('data', (chunk: Buffer) => (client.text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('end', () => (client.isClosed = true));
  socket.on('close', () => (client.isClosed = true));
  await once(socket, 'connect');
  return client;
}

/** Until it holds, or for 10 s. */
function eventually(holds: () => void): Promise<void> {
  return vi.waitFor(holds, { timeout: 10_000, interval: 5 });
}

/** The answers to one text, until `many` are there. */
async function answersTo(text: string, many = 1): Promise<string> {
  const client = await open();
  client.socket.write(Buffer.from(text, 'latin1'));
  await eventually(() => expect(client.text.match(/HTTP\/1\.1 \d/g)?.length).toBe(many));
  await new Promise((resolve) => setTimeout(resolve, 20));
  // What Node says of its own time is no more than a hint.
  return client.text.replaceAll(/Date: .*\r\n/g, 'Date: …\r\n').replaceAll(/Keep-Alive: .*\r\n/g, '');
}

describe('an answer is the same, byte by byte, as one of Node’s', () => {
  const answers: [name: string, text: string, answer: Answerer][] = [
    ['to GET', ask, ok],
    ['to HEAD', ask.replace('GET', 'HEAD'), ok],
    ['without a body', ask, (transport) => transport.send(204, 'X-A: 1\r\n', undefined)],
    ['of 204 with one', ask, (transport) => transport.send(204, '', 'none', true)],
    ['of 304 with one', ask, (transport) => transport.send(304, 'ETag: "1"\r\n', 'none', true)],
    ['of letters beyond ASCII', ask, (transport) => transport.send(200, 'Content-Length: 4\r\n', 'äö')],
    ['of bytes', ask, (transport) => transport.send(200, 'Content-Length: 2\r\n', Uint8Array.of(0xff, 0x00))],
    ['of a long text', ask, (t) => t.send(200, 'Content-Length: 70000\r\n', 'x'.repeat(70_000), true)],
    ['that ends the connection', ask, (transport) => (transport.endConnection(), ok(transport, 0))],
    [
      'in pieces',
      ask,
      (transport) =>
        transport.stream(
          200,
          'Content-Type: a/b\r\n',
          (async function* () {
            yield 'one';
            yield Buffer.from('two');
          })(),
          1_000,
        ),
    ],
    [
      'that echoes the body',
      post,
      (transport) =>
        transport.readBody(3, (bytes) => transport.send(200, 'Content-Length: 3\r\n', bytes?.toString(), true)),
    ],
  ];
  it.each(answers)('%s', async (_, text, answer) => {
    const came = await serving(answer);
    const ours = await answersTo(text);
    expect(came.plain.length).toBe(1);
    expect(came.nodes.length).toBe(0);
    server.closeAllConnections();
    server.close();
    await serving(answer, { isPlain: false });
    expect(ours).toBe(await answersTo(text));
  });
});

it('what a request says is what Node says of it', async () => {
  const said: unknown[] = [];
  const names = ['host', 'x-odd', 'cookie', 'content-length', 'accept', 'constructor', 'toString'];
  const came = await serving((transport) => {
    const { method, fields, hasBody, address, peer, scheme, isUnproven, gone } = transport;
    const headers = names.map((name) => transport.header(name));
    said.push({ method, fields, hasBody, address, peer, scheme, isUnproven, gone, headers });
    ok(transport, 0);
  });
  const lines = 'X-Odd: a, b\r\nCookie: a=b\r\nContent-Length: 3\r\n';
  await answersTo(`POST /a?b HTTP/1.1\r\nHost: a\r\n${lines}\r\nabc`);
  await answersTo(`POST /node?b HTTP/1.1\r\nHost: a\r\n${lines}\r\nabc`);
  expect([came.plain[0]?.target, came.nodes[0]?.target]).toEqual(['/a?b', '/node?b']);
  expect(said[0]).toMatchObject({ method: 'POST', hasBody: true, peer: '127.0.0.1', isUnproven: true });
  expect(said[0]).toEqual(said[1]);
});

it('a proxy’s caller is its own', async () => {
  const came = await serving((transport) => {
    if (transport instanceof PlainTransport) transport.caller = { address: '203.0.113.9', scheme: 'https' };
    ok(transport, 0);
  });
  await answersTo(ask);
  expect(came.plain[0]).toMatchObject({ address: '203.0.113.9', peer: '127.0.0.1', scheme: 'https' });
});

describe('a body', () => {
  const faults: unknown[] = [];
  const pieces: string[] = [];
  it.each([
    ['of no more than is taken', 3, [undefined]],
    ['of more', 2, ['too-large']],
  ])('%s', async (_, most, expected) => {
    faults.length = 0;
    await serving((transport) =>
      transport.readBody(most, (__, fault) => {
        faults.push(fault);
        ok(transport, 0);
      }),
    );
    await answersTo(post);
    expect(faults).toEqual(expected);
  });

  it.each([
    ['of no more than is taken', post, 3, [undefined], ['abc']],
    ['of more', post, 2, ['too-large'], []],
    ['that is not there', ask, 2, [undefined], []],
  ] as const)('in pieces, %s', async (...[, text, most, expected, taken]) => {
    faults.length = 0;
    pieces.length = 0;
    await serving((transport) =>
      transport.readPieces(
        most,
        async (bytes) => pieces.push(bytes.toString()) > 0,
        (fault) => {
          faults.push(fault);
          ok(transport, 0);
        },
      ),
    );
    await answersTo(text);
    expect(faults).toEqual(expected);
    expect(pieces).toEqual(taken);
  });
});

describe('a connection goes on with Node', () => {
  it.each([
    ['a body that comes later', post.slice(0, -1), 'c', 1],
    ['a head that comes later', ask.slice(0, 20), ask.slice(20), 1],
    ['two requests at once', ask + ask, '', 2],
    ['what is not plain', ask.replace('\r\n\r\n', '\r\nX: \xe4\r\n\r\n'), '', 1],
    ['what nobody takes', ask.replace('/a', '/node'), '', 1],
    ['a request that ends it', ask.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'), '', 1],
  ])('at %s, and nothing is lost', async (_, text, rest, many) => {
    const came = await serving(ok);
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(client.text).toContain('ok'));
    client.socket.write(Buffer.from(text, 'latin1'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    client.socket.write(rest);
    await eventually(() => expect(client.text.match(/HTTP\/1\.1 200 /g)?.length).toBe(1 + many));
    expect(came.plain.length).toBe(1);
    expect(came.nodes.length).toBe(many);
  });

  it('when it says nothing for half a second', async () => {
    const came = await serving(ok);
    const client = await open();
    await new Promise((resolve) => setTimeout(resolve, 700));
    client.socket.write(ask);
    await eventually(() => expect(client.text).toContain('ok'));
    expect([came.plain.length, came.nodes.length]).toEqual([0, 1]);
  });

  it('which refuses what is no HTTP', async () => {
    const faults: unknown[] = [];
    await serving(ok);
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      faults.push(error.code);
      socket.destroy();
    });
    const client = await open();
    client.socket.write('nonsense\r\n\r\n');
    await eventually(() => expect(client.isClosed).toBe(true));
    expect(faults).toEqual(['HPE_INVALID_METHOD']);
  });
});

describe('what comes before the answer to what came before it', () => {
  it('waits, is early, and is answered in order', async () => {
    const seen: [target: string, isUnproven: boolean][] = [];
    const came = await serving((transport) => {
      seen.push([transport.target, transport.isUnproven]);
      setTimeout(() => transport.send(200, 'Content-Length: 2\r\n', transport.target, true), 50);
    });
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(seen.length).toBe(1));
    client.socket.write(ask.replace('/a', '/b'));
    await eventually(() => expect(client.text).toMatch(/\/a.*\/b$/s));
    client.socket.write(ask.replace('/a', '/c'));
    await eventually(() => expect(client.text).toMatch(/\/c$/));
    expect(seen).toEqual([
      ['/a', true],
      ['/b', true],
      ['/c', false],
    ]);
    expect(came.plain.length).toBe(3);
  });

  it('is early for Node, too', async () => {
    const seen: [target: string, isUnproven: boolean][] = [];
    await serving((transport) => {
      seen.push([transport.target, transport.isUnproven]);
      setTimeout(() => ok(transport, 0), 50);
    });
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(seen.length).toBe(1));
    client.socket.write(ask.replace('/a', '/node'));
    await eventually(() => expect(client.text.match(/ok/g)?.length).toBe(2));
    client.socket.write(ask.replace('/a', '/node'));
    await eventually(() => expect(client.text.match(/ok/g)?.length).toBe(3));
    expect(seen).toEqual([
      ['/a', true],
      ['/node', true],
      ['/node', false],
    ]);
  });

  it('is kept whole, however many pieces it has', async () => {
    const came = await serving((transport) => void setTimeout(() => ok(transport, 0), 100));
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(came.plain.length).toBe(1));
    client.socket.setNoDelay();
    for (const piece of [ask.slice(0, 9), ask.slice(9)]) {
      client.socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await eventually(() => expect(client.text.match(/ok/g)?.length).toBe(2));
  });
});

describe('the end of a connection', () => {
  it('comes with the answer that is the last of so many', async () => {
    await serving(ok, { set: (of) => (of.maxRequestsPerSocket = 2) });
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(client.text).toContain('ok'));
    expect(client.text).not.toContain('Connection: close');
    client.socket.write(ask);
    await eventually(() => expect(client.isClosed).toBe(true));
    expect(client.text.match(/ok/g)?.length).toBe(2);
    expect(client.text).toContain('Connection: close');
  });

  it('comes a second after its time without a request, and not before its answer', async () => {
    const came = await serving((transport, count) => void (count === 1 && setTimeout(() => ok(transport, 0), 1_500)), {
      set: (of) => (of.keepAliveTimeout = 100),
    });
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(came.plain.length).toBe(1));
    await eventually(() => expect(client.text).toContain('ok'));
    const answeredMs = performance.now();
    expect(client.isClosed).toBe(false);
    await eventually(() => expect(client.isClosed).toBe(true));
    expect(performance.now() - answeredMs).toBeGreaterThan(900);
  });

  it.each([
    ['idle ones', (of: Server) => of.closeIdleConnections(), [true, false]],
    ['all', (of: Server) => of.closeAllConnections(), [true, true]],
  ])('is made of %s', async (_, close, closed) => {
    await serving((transport) => transport.target === '/a' && ok(transport, 0));
    const idle = await open();
    const busy = await open();
    idle.socket.write(ask);
    busy.socket.write(ask.replace('/a', '/busy'));
    await eventually(() => expect(idle.text).toContain('ok'));
    close(server);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([idle.isClosed, busy.isClosed]).toEqual(closed);
  });

  it('is that of the caller, who is not answered then', async () => {
    const came = await serving(() => undefined);
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(came.plain[0]?.gone).toBe(false));
    client.socket.end();
    await eventually(() => expect(came.plain[0]?.gone).toBe(true));
    came.plain[0]?.send(200, 'Content-Length: 2\r\n', 'ok', true);
    await eventually(() => expect(client.isClosed).toBe(true));
    expect(client.text).toBe('');
  });

  it('is no error of ours', async () => {
    const came = await serving(() => undefined);
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(came.plain.length).toBe(1));
    client.socket.resetAndDestroy();
    await eventually(() => expect(came.plain[0]?.gone).toBe(true));
  });
});

it('an answer is given once', async () => {
  await serving((transport) => {
    ok(transport, 0);
    ok(transport, 0);
  });
  expect((await answersTo(ask)).match(/ok/g)?.length).toBe(1);
});

it('tells that a part of an answer waits for its reader', async () => {
  let told = 0;
  await serving((transport) => {
    (transport.connection as Socket).on(unread, () => (told += 1));
    transport.send(200, `Content-Length: ${32 << 20}\r\n`, 'x'.repeat(32 << 20), true);
  });
  const client = await open();
  client.socket.pause();
  client.socket.write(ask);
  await eventually(() => expect(told).toBe(1));
});

async function* counting(pieces: number, made: number[], size: number): AsyncGenerator<string> {
  for (let n = 0; n < pieces; n++) {
    made.push(n);
    yield String(n % 10).repeat(size);
  }
}

async function* onAndOn(over: () => void): AsyncGenerator<string> {
  try {
    for (;;) {
      yield 'a';
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  } finally {
    over();
  }
}

async function* oneAndNoMore(): AsyncGenerator<string> {
  yield 'a';
  await new Promise(() => undefined);
}

async function* oneAndFailing(): AsyncGenerator<string> {
  yield await Promise.resolve('a');
  throw new Error('no more');
}

describe('an answer in pieces', () => {
  it('is made as its reader takes it, and the connection goes on', async () => {
    const made: number[] = [];
    const came = await serving((transport, count) => {
      if (count === 1) transport.stream(200, '', counting(200, made, 256 * 1024), 10_000);
      else ok(transport, 0);
    });
    const client = await open();
    client.socket.pause();
    client.socket.write(ask);
    await eventually(() => expect(made.length).toBeGreaterThan(1));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(made.length).toBeLessThan(100);
    client.socket.resume();
    await eventually(() => expect(client.text.endsWith('0\r\n\r\n')).toBe(true));
    client.text = '';
    client.socket.write(ask);
    await eventually(() => expect(client.text).toContain('ok'));
    expect(came.plain.length).toBe(2);
  });

  it('ends when its reader goes', async () => {
    const over = vi.fn<() => void>();
    await serving((transport) => transport.stream(200, '', onAndOn(over), 10_000));
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(client.text).toContain('a'));
    client.socket.destroy();
    await eventually(() => expect(over).toHaveBeenCalledOnce());
  });

  it('is cut off after so long without a byte', async () => {
    await serving((transport) => {
      transport.stream(200, '', oneAndNoMore(), 200);
    });
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(client.isClosed).toBe(true));
    expect(client.text).not.toContain('\r\n0\r\n');
  });

  it('is cut off when it cannot be made', async () => {
    await serving((transport) => {
      transport.stream(200, '', oneAndFailing(), 1_000);
    });
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(client.isClosed).toBe(true));
    expect(client.text).not.toContain('\r\n0\r\n');
  });
});
