// A TCP proxy that fails on command, before a database or any other server: refuses, cuts, delays, or swallows.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net';
import { type Random, seededRandom } from '@plinth/runtime';

/** What becomes of what is sent. Nothing set = it passes at once. */
export interface LineFaults {
  /** Milliseconds that each piece is kept, in each direction. */
  delayMs?: number;
  /** Up to so much longer, drawn for each piece; pieces keep their order. */
  jitterMs?: number;
  /** Connections are taken and stay open, but nothing arrives: at the target (`there`), at its caller (`back`), or both. */
  swallow?: 'there' | 'back' | 'both';
  /** A connection is reset once so many bytes of answers came through it from now on. */
  cutAfterBytes?: number;
}

/** `before`: the other side never gets it; `during`: it gets it; `after`: it has answered, and the answer is lost. */
export type CutTime = 'before' | 'during' | 'after';

export interface FaultProxy {
  /** Port on 127.0.0.1; the same after `start`. */
  readonly port: number;
  /** Connections that were taken since the beginning. */
  readonly taken: number;
  /** Cuts all connections and refuses new ones. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /**
   * From now on and until the next call, also for connections that are open. A connection that lost bytes is cut when they
   * are no longer swallowed: what came after the hole would be another text.
   */
  be(faults: LineFaults): void;
  /** Ends what is connected now. */
  cut(): void;
  /** Ends the connection that is next to say `text` in one piece; resolves when it has. */
  cutAt(text: string, when: CutTime): Promise<void>;
  /**
   * Swallows on the connection that is next to say `text` in one piece, that piece included, for as long as it is there or
   * until `be`; others are well. Resolves when it begins.
   */
  swallowAt(text: string, swallow: NonNullable<LineFaults['swallow']>): Promise<void>;
  close(): Promise<void>;
}

/** Bytes kept for one direction before its sender has to wait. */
const mostKept = 1_048_576;

/** Stands before `target`: `{ host, port }`, or `{ path }` of a socket. `random` draws the jitter. */
export async function openFaultProxy(target: NetConnectOpts, random: Random = seededRandom(1)): Promise<FaultProxy> {
  const links = new Set<Link>();
  const state = { faults: {} as LineFaults, taken: 0 };
  let trap: Trap | undefined;
  // Either side may be through with sending while an answer is still on its way.
  const allowHalfOpen = true;
  const server = createServer({ allowHalfOpen }, (near) => {
    state.taken += 1;
    const far = connect({ ...target, allowHalfOpen });
    // Before the link listens: what is destroyed is sent nothing more.
    near.on('data', (chunk: Buffer) => {
      if (trap === undefined || !chunk.includes(trap.text)) return;
      const { spring } = trap;
      trap = undefined;
      spring(link);
    });
    const link = new Link(near, far, { faults: state.faults, random });
    links.add(link);
    link.onEnd = () => links.delete(link);
  });
  const cut = (): void => {
    for (const link of links) link.cut();
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
  const atNext = (text: string, act: (link: Link, sprung: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      trap = { text, spring: (link) => act(link, resolve) };
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    get taken() {
      return state.taken;
    },
    cut,
    cutAt: (text, when) => atNext(text, (link, sprung) => link.cutOff(when, sprung)),
    swallowAt: (text, swallow) =>
      atNext(text, (link, sprung) => {
        link.be({ swallow });
        sprung();
      }),
    stop,
    start: () => listen(port),
    be(faults) {
      state.faults = faults;
      for (const link of links) link.be(faults);
    },
    close: stop,
  };
}

interface Trap {
  text: string;
  spring: (link: Link) => void;
}

/** One connection and the one behind it. */
class Link {
  onEnd: () => void = () => undefined;
  readonly #sockets: readonly [near: Socket, far: Socket];
  readonly #lanes: readonly [there: Lane, back: Lane];

  constructor(near: Socket, far: Socket, options: { faults: LineFaults; random: Random }) {
    this.#sockets = [near, far];
    const cut = (): void => this.cut();
    this.#lanes = [
      new Lane(near, far, { ...options, name: 'there', cut }),
      new Lane(far, near, { ...options, name: 'back', cut }),
    ];
    for (const socket of this.#sockets) {
      socket.setNoDelay(true);
      // Either side may go first; the other follows.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (this.#sockets.every(({ destroyed }) => destroyed)) this.onEnd();
      });
    }
  }

  be(faults: LineFaults): void {
    for (const lane of this.#lanes) lane.be(faults);
  }

  /** While a piece from near is taken. */
  cutOff(when: CutTime, sprung: () => void): void {
    const [near, far] = this.#sockets;
    const cut = (): void => {
      near.destroy();
      sprung();
    };
    if (when === 'before') far.destroy();
    if (when === 'after') far.prependOnceListener('data', cut);
    else cut();
  }

  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }
}

interface LaneOptions {
  name: 'there' | 'back';
  faults: LineFaults;
  random: Random;
  cut: () => void;
}

/** One direction of a connection: pieces leave in their order, each when its time has come. */
class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #options: LaneOptions;
  #faults: LineFaults;
  #kept: { chunk: Buffer | 'end'; dueMs: number }[] = [];
  #keptBytes = 0;
  #hasHole = false;
  #passedBytes = 0;

  constructor(from: Socket, to: Socket, options: LaneOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
    this.#faults = options.faults;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('end', () => this.#take('end'));
    from.on('close', () => this.#close());
    to.on('drain', () => this.#resume());
  }

  be(faults: LineFaults): void {
    this.#faults = faults;
    this.#passedBytes = 0;
    if (this.#hasHole && !this.#swallows()) this.#options.cut();
  }

  #swallows(): boolean {
    const { swallow } = this.#faults;
    return swallow === 'both' || swallow === this.#options.name;
  }

  #take(chunk: Buffer | 'end'): void {
    if (this.#swallows()) {
      this.#hasHole = true;
      return;
    }
    const { delayMs = 0, jitterMs = 0 } = this.#faults;
    const waitMs = delayMs + jitterMs * this.#options.random.next();
    if (waitMs === 0 && this.#kept.length === 0) return this.#pass(chunk);
    const dueMs = Math.max(this.#kept.at(-1)?.dueMs ?? 0, performance.now() + waitMs);
    this.#kept.push({ chunk, dueMs });
    this.#keptBytes += chunk.length;
    if (this.#keptBytes > mostKept) this.#from.pause();
    if (this.#kept.length === 1) setTimeout(() => this.#release(), waitMs);
  }

  #release(): void {
    const nowMs = performance.now();
    while ((this.#kept[0]?.dueMs ?? Infinity) <= nowMs) {
      const { chunk } = this.#kept.shift() as { chunk: Buffer | 'end' };
      this.#keptBytes -= chunk.length;
      this.#pass(chunk);
    }
    const [next] = this.#kept;
    if (next !== undefined) setTimeout(() => this.#release(), Math.max(1, next.dueMs - nowMs));
    this.#resume();
  }

  #pass(chunk: Buffer | 'end'): void {
    if (this.#to.destroyed) return;
    if (chunk === 'end') {
      this.#to.end();
      return;
    }
    const left = Math.max(0, (this.#faults.cutAfterBytes ?? Infinity) - this.#passedBytes);
    if (this.#options.name === 'there' || chunk.length < left) {
      this.#passedBytes += chunk.length;
      if (!this.#to.write(chunk)) this.#from.pause();
      return;
    }
    // What was allowed arrives; a reset at once would overtake it.
    this.#to.write(chunk.subarray(0, left), () => this.#options.cut());
  }

  #resume(): void {
    if (this.#keptBytes <= mostKept && !this.#to.writableNeedDrain) this.#from.resume();
  }

  /** What is kept still arrives, unless it is swallowed; then the other side is let go. */
  #close(): void {
    if (this.#kept.length > 0) return void setTimeout(() => this.#close(), 10);
    if (this.#swallows()) this.#hasHole = true;
    else this.#to.destroy();
  }
}
