// A TCP proxy that fails on command, before a database or any other server: refuses, cuts, or swallows.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net';

/** `before`: the other side never gets it; `during`: it gets it; `after`: it has answered, and the answer is lost. */
export type CutTime = 'before' | 'during' | 'after';

export interface FaultProxy {
  /** Port on 127.0.0.1; the same after `start`. */
  readonly port: number;
  /** Cuts all connections and refuses new ones. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Accepts connections and lets nothing through, in either direction, until called with false. */
  swallow(on: boolean): void;
  /** Ends what is connected now. */
  cut(): void;
  /** Ends the connection that is next to say `text` in one piece; resolves when it has. */
  cutAt(text: string, when: CutTime): Promise<void>;
  close(): Promise<void>;
}

/** Stands before `target`: `{ host, port }`, or `{ path }` of a socket. */
export async function openFaultProxy(target: NetConnectOpts): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  let swallows = false;
  let trap: { text: string; when: CutTime; sprung: () => void } | undefined;
  const track = (socket: Socket): void => {
    sockets.add(socket);
    // Either side may go first; the other follows.
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    track(near);
    if (swallows) {
      near.resume();
      return;
    }
    const far = connect(target);
    track(far);
    near.on('data', (chunk: Buffer) => {
      if (trap === undefined || !chunk.includes(trap.text)) return;
      const { when, sprung } = trap;
      trap = undefined;
      const spring = (): void => {
        near.destroy();
        sprung();
      };
      // What is destroyed is sent nothing more: the listeners below come after these.
      if (when === 'after') far.prependOnceListener('data', spring);
      else spring();
      if (when === 'before') far.destroy();
    });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (chunk) => {
        if (!swallows && !to.destroyed && !to.write(chunk)) from.pause();
      });
      to.on('drain', () => from.resume());
      from.on('end', () => to.end());
      from.on('close', () => to.destroy());
    }
  });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const listen = async (at: number): Promise<void> => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
  };
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    cut();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    cut,
    cutAt(text, when) {
      const { promise, resolve } = Promise.withResolvers<void>();
      trap = { text, when, sprung: resolve };
      return promise;
    },
    stop,
    start: () => listen(port),
    swallow(on) {
      swallows = on;
    },
    close: stop,
  };
}
