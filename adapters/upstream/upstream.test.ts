// The laws of the port, against servers that behave as the worst do.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import { type Upstream, UpstreamFailure } from '@plinth/runtime/ports';
import { eventually } from '@plinth/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { openUpstream } from './index.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

describe('an upstream', () => {
  it('is sent once what was asked, and its whole answer comes back (laws 1, 4)', async () => {
    const seen: string[] = [];
    const upstream = await httpServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${String(request.headers['x-a'])}`);
      response.writeHead(302, { location: '/elsewhere', 'set-cookie': 'a=b' }).end('{"a":1}');
    });
    const answer = await upstream.send({
      ...get,
      method: 'POST',
      target: '/a%2Fb?c=d',
      headers: ['x-a', '1'],
      body: '{}',
    });
    expect([answer.status, answer.headers['location'], answer.body.toString()]).toEqual([302, '/elsewhere', '{"a":1}']);
    expect(seen).toEqual(['POST /a%2Fb?c=d 1']);
  });

  it('that accepts and says nothing is given up in time, as sent (laws 2, 3)', async () => {
    const upstream = await tcpServer(() => undefined);
    const started = performance.now();
    const failure = await failureOf(upstream.send({ ...get, timeoutMs: 200 }));
    expect(failure).toMatchObject({ fault: 'timeout', wasSent: true });
    expect(performance.now() - started).toBeLessThan(400);
  });

  it('that drips its answer is given up in time (law 2)', async () => {
    const upstream = await tcpServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await failureOf(upstream.send({ ...get, timeoutMs: 200 }))).toMatchObject({ fault: 'timeout' });
  });

  it('that is not there was never sent anything (law 3)', async () => {
    const server = createTcpServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const upstream = openUpstream({ origin: `http://127.0.0.1:${port}` });
    open.push(upstream);
    expect(await failureOf(upstream.send(get))).toMatchObject({ fault: 'connect', wasSent: false });
  });

  it('that takes no connection is given up after a second, long before the call is, unsent (law 3)', async () => {
    // Stopped, it accepts nothing; the kernel keeps two for it and answers no third.
    const script =
      'require("net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, function () { console.log(this.address().port) })';
    const stopped = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    open.push({ close: () => stopped.kill('SIGKILL') });
    const [line] = (await once(stopped.stdout, 'data')) as [Buffer];
    stopped.kill('SIGSTOP');
    const port = Number(line.toString());
    const before = [1, 2, 3].map(() => connect(port, '127.0.0.1').on('error', () => undefined));
    open.push({ close: () => before.forEach((socket) => socket.destroy()) });
    await eventually('the queue is full', 20_000, () =>
      Promise.resolve(before.filter(({ connecting }) => !connecting).length === 2),
    );
    const upstream = openUpstream({ origin: `http://127.0.0.1:${port}` });
    open.push(upstream);
    const started = performance.now();
    expect(await failureOf(upstream.send({ ...get, timeoutMs: 25_000 }))).toMatchObject({
      fault: 'connect',
      wasSent: false,
    });
    expect(performance.now() - started).toBeGreaterThan(900);
    expect(performance.now() - started).toBeLessThan(3_000);
  }, 60_000);

  it.each([
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
    ['ends in the middle', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab')],
    ['speaks something else', (socket: Socket) => socket.end('220 mail ready\r\n')],
    [
      'says too much',
      (socket: Socket) => socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n${'x'.repeat(3000)}`),
    ],
  ])('that %s gave no answer, and may have acted (laws 3, 4)', async (_, reply) => {
    const upstream = await tcpServer((socket) => socket.once('data', () => reply(socket)), { mostAnswerBytes: 2000 });
    expect(await failureOf(upstream.send(get))).toMatchObject({ fault: 'broken', wasSent: true });
  });

  it('that is stuck keeps no other one waiting (law 5)', async () => {
    const connected: Socket[] = [];
    const stuck = await tcpServer((socket) => connected.push(socket), { connections: 2 });
    const holding = [1, 2].map(() => failureOf(stuck.send({ ...get, timeoutMs: 600_000 })));
    await eventually('both are at the stuck one', 20_000, () => Promise.resolve(connected.length === 2));
    const waiting = Array.from({ length: 8 }, () => failureOf(stuck.send({ ...get, timeoutMs: 200 })));
    const quick = await httpServer((_, response) => response.end('ok'));
    expect(await quick.send({ ...get, timeoutMs: 20_000 })).toMatchObject({ status: 200 });
    // They waited for a connection and left without a byte; the two are still there.
    for (const failure of await Promise.all(waiting))
      expect(failure).toMatchObject({ fault: 'timeout', wasSent: false });
    expect(connected.filter(({ destroyed }) => !destroyed)).toHaveLength(2);
    for (const socket of connected) socket.resetAndDestroy();
    for (const failure of await Promise.all(holding)) expect(failure).toMatchObject({ fault: 'broken', wasSent: true });
  });

  it('that is free too late is sent nothing that nobody waits for (laws 2, 3)', async () => {
    const seen: string[] = [];
    const upstream = await httpServer(
      (request, response) => {
        seen.push(request.url ?? '');
        setTimeout(() => response.end('ok'), 211);
      },
      { connections: 1 },
    );
    const first = upstream.send({ ...get, target: '/first', timeoutMs: 20_000 });
    // Its time ends between two looks at the clocks, and the connection is free in between.
    const second = await failureOf(upstream.send({ ...get, target: '/second', timeoutMs: 205 }));
    expect(second).toMatchObject({ fault: 'timeout', wasSent: false });
    expect(await first).toMatchObject({ status: 200 });
    expect(seen).toEqual(['/first']);
  });
});

const get = { method: 'GET', target: '/', headers: [] as string[], timeoutMs: 2_000 };

type Options = Partial<Parameters<typeof openUpstream>[0]>;

function upstreamOf(server: Server | TcpServer, options: Options = {}): Upstream {
  const upstream = openUpstream({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ...options });
  open.push(upstream);
  return upstream;
}

async function httpServer(listener: RequestListener, options: Options = {}): Promise<Upstream> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({ close: () => (server.closeAllConnections(), server.close()) });
  return upstreamOf(server, options);
}

async function tcpServer(connected: (socket: Socket) => unknown, options: Options = {}): Promise<Upstream> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    connected(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({ close: () => (sockets.forEach((socket) => socket.destroy()), server.close()) });
  return upstreamOf(server, options);
}

async function failureOf(sent: Promise<unknown>): Promise<UpstreamFailure> {
  const error: unknown = await sent.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UpstreamFailure);
  return error as UpstreamFailure;
}
