import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { eventually } from '@plinth/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { NodeTransport, setEarly, unread } from './transport.ts';

let server: Server;
let client: Socket;

afterEach(() => {
  vi.useRealTimers();
  client.destroy();
  server.closeAllConnections();
  server.close();
});

/** Sends the text over one connection; `take` sees each request. */
async function asked(text: string, take: (transport: NodeTransport, count: number) => void): Promise<void> {
  let count = 0;
  server = createServer((request, response) => {
    count += 1;
    if (count === 3) setEarly(request);
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
