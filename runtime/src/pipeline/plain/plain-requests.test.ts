import type { Socket } from 'node:net';
import { openRawClient, type RawClient } from '@plinth/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { unread } from '../transport.ts';
import { PlainTransport } from './plain-transport.ts';
import { type Answerer, ask, oneAndTwo, ok, port, post, server, serving, stop } from './test-plain.ts';

afterEach(stop);

function open(): Promise<RawClient> {
  return openRawClient(port());
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
  if (client.isClosed) client.text += '[closed]';
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
    [
      'with a date of its own',
      ask,
      (transport) => {
        transport.sendDate = false;
        transport.send(200, 'Date: Tue, 24 Nov 2026 12:00:00 GMT\r\nContent-Length: 2\r\n', 'ok', true);
      },
    ],
    ['that ends the connection', ask, (transport) => (transport.endConnection(), ok(transport, 0))],
    ['in pieces', ask, (transport) => transport.stream(200, 'Content-Type: a/b\r\n', oneAndTwo(), 1_000)],
    [
      'in pieces, that ends the connection',
      ask,
      (transport) => {
        transport.endConnection();
        transport.stream(200, 'Content-Type: a/b\r\n', oneAndTwo(), 1_000);
      },
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

  it('as if it had been Node’s from the beginning', async () => {
    const events = ['timeout', 'error', 'end', 'close', 'data', 'drain'];
    const heard: unknown[] = [];
    const answer: Answerer = (transport) => {
      const socket = transport.connection as Socket;
      heard.push({ events: events.map((name) => socket.listenerCount(name)), ms: socket.timeout ?? 0 });
      heard.push(transport.isUnproven);
      ok(transport, 0);
    };
    await serving(answer);
    const client = await open();
    client.socket.write(ask.replace('/a', '/node'));
    await eventually(() => expect(client.text).toContain('ok'));
    server.closeAllConnections();
    server.close();
    await serving(answer, { isPlain: false });
    await answersTo(ask);
    expect(heard.slice(0, 2)).toEqual(heard.slice(2));
  });

  it('and is proven there', async () => {
    const seen: boolean[] = [];
    await serving((transport) => {
      seen.push(transport.isUnproven);
      ok(transport, 0);
    });
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(client.text).toContain('ok'));
    client.socket.write(ask.replace('/a', '/node'));
    await eventually(() => expect(client.text.match(/ok/g)?.length).toBe(2));
    expect(seen).toEqual([true, false]);
  });

  it('and is not ended with those that are read past it', async () => {
    const came = await serving((transport) => void setTimeout(() => ok(transport, 0), 100));
    const client = await open();
    client.socket.write(ask.replace('/a', '/node'));
    await eventually(() => expect(came.nodes.length).toBe(1));
    server.closeIdleConnections();
    await eventually(() => expect(client.text).toContain('ok'));
  });

  it('when it says nothing for a quarter of a second', async () => {
    const came = await serving(ok);
    const client = await open();
    await new Promise((resolve) => setTimeout(resolve, 400));
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

  it('is not read without end', async () => {
    const came = await serving(() => undefined);
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(came.plain.length).toBe(1));
    client.socket.write(Buffer.alloc(64 << 20, 'a'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(client.socket.writableLength).toBeGreaterThan(32 << 20);
  });

  it('is neither lost nor ended between two answers', async () => {
    const came = await serving((transport, count) => {
      setTimeout(() => {
        ok(transport, 0);
        if (count === 1) server.closeIdleConnections();
      }, 50);
    });
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(came.plain.length).toBe(1));
    client.socket.write(ask);
    await eventually(() => expect(client.text.match(/ok/g)?.length).toBe(2));
  });

  it('is not begun when its caller has gone', async () => {
    const came = await serving((transport) => {
      setTimeout(() => {
        ok(transport, 0);
        server.closeAllConnections();
      }, 50);
    });
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(came.plain.length).toBe(1));
    client.socket.write(ask);
    await eventually(() => expect(client.isClosed).toBe(true));
    expect(came.plain.length).toBe(1);
  });

  it('is not begun while the answer before it waits for its reader', async () => {
    const long = 'x'.repeat(32 << 20);
    const came = await serving((transport) => transport.send(200, `Content-Length: ${long.length}\r\n`, long, true));
    const client = await open();
    client.socket.pause();
    client.socket.write(ask);
    await eventually(() => expect(came.plain.length).toBe(1));
    client.socket.write(ask);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(came.plain.length).toBe(1);
    client.socket.resume();
    await eventually(() => expect(came.plain.length).toBe(2));
    expect(came.nodes.length).toBe(0);
  });

  it('makes nobody else early when it is no request yet', async () => {
    const seen: [target: string, isUnproven: boolean][] = [];
    await serving((transport) => {
      seen.push([transport.target, transport.isUnproven]);
      setTimeout(() => ok(transport, 0), 50);
    });
    const other = await open();
    other.socket.write(ask.replace('/a', '/node'));
    await eventually(() => expect(other.text).toContain('ok'));
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(seen.length).toBe(2));
    client.socket.write(ask.slice(0, 9));
    await eventually(() => expect(client.text).toContain('ok'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    other.socket.write(ask.replace('/a', '/node'));
    await eventually(() => expect(seen.length).toBe(3));
    expect(seen[2]).toEqual(['/node', false]);
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

it('an answer in pieces is the answer', async () => {
  await serving((transport) => {
    transport.stream(200, '', oneAndTwo(), 1_000);
    expect(transport.gone).toBe(true);
    ok(transport, 0);
  });
  expect(await answersTo(ask)).toMatch(/onetwo/);
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
