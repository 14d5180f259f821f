// Connections before there is a request: how many there may be in all and from one address, who waits outside while even
// critical work is refused, what one may ask before it is answered, and who is cut because it takes its answer too slowly.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { elapsedMs, isOwnAddress, later, networkOf, plainAddress, repeat } from '@plinth/runtime';
import { setEarly, unread } from '@plinth/runtime/pipeline';

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
/** Answers that wait in this process for those who read slowly, in all. One that was partly taken is kept whole. */
const mostUnreadBytes = 32 * 1024 * 1024;
/** Cutting does not begin anew with the next answer. */
const leftUnread = 0.75;
/** Connections ended in one turn, and how long after it the next turn is. */
const cutAtOnce = 20;
const cutEveryMs = 5;

export interface ConnectionsOptions {
  mostInAll?: number;
  mostOfOneAddress?: number;
  mostUnreadBytes?: number;
  /** How long nobody is called too slow. */
  readPatienceMs?: number;
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

/** What libuv has been given and has not yet passed to the system: a long answer is one write, and done only as a whole. */
interface Written {
  _handle: { writeQueueSize: number; bytesWritten: number } | null;
}

export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #open = new Set<Socket>();
  /** Those who have an answer waiting. */
  readonly #reading = new Map<Socket, Reading>();
  #unreadBytes = 0;
  /** Of those who were cut and have not gone yet. */
  #leavingBytes = 0;
  readonly #byAddress = new Map<string, number>();
  readonly #stop: () => void;
  readonly #early = new WeakMap<Socket, number>();
  #held: (() => void)[] = [];
  readonly #toCut = new Set<Socket>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#stop = repeat(lookEveryMs, () => this.#look());
  }

  /**
   * Begins a request when the one before it on its connection has been answered, and the answer taken: a chunk of requests
   * is read at once, and each may have a large answer. One too many of those who wait ends the connection.
   */
  inTurn(request: IncomingMessage, response: ServerResponse, begin: () => void): void {
    // Only who waits for its turn has no socket yet.
    if (response.socket !== null) return begin();
    const { socket } = request;
    const count = (this.#early.get(socket) ?? 0) + 1;
    if (count > mostPipelined) return void socket.destroy();
    this.#early.set(socket, count);
    setEarly(request);
    response.once('socket', () => {
      this.#early.set(socket, (this.#early.get(socket) ?? 1) - 1);
      // Others have their turn between two of one connection.
      setImmediate(() => this.#whenTaken(socket, begin));
    });
  }

  /** What is left of those who were cut goes with the turn: until then nothing is made beside it that nobody may take. */
  #whenTaken(socket: Socket, begin: () => void): void {
    if (socket.destroyed) return;
    const { mostUnreadBytes: most = mostUnreadBytes } = this.#options;
    if (this.#unreadBytes + this.#leavingBytes <= most) begin();
    else setImmediate(() => this.#whenTaken(socket, begin));
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
    const peer = socket.remoteAddress ?? '';
    const address = networkOf(peer);
    const { isCounted = notOwn, mostOfOneAddress: most = mostOfOneAddress } = this.#options;
    const isOfOne = isCounted(plainAddress(peer) ?? peer);
    const count = (this.#byAddress.get(address) ?? 0) + 1;
    if (isOfOne && count > most) {
      socket.destroy();
      return false;
    }
    this.#open.add(socket);
    socket.on(unread, () => this.#note(socket));
    if (isOfOne) this.#byAddress.set(address, count);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#reading.delete(socket);
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

  /** A part of an answer waits: counted at once, since answers are made faster than once a second. */
  #note(socket: Socket): void {
    if (!this.#reading.has(socket)) this.#reading.set(socket, { sinceMs: elapsedMs(), takenBytes: takenOf(socket) });
    this.#unreadBytes += socket.writableLength;
    this.#bound();
  }

  /** Cuts those who have had an answer before them for 5 s and hardly take it. */
  #look(): void {
    const nowMs = elapsedMs();
    for (const socket of this.#open) {
      const reading = this.#reading.get(socket);
      if (socket.writableLength === 0) {
        if (reading !== undefined) this.#reading.delete(socket);
      } else if (reading === undefined) this.#reading.set(socket, { sinceMs: nowMs, takenBytes: takenOf(socket) });
      else if (nowMs - reading.sinceMs >= (this.#options.readPatienceMs ?? readPatienceMs)) {
        if (rateOf(socket, reading, nowMs) < leastReadBytesPerS) this.#cutSoon(socket);
        else this.#reading.set(socket, { sinceMs: nowMs, takenBytes: takenOf(socket) });
      }
    }
    this.#unreadBytes = Infinity;
    this.#bound();
  }

  /** When more waits than there is room for, those who take least of it are cut. */
  #bound(): void {
    const { mostUnreadBytes: most = mostUnreadBytes } = this.#options;
    if (this.#unreadBytes <= most) return;
    this.#unreadBytes = 0;
    for (const socket of this.#reading.keys()) this.#unreadBytes += socket.writableLength;
    if (this.#unreadBytes <= most) return;
    const nowMs = elapsedMs();
    const rates = Array.from(this.#reading, ([socket, reading]) => ({ socket, rate: rateOf(socket, reading, nowMs) }));
    rates.sort((left, right) => left.rate - right.rate);
    for (const { socket } of rates) {
      if (this.#unreadBytes <= most * leftUnread) return;
      const bytes = socket.writableLength;
      this.#unreadBytes -= bytes;
      this.#leavingBytes += bytes;
      socket.once('close', () => (this.#leavingBytes -= bytes));
      this.#reading.delete(socket);
      socket.destroy();
    }
  }
}

/** Bytes that wait in this process, 0 for a connection that has gone. */
function unreadOf(socket: Socket): number {
  const { _handle: handle } = socket as unknown as Written;
  return handle === null ? 0 : socket.bytesWritten - handle.bytesWritten + handle.writeQueueSize;
}

function takenOf(socket: Socket): number {
  return socket.bytesWritten - unreadOf(socket);
}

/** Bytes a second. Of those who took nothing, who came last is the fastest. */
function rateOf(socket: Socket, { sinceMs, takenBytes }: Reading, nowMs: number): number {
  return ((takenOf(socket) - takenBytes + 1) * 1_000) / Math.max(1, nowMs - sinceMs);
}

function notOwn(address: string): boolean {
  return !isOwnAddress(address);
}
