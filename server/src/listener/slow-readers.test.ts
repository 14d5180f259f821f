import { EventEmitter } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { unread } from '@plinth/runtime/pipeline';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Connections, type ConnectionsOptions } from './connections.ts';

let server: Server;
let connections: Connections;

afterEach(() => {
  connections.close();
  vi.useRealTimers();
});

function from(remoteAddress: string): Socket {
  const [pause, resume] = [() => undefined, () => undefined];
  const socket = Object.assign(new EventEmitter(), { remoteAddress, destroyed: false, pause, resume });
  return Object.assign(socket, { destroy: () => (socket.destroyed = true) }) as unknown as Socket;
}

/** Callers as the clock sees them: what waits for each, and what it took. */
class Reader {
  readonly socket = from('203.0.113.1') as unknown as EventEmitter & {
    destroyed: boolean;
    bytesWritten: number;
    writableLength: number;
  };

  readonly #handle = { writeQueueSize: 0, bytesWritten: 0 };

  constructor() {
    Object.assign(this.socket, { bytesWritten: 0, writableLength: 0, _handle: this.#handle });
    server.emit('connection', this.socket);
  }

  /** An answer of so many bytes, none of which is taken. */
  answer(bytes: number): this {
    this.socket.bytesWritten += bytes;
    this.socket.writableLength += bytes;
    this.socket.emit(unread);
    return this;
  }

  take(bytes: number): void {
    this.#handle.bytesWritten += bytes;
    this.socket.writableLength -= bytes;
  }

  get isCut(): boolean {
    return this.socket.destroyed;
  }
}

function begin(options: Partial<ConnectionsOptions> = {}): void {
  vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'clearInterval', 'clearTimeout', 'performance'] });
  server = createServer();
  connections = new Connections({ isClosed: () => true, isCounted: () => false, ...options });
  connections.guard(server);
}
const seconds = (count: number, each: () => void = () => undefined): void => {
  for (let n = 0; n < count; n++) {
    each();
    vi.advanceTimersByTime(1_000);
  }
  vi.advanceTimersByTime(50);
};

describe('by the clock', () => {
  it('240 bytes a second over five seconds have to be taken', () => {
    begin();
    const [steady, slow] = [new Reader().answer(9_000), new Reader().answer(9_000)];
    const taken = (): void => {
      steady.take(241);
      slow.take(238);
    };
    seconds(4, taken);
    expect([steady.isCut, slow.isCut]).toEqual([false, false]);
    seconds(2, taken);
    expect([steady.isCut, slow.isCut]).toEqual([false, true]);
    seconds(20, () => steady.take(241));
    expect(steady.isCut).toBe(false);
  });

  it('who took much once and takes nothing more is cut', () => {
    begin();
    const reader = new Reader().answer(9e6);
    reader.take(8e6);
    seconds(12);
    expect(reader.isCut).toBe(true);
  });

  it('each answer has its own five seconds', () => {
    begin();
    const reader = new Reader().answer(900);
    seconds(1);
    reader.take(900);
    seconds(60);
    reader.answer(900);
    seconds(2);
    expect(reader.isCut).toBe(false);
  });

  it('another part of an answer makes nobody faster', () => {
    begin();
    const reader = new Reader();
    seconds(9, () => reader.answer(100));
    expect(reader.isCut).toBe(true);
  });

  it('who came together is cut together, however many they are', () => {
    begin();
    const readers = Array.from({ length: 45 }, () => new Reader().answer(10));
    seconds(7);
    expect(readers.filter(({ isCut }) => !isCut)).toEqual([]);
  });

  it('when there is no more room, those who take least are cut until a quarter of it is free', () => {
    begin({ mostUnreadBytes: 1_000 });
    const readers = [30, 20, 10, 0].map((took) => {
      const reader = new Reader().answer(200 + took);
      reader.take(took);
      return reader;
    });
    vi.advanceTimersByTime(500);
    const last = new Reader().answer(200);
    expect(readers.concat(last).map(({ isCut }) => isCut)).toEqual([false, false, false, false, false]);
    last.answer(1);
    expect(readers.concat(last).map(({ isCut }) => isCut)).toEqual([false, false, true, true, false]);
  });
});
