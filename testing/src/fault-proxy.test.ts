import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFaultProxy } from './fault-proxy.ts';

let server: Server;
let port: number;
let asked = 0;
beforeAll(async () => {
  server = createServer((_request, response) => {
    asked += 1;
    response.end('here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

describe('the fault proxy', () => {
  it('passes, refuses and passes again on the same port', async () => {
    const proxy = await openFaultProxy({ host: '127.0.0.1', port });
    expect(await ask(proxy.port)).toBe('here');
    await proxy.stop();
    await expect(ask(proxy.port)).rejects.toThrow(/fetch failed/);
    await proxy.start();
    expect(await ask(proxy.port)).toBe('here');
    await proxy.close();
  });

  it.each(['there', 'back', 'both'] as const)('swallows %s, until it is told to let it through', async (swallow) => {
    const proxy = await openFaultProxy({ host: '127.0.0.1', port });
    const before = asked;
    proxy.be({ swallow });
    await expect(ask(proxy.port, 200)).rejects.toThrow(/timeout/);
    // One way only: the server acted on what it got, and its answer is what nobody sees.
    expect(asked - before).toBe(swallow === 'back' ? 1 : 0);
    proxy.be({});
    expect(await ask(proxy.port)).toBe('here');
    await proxy.close();
  });

  it('cuts who waits on a connection with a hole once it no longer swallows', async () => {
    const proxy = await openFaultProxy({ host: '127.0.0.1', port });
    proxy.be({ swallow: 'back' });
    setTimeout(() => proxy.be({}), 100);
    await expect(ask(proxy.port, 5_000)).rejects.toThrow(/fetch failed/);
    await proxy.close();
  });

  it('delays each way, in order and within its jitter', async () => {
    const echo = createTcpServer((socket) => socket.pipe(socket));
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const proxy = await openFaultProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
    proxy.be({ delayMs: 60, jitterMs: 40 });
    const socket = connect(proxy.port, '127.0.0.1');
    const began = performance.now();
    const sent = Array.from({ length: 20 }, (_, n) => `piece ${n}\n`);
    for (const piece of sent) {
      socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const sentMs = performance.now() - began;
    socket.end();
    let heard = '';
    let firstMs = 0;
    for await (const chunk of socket) {
      firstMs ||= performance.now() - began;
      heard += String(chunk);
    }
    expect(heard).toBe(sent.join(''));
    expect(firstMs).toBeGreaterThanOrEqual(119);
    // Pieces are kept beside each other, not one after the other.
    expect(performance.now() - began).toBeLessThan(sentMs + 1_000);
    await proxy.close();
    echo.close();
  });

  it('cuts in the middle of an answer, after as many bytes as it was told', async () => {
    const proxy = await openFaultProxy({ host: '127.0.0.1', port });
    proxy.be({ cutAfterBytes: 20 });
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    let heard = '';
    socket.on('data', (chunk) => (heard += String(chunk)));
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect([heard, error.code]).toEqual(['HTTP/1.1 200 OK\r\nDat', 'ECONNRESET']);
    proxy.be({});
    expect(await ask(proxy.port)).toBe('here');
    expect(proxy.taken).toBe(2);
    await proxy.close();
  });
});

async function ask(at: number, withinMs = 2_000): Promise<string> {
  return (await fetch(`http://127.0.0.1:${at}/show`, { signal: AbortSignal.timeout(withinMs) })).text();
}
