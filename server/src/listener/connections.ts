// Connections before there is a request: how many there may be in all and from one address, who waits outside while even
// critical work is refused, and who is cut because it takes its answer too slowly.

import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { elapsedMs, isOwnAddress, later, networkOf, repeat } from '@plinth/runtime';

const mostInAll = 10_000;
const mostOfOneAddress = 200;
/** Requests of one connection behind the one that is being answered. */
const mostPipelined = 7;
const sliceMs = 100;
const lookEveryMs = 1_000;
/** Who has an answer waiting takes at least so much of it … */
const leastReadBytesPerS = 240;
/** … over this long. */
const readPatienceMs = 5_000;
/** Connections ended in one turn, and how long after it the next turn is. */
const cutAtOnce = 20;
const cutEveryMs = 5;

export interface ConnectionsOptions {
  mostInAll?: number;
  mostOfOneAddress?: number;
  /** False: connections of this address are not counted by address (a front proxy, this machine). */
  isCounted?: (address: string) => boolean;
  /** Told of each connection at once. */
  onAccepted?: () => void;
  /** True: new connections wait for 100 ms, and are asked about again. */
  isClosed: () => boolean;
}

interface Reading {
  sinceMs: number;
  /** What had been taken by then. */
  takenBytes: number;
}

export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #open = new Map<Socket, Reading | undefined>();
  readonly #byAddress = new Map<string, number>();
  readonly #stop: () => void;
  readonly #pipelined = new WeakMap<Socket, number>();
  #held: (() => void)[] = [];
  readonly #toCut = new Set<Socket>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#stop = repeat(lookEveryMs, () => this.#look());
  }

  /**
   * True for one too many of those who wait on one connection for the answers before theirs: a chunk of requests is read at
   * once, and each may have a large answer.
   */
  isCrowded(socket: Socket, response: ServerResponse): boolean {
    // Only who waits for its turn has no socket yet.
    if (response.socket !== null) return false;
    const count = (this.#pipelined.get(socket) ?? 0) + 1;
    if (count > mostPipelined) return true;
    this.#pipelined.set(socket, count);
    response.once('close', () => this.#pipelined.set(socket, (this.#pipelined.get(socket) ?? 1) - 1));
    return false;
  }

  /** Puts itself before the server's own listener for connections. */
  guard(server: Server): void {
    server.maxConnections = this.#options.mostInAll ?? mostInAll;
    const serve = server.listeners('connection');
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      this.#options.onAccepted?.();
      if (!this.#enter(socket)) return;
      this.#whenOpen(socket, () =>
        serve.forEach((listener) => {
          listener.call(server, socket);
        }),
      );
    });
  }

  get size(): number {
    return this.#open.size;
  }

  close(): void {
    this.#stop();
  }

  #enter(socket: Socket): boolean {
    const address = networkOf(socket.remoteAddress ?? '');
    const { isCounted = notOwn, mostOfOneAddress: most = mostOfOneAddress } = this.#options;
    const isOfOne = isCounted(address);
    const count = (this.#byAddress.get(address) ?? 0) + 1;
    if (isOfOne && count > most) {
      socket.destroy();
      return false;
    }
    this.#open.set(socket, undefined);
    if (isOfOne) this.#byAddress.set(address, count);
    socket.once('close', () => {
      this.#open.delete(socket);
      if (!isOfOne) return;
      const left = (this.#byAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#byAddress.delete(address);
      else this.#byAddress.set(address, left);
    });
    return true;
  }

  #whenOpen(socket: Socket, serve: () => void): void {
    if (!this.#options.isClosed()) return serve();
    socket.pause();
    // A caller may go away while it waits, and nobody else listens yet.
    const gone = (): void => void socket.destroy();
    socket.on('error', gone);
    if (this.#held.length === 0) later(sliceMs, () => this.#ask());
    this.#held.push(() => {
      socket.off('error', gone);
      if (socket.destroyed) return;
      serve();
      socket.resume();
    });
  }

  #ask(): void {
    if (this.#options.isClosed()) {
      later(sliceMs, () => this.#ask());
      return;
    }
    const held = this.#held;
    this.#held = [];
    for (const serve of held) serve();
  }

  /** Who came together is cut together; ending them all in one turn would keep everybody else waiting. */
  #cutSoon(socket: Socket): void {
    if (this.#toCut.size === 0) later(cutEveryMs, () => this.#cut());
    this.#toCut.add(socket);
  }

  #cut(): void {
    for (const socket of [...this.#toCut].slice(0, cutAtOnce)) {
      this.#toCut.delete(socket);
      socket.destroy();
    }
    if (this.#toCut.size > 0) later(cutEveryMs, () => this.#cut());
  }

  /** Cuts those who have had an answer before them for 5 s and hardly take it. */
  #look(): void {
    const nowMs = elapsedMs();
    for (const [socket, reading] of this.#open) {
      if (socket.writableLength === 0) {
        if (reading !== undefined) this.#open.set(socket, undefined);
        continue;
      }
      const takenBytes = socket.bytesWritten - socket.writableLength;
      if (reading === undefined) this.#open.set(socket, { sinceMs: nowMs, takenBytes });
      else if (nowMs - reading.sinceMs >= readPatienceMs) {
        const rate = ((takenBytes - reading.takenBytes) * 1_000) / (nowMs - reading.sinceMs);
        if (rate < leastReadBytesPerS) this.#cutSoon(socket);
        else this.#open.set(socket, { sinceMs: nowMs, takenBytes });
      }
    }
  }
}

function notOwn(address: string): boolean {
  return !isOwnAddress(address) && address !== '0:0:0:0';
}
