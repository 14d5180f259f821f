// A connection without a client library: what is sent is bytes, and what comes is text.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawClient {
  socket: Socket;
  /** All that came, a letter for each byte. */
  text: string;
  /** The other side sends no more. */
  isClosed: boolean;
}

/** Connects to a port of this machine. It stays when the other side ends; errors only close it. */
export async function openRawClient(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const client: RawClient = { socket, text: '', isClosed: false };
  socket.on('data', (chunk: Buffer) => (client.text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('end', () => (client.isClosed = true));
  socket.on('close', () => (client.isClosed = true));
  await once(socket, 'connect');
  return client;
}
