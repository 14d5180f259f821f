// A server that answers plain requests, beside the same of Node. Not part of the product.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lean } from '../incoming.ts';
import { NodeTransport, type Transport } from '../transport.ts';
import { readPlain } from './plain-requests.ts';
import type { PlainTransport } from './plain-transport.ts';

export let server: Server;

export function stop(): void {
  server.closeAllConnections();
  server.close();
}

export function port(): number {
  return (server.address() as AddressInfo).port;
}

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

export async function* oneAndTwo(): AsyncGenerator<string | Uint8Array> {
  yield await Promise.resolve('one');
  yield Buffer.from('two');
}
