// Reads plain requests of a server's connections past `node:http`, which costs half of what a request costs (decision 0044).
// A connection that sends anything else is Node's from then on, beginning with that very request.

import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { repeat } from '../../kernel/index.ts';
import type { RunningEdge } from '../edge-options.ts';
import { setEarly, streamOver } from '../transport.ts';
import { HeadReader } from './head-reader.ts';
import { type Carrier, PlainTransport, type Streamed } from './plain-transport.ts';

/**
 * Takes a request; false = it is nothing that can be answered this way, and nothing of it has been done: Node gets it, with
 * the connection.
 */
export type TakePlain = (transport: PlainTransport) => boolean;

/** Takes whatever is an operation of this edge. */
export function operationsOf(edge: Pick<RunningEdge, 'find' | 'serve'>): TakePlain {
  return (transport) => {
    const found = edge.find(transport.method, transport.target);
    return found.kind === 'match' && edge.serve(transport, found);
  };
}

/** A caller that says nothing at first is Node's, whose time for the first head begins then. */
const silentMs = 250;
/** Connections are looked at so often for those that have been idle too long: a timer for each costs as much as a stage. */
const lookEveryMs = 1_000;

/**
 * Puts itself before the server's listeners for connections. Its times (`keepAliveTimeout`), its number of requests on a
 * connection and its ways of closing hold for these connections too. Call it before anything else listens for connections.
 */
export function readPlain(server: Server, take: TakePlain): void {
  const open = new Set<PlainConnection>();
  const watch = { look: 0 };
  const stop = repeat(lookEveryMs, () => {
    watch.look += 1;
    const { keepAliveTimeout: ms } = server;
    // The first look came at once or a second after: one more, so that none is ended too early. 0 = for ever.
    const most = ms === 0 ? Infinity : Math.ceil(ms / lookEveryMs) + 1;
    for (const connection of open) if (connection.idleLooks >= most) connection.socket.destroy();
  });
  server.once('close', stop);
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  const pass = (socket: Duplex): void =>
    listeners.forEach((listener) => listener.call(server, socket as Socket) as unknown);
  server.on('connection', (socket: Duplex) => {
    // Any stream can be given to a server of Node as a connection.
    if (socket instanceof Socket) open.add(new PlainConnection(socket, { server, take, pass, open, watch }));
    else pass(socket);
  });
  // Its own list has only those that are Node's.
  const closeIdle = server.closeIdleConnections.bind(server);
  const closeAll = server.closeAllConnections.bind(server);
  server.closeIdleConnections = () => {
    for (const connection of open) if (connection.isResting) connection.socket.destroy();
    closeIdle();
  };
  server.closeAllConnections = () => {
    for (const { socket } of open) socket.destroy();
    closeAll();
  };
}

interface Parts {
  server: Server;
  take: TakePlain;
  /** To Node. */
  pass: (socket: Duplex) => void;
  open: Set<PlainConnection>;
  /** Counts the looks at them. */
  watch: { readonly look: number };
}

class PlainConnection implements Carrier {
  readonly socket: Socket;
  isEarly = false;
  readonly #parts: Parts;
  readonly #reader = new HeadReader();
  #requests = 0;
  /** The look before its last answer. */
  #answered = 0;
  #isBusy = false;
  #isStreaming = false;
  /** What came before the answer to what came before it. */
  #held: Buffer | undefined = undefined;

  constructor(socket: Socket, parts: Parts) {
    this.socket = socket;
    this.#parts = parts;
    socket.setTimeout(silentMs);
    socket.on('timeout', this.#quiet);
    socket.on('error', this.#broken);
    socket.on('end', this.#ended);
    socket.on('close', this.#closed);
    socket.on('data', this.#came);
  }

  /** Looks since it has been idle; 0 = it is not. */
  get idleLooks(): number {
    return this.isResting ? this.#parts.watch.look - this.#answered : 0;
  }

  /** Between two requests. Who has not asked yet is about to. */
  get isResting(): boolean {
    return this.#isIdle && this.#requests > 0;
  }

  get #isIdle(): boolean {
    return !this.#isBusy && this.#held === undefined;
  }

  readonly #came = (chunk: Buffer): void => {
    if (this.#isIdle) return this.#read(chunk);
    // No more comes then until it goes on.
    this.socket.pause();
    this.#held = chunk;
  };

  #read(chunk: Buffer): void {
    const head = this.#reader.read(chunk);
    if (head === undefined || head.bytes + head.bodyBytes !== chunk.length) return this.#passOn(chunk);
    const { server } = this.#parts;
    const { maxRequestsPerSocket: most } = server;
    if (this.#requests++ === 0) this.socket.setTimeout(0);
    const isLast = most !== null && most > 0 && this.#requests >= most;
    this.#isBusy = true;
    if (this.#parts.take(new PlainTransport(head, chunk.subarray(head.bytes), this, isLast))) return;
    this.#isBusy = false;
    this.#passOn(chunk);
  }

  done(isLast: boolean): void {
    this.#isBusy = false;
    this.#answered = this.#parts.watch.look;
    if (isLast) this.socket.destroySoon();
    // Others have their turn between two of one connection.
    else if (this.#held !== undefined) setImmediate(this.#readHeld);
  }

  readonly #readHeld = (): void => {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined || this.socket.destroyed) return;
    this.socket.resume();
    this.isEarly = true;
    this.#read(held);
    this.isEarly = false;
  };

  /** Node writes an answer whose length nobody knows. */
  stream({ method, isLast, ...answer }: Streamed): void {
    const { socket } = this;
    const response = new ServerResponse({ method, httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage);
    response.shouldKeepAlive = !isLast;
    response.assignSocket(socket);
    const drained = (): unknown => response.emit('drain');
    socket.on('drain', drained);
    this.#isStreaming = true;
    streamOver(response, answer, () => {
      this.#isStreaming = false;
      socket.off('drain', drained);
      if (socket.destroyed) return;
      response.detachSocket(socket);
      socket.setTimeout(0);
      this.done(isLast);
    });
  }

  #passOn(chunk: Buffer | undefined): void {
    const { socket } = this;
    const { server, open, pass } = this.#parts;
    open.delete(this);
    socket.setTimeout(0);
    socket.off('timeout', this.#quiet);
    socket.off('error', this.#broken);
    socket.off('end', this.#ended);
    socket.off('close', this.#closed);
    socket.off('data', this.#came);
    if (this.isEarly) server.prependOnceListener('request', setEarly);
    pass(socket);
    if (chunk !== undefined) socket.emit('data', chunk);
    server.off('request', setEarly);
  }

  readonly #quiet = (): void => {
    if (this.#isStreaming) this.socket.destroy();
    else this.#passOn(undefined);
  };

  readonly #broken = (): void => void this.socket.destroy();

  /** Who sends no more is not answered any more, as by Node. */
  readonly #ended = (): void => void this.socket.end();

  readonly #closed = (): void => void this.#parts.open.delete(this);
}
