import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { eventually } from '@plinth/testing';
import { afterEach, expect, it } from 'vitest';
import { Connections, type ConnectionsOptions } from './connections.ts';

let server: Server;
let connections: Connections;
const clients: Socket[] = [];
let requests = 0;

async function listening(options: Partial<ConnectionsOptions> = {}): Promise<void> {
  requests = 0;
  connections = new Connections({ isClosed: () => false, ...options });
  server = createServer((request, response) => {
    if (connections.isCrowded(request.socket, response)) {
      request.socket.destroy();
      return;
    }
    requests += 1;
    setTimeout(() => response.end('ok'), 50);
  });
  connections.guard(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

afterEach(async () => {
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
  expect(requests).toBe(2);
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
