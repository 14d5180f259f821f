// A server that answers plain requests, beside the same of Node. Not part of the product.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, vi } from 'vitest';
import { lean } from '../incoming.ts';
import { NodeTransport, type Transport } from '../transport.ts';
import { readPlain } from './plain-requests.ts';
import type { PlainTransport } from './plain-transport.ts';

export let server: Server;
export const clients: Socket[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  server.closeAllConnections();
  server.close();
});

export type Answerer = (transport: Transport, count: number) => void;
type Ways = (server: Server) => void;

export const ok: Answerer = (transport) => transport.send(200, 'Content-Length: 2\r\n', 'ok', true);
export const ask = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n';
export const post = 'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc';

/** Starts a server that answers by `answer`; gives what was read past Node (`plain`) and by it (`nodes`). */
export async function serving(
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

export interface Client {
  socket: Socket;
  /** All that came. */
  text: string;
  isClosed: boolean;
}

export async function open(): Promise<Client> {
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
export function eventually(holds: () => void): Promise<void> {
  return vi.waitFor(holds, { timeout: 10_000, interval: 5 });
}

/** The answers to one text, until `many` are there. */
export async function answersTo(text: string, many = 1): Promise<string> {
  const client = await open();
  client.socket.write(Buffer.from(text, 'latin1'));
  await eventually(() => expect(client.text.match(/HTTP\/1\.1 \d/g)?.length).toBe(many));
  await new Promise((resolve) => setTimeout(resolve, 20));
  if (client.isClosed) client.text += '[closed]';
  // What Node says of its own time is no more than a hint.
  return client.text.replaceAll(/Date: .*\r\n/g, 'Date: …\r\n').replaceAll(/Keep-Alive: .*\r\n/g, '');
}

export async function* oneAndTwo(): AsyncGenerator<string | Uint8Array> {
  yield await Promise.resolve('one');
  yield Buffer.from('two');
}
