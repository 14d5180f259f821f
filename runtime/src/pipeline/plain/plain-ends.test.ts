import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { openRawClient, type RawClient } from '@plinth/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ask, oneAndTwo, ok, port, server, serving, stop } from './test-plain.ts';

afterEach(stop);

function open(): Promise<RawClient> {
  return openRawClient(port());
}

/** Until it holds, or for 10 s. */
function eventually(holds: () => void): Promise<void> {
  return vi.waitFor(holds, { timeout: 10_000, interval: 5 });
}

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

  it('does not come where connections stay open for ever', async () => {
    await serving(ok, { set: (of) => (of.keepAliveTimeout = 0) });
    const client = await open();
    client.socket.write(ask);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect(client.isClosed).toBe(false);
  });

  it('is the end of it', async () => {
    const came = await serving(ok);
    const client = await open();
    client.socket.write(ask);
    await eventually(() => expect(client.text).toContain('ok'));
    client.socket.destroy();
    const [asked] = came.plain;
    const socket = asked?.connection as Socket;
    await eventually(() => expect(socket.closed).toBe(true));
    const destroy = vi.spyOn(socket, 'destroy');
    server.closeAllConnections();
    expect(destroy).not.toHaveBeenCalled();
  });

  it('is not made before the first request', async () => {
    const came = await serving(ok);
    const client = await open();
    server.closeIdleConnections();
    client.socket.write(ask);
    await eventually(() => expect(client.text).toContain('ok'));
    expect(came.plain.length).toBe(1);
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

  it('may follow another, and the connection stays open as long as before', async () => {
    const came = await serving((transport) => transport.stream(200, '', oneAndTwo(), 100));
    const client = await open();
    for (let n = 1; n <= 3; n++) {
      client.socket.write(ask);
      await eventually(() => expect(client.text.match(/\r\n0\r\n/g)?.length).toBe(n));
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(came.plain.length).toBe(3);
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
