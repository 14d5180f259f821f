// HTTP as bytes on a socket: what no client library would send, and what comes back.

import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** Statuses of the answers, in order; 100 is not counted. */
  statuses: number[];
  text: string;
  /** The server ended the connection. */
  closed: boolean;
}

/**
 * Sends bytes and collects what comes until the server closes, is quiet for `quietMs`, or `isOne` answer came. Never
 * rejects.
 */
export function sendRaw(
  port: number,
  bytes: string | Uint8Array,
  { quietMs = 400, isOne = false }: { quietMs?: number; isOne?: boolean } = {},
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    const done = (closed: boolean): void => {
      socket.destroy();
      resolve({ statuses: statusesOf(text), text, closed });
    };
    socket.setTimeout(quietMs, () => done(false));
    socket.on('error', () => done(true));
    socket.on('close', () => done(true));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (isOne && statusesOf(text).length > 0) done(false);
    });
    socket.on('connect', () => socket.write(bytes));
  });
}

function statusesOf(text: string): number[] {
  const found = [...text.matchAll(/(?:^|\r\n|\}|\])HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  return found.filter((status) => status !== 100);
}

/** Connects; rejects when that is refused. `from`: an address of this machine (127.0.0.2 …). */
export function openRaw(port: number, from = '127.0.0.1'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}
