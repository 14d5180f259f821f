// The narrow interface between a request's bytes and the stages: nothing behind it touches `IncomingMessage`, so another
// transport stays possible. In: method, raw target, header look-up, body bytes. Out: status, flat header list, bytes.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { repeat } from '../kernel/index.ts';
import { writeHead, writeOpenHead, writeWhole } from './head.ts';
import { Incoming } from './incoming.ts';

export type BodyFault = 'too-large' | 'too-slow' | 'aborted';
/** Called once: the bytes, or why there are none. */
export type BodyDone = (bytes: Buffer | undefined, fault: BodyFault | undefined) => void;

export interface Transport {
  readonly method: string;
  /** As sent: path and query, not decoded. */
  readonly target: string;
  /** Address of the caller: limits and failures are counted by it. */
  readonly address: string;
  /** The other end of the connection: a proxy, where callers stand behind one. */
  readonly peer: string;
  /** How the caller asked, as far as it is known. */
  readonly scheme: 'http' | 'https';
  /** The same object for all requests of one connection. */
  readonly connection: object;
  /** Nobody has seen the caller take an answer: the first of its connection, or sent before the one before it was answered. */
  readonly isUnproven: boolean;
  /** `name` in lower case. Repeated fields are joined as node does; undefined when absent. */
  header(name: string): string | undefined;
  /** All fields of the head as sent: alternating names and values. */
  readonly fields: readonly string[];
  /** True when the request announces a body. */
  readonly hasBody: boolean;
  /** Reads at most `mostBytes`; a longer body stops being read at once. */
  readBody(mostBytes: number, done: BodyDone): void;
  /**
   * Reads at most `mostBytes`, piece by piece: `take` gets one when it has resolved for the one before, and ends the reading
   * with false. It never rejects. `done` is called once, without a fault also when `take` has ended it.
   */
  readPieces(mostBytes: number, take: (bytes: Buffer) => Promise<boolean>, done: (fault?: BodyFault) => void): void;
  /**
   * `fields`: complete field lines (head.ts), without those of the connection. `isAscii`: a text body has no other letters
   * (written faster). Called once.
   */
  send(status: number, fields: string, body: string | Uint8Array | undefined, isAscii?: boolean): void;
  /**
   * Sends pieces as they come and as the caller takes them. What throws, or a caller that goes, ends both sides; the caller
   * sees an answer that is cut off; so it does after `quietMs` without a byte. Called once, in place of `send`.
   */
  stream(status: number, fields: string, pieces: AsyncIterable<string | Uint8Array>, quietMs: number): void;
  /** False: the date stands in the fields. */
  sendDate: boolean;
  /** The connection ends with the answer. */
  endConnection(): void;
  /** True when the caller has gone; nothing can be sent then. */
  readonly gone: boolean;
}

/** A body that is not here by then has to arrive faster than the rate below. */
const bodyPatienceMs = 5_000;
const leastBodyBytesPerS = 240;
/** Pieces of a body kept apart: one of a byte costs a hundred. */
const mostPieces = 1_024;

/** A longer text stays apart from its head: a joined one is kept until its last byte is taken, beside what is being sent. */
export const mostJoined = 64 * 1024;

const noBytes = Buffer.alloc(0);

/** Event of a connection: a part of an answer waits in this process until its caller takes it. */
export const unread = 'unread';

/** Who calls behind a proxy, and how. */
export interface Caller {
  address: string;
  scheme: 'http' | 'https';
}

/** Callers behind proxies, where they are not the peers. */
const callers = new WeakMap<IncomingMessage, Caller>();

/** Says for whom a proxy passes a request on. Before anything asks for its address. */
export function setCaller(request: IncomingMessage, caller: Caller): void {
  callers.set(request, caller);
}

/** Requests that came before the one before them was answered. */
const early = new WeakSet<IncomingMessage>();

/** Says that a request came before the one before it was answered. Before it is handled. */
export function setEarly(request: IncomingMessage): void {
  early.add(request);
}

/** How fast a body comes. */
class BodyPace {
  readonly stop: () => void;
  /** The time passes on nobody's account. */
  isHeld = false;
  #sizeBytes = 0;
  #waitedMs = 0;

  constructor(tooSlow: () => void) {
    this.stop = repeat(bodyPatienceMs, () => {
      if (this.isHeld) return;
      this.#waitedMs += bodyPatienceMs;
      if ((this.#sizeBytes * 1_000) / this.#waitedMs < leastBodyBytesPerS) tooSlow();
    });
  }

  /** Gives the bytes that have come in all. */
  add(bytes: number): number {
    return (this.#sizeBytes += bytes);
  }
}

/** A body on its way into one buffer. */
class Body {
  isOpen = true;
  readonly #mostBytes: number;
  readonly #done: BodyDone;
  #pieces: Buffer[] = [];
  #sizeBytes = 0;
  #pace: BodyPace | undefined;

  constructor(mostBytes: number, done: BodyDone) {
    this.#mostBytes = mostBytes;
    this.#done = done;
  }

  /** null: it is whole. False when nothing more is wanted. */
  add(piece: Buffer | null): boolean {
    if (!this.isOpen) return false;
    if (piece === null) {
      this.#end(undefined);
      return true;
    }
    this.#sizeBytes += piece.length;
    this.#pace?.add(piece.length);
    if (this.#sizeBytes > this.#mostBytes) this.#end('too-large');
    else if (this.#pieces.push(piece) >= mostPieces) this.#pieces = [Buffer.concat(this.#pieces, this.#sizeBytes)];
    return this.isOpen;
  }

  /** It is not here yet: it has to come fast enough, from a caller that stays. */
  wait(request: IncomingMessage): void {
    if (request.destroyed) return this.#end('aborted');
    this.#pace = new BodyPace(() => this.#end('too-slow'));
    this.#pace.add(this.#sizeBytes);
    // Comes after the end too; alone it means that the caller went away. (`error` is not emitted without a listener.)
    request.on('close', () => this.isOpen && this.#end('aborted'));
  }

  #end(fault: BodyFault | undefined): void {
    this.isOpen = false;
    this.#pace?.stop();
    const [first = noBytes] = this.#pieces;
    const bytes = this.#pieces.length < 2 ? first : Buffer.concat(this.#pieces, this.#sizeBytes);
    this.#pieces = [];
    this.#done(fault === undefined ? bytes : undefined, fault);
  }
}

/** One request of `node:http`. */
export class NodeTransport implements Transport {
  readonly method: string;
  readonly target: string;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  /** Node makes this record for every request, asked for or not. */
  readonly #headers: IncomingMessage['headers'];

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.method = request.method ?? 'GET';
    this.target = request.url ?? '/';
    this.#request = request;
    this.#response = response;
    this.#headers = request.headers;
  }

  get address(): string {
    return callers.get(this.#request)?.address ?? this.peer;
  }

  get peer(): string {
    return this.#request.socket.remoteAddress ?? '';
  }

  get scheme(): 'http' | 'https' {
    const told = callers.get(this.#request)?.scheme;
    // Not by `in`, which looks through all prototypes for each request.
    return told ?? ((this.#request.socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http');
  }

  get connection(): object {
    return this.#request.socket;
  }

  get isUnproven(): boolean {
    return this.#request.socket.bytesWritten === 0 || early.has(this.#request);
  }

  get hasBody(): boolean {
    const length = this.header('content-length');
    return (length !== undefined && length !== '0') || this.header('transfer-encoding') !== undefined;
  }

  get gone(): boolean {
    return this.#response.destroyed;
  }

  get sendDate(): boolean {
    return this.#response.sendDate;
  }

  set sendDate(isSent: boolean) {
    this.#response.sendDate = isSent;
  }

  /** What is no text was never sent: the record inherits from Object. */
  header(name: string): string | undefined {
    const value = this.#headers[name];
    return typeof value === 'string' ? value : undefined;
  }

  get fields(): readonly string[] {
    return this.#request.rawHeaders;
  }

  readBody(mostBytes: number, done: BodyDone): void {
    const request = this.#request;
    if (Number(this.header('content-length') ?? 0) > mostBytes) return done(undefined, 'too-large');
    const body = new Body(mostBytes, done);
    if (request instanceof Incoming) request.divert((piece) => body.add(piece));
    else {
      request.on('data', (piece: Buffer) => body.add(piece) || request.pause());
      request.on('end', () => body.add(null));
    }
    // A small body comes with its head, and is there as soon as the parser has returned: no listener, no clock.
    if (body.isOpen) setImmediate(() => body.isOpen && body.wait(request));
  }

  readPieces(mostBytes: number, take: (bytes: Buffer) => Promise<boolean>, done: (fault?: BodyFault) => void): void {
    const request = this.#request;
    if (Number(this.header('content-length') ?? 0) > mostBytes) return done('too-large');
    const pace = new BodyPace(() => end('too-slow'));
    let isOpen = true;
    let isComplete = false;
    const end = (fault?: BodyFault): void => {
      if (!isOpen) return;
      isOpen = false;
      pace.stop();
      request.pause();
      done(fault);
    };
    const taken = (goesOn: boolean): void => {
      pace.isHeld = false;
      if (!goesOn || isComplete) end();
      else if (isOpen) request.resume();
    };
    request.on('data', (bytes: Buffer) => {
      if (!isOpen) return;
      if (pace.add(bytes.length) > mostBytes) return end('too-large');
      request.pause();
      // What takes us long is not the sender's fault.
      pace.isHeld = true;
      void take(bytes).then(taken);
    });
    // Also while the last piece is being taken.
    request.on('end', () => {
      isComplete = true;
      if (!pace.isHeld) end();
    });
    request.on('close', () => {
      if (!isComplete) end('aborted');
    });
  }

  endConnection(): void {
    this.#response.shouldKeepAlive = false;
  }

  send(status: number, fields: string, body: string | Uint8Array | undefined, isAscii = false): void {
    const response = this.#response;
    if (response.destroyed || response.headersSent) return;
    // An unread body cannot be skipped cheaply: the connection ends with this answer.
    if (!this.#request.complete && this.hasBody) response.shouldKeepAlive = false;
    // An ASCII body rides in the text of the head: one write, where a chunk of its own costs a cork and a vector.
    const isShort = isAscii && typeof body === 'string' && body.length <= mostJoined;
    if (!isShort || !writeWhole(response, status, fields, body)) {
      writeHead(response, status, fields);
      if (isAscii && typeof body === 'string') response.end(body, 'latin1');
      else response.end(body);
    }
    // The system did not take all of it: whoever watches connections counts what waits.
    const { socket } = response;
    if (socket !== null && socket.writableLength > 0) socket.emit(unread);
  }

  stream(status: number, fields: string, pieces: AsyncIterable<string | Uint8Array>, quietMs: number): void {
    streamOver(this.#response, { status, fields, pieces, quietMs }, () => undefined);
  }
}

/** Sends pieces over a response of Node; `done` is called when all were sent, or none can be any more. */
export function streamOver(
  response: ServerResponse,
  answer: { status: number; fields: string; pieces: AsyncIterable<string | Uint8Array>; quietMs: number },
  done: () => void,
): void {
  // A piece is an item of bounded size: one waits while the caller takes the one before.
  const source = Readable.from(answer.pieces, { objectMode: true, highWaterMark: 1 });
  if (!response.destroyed && !response.headersSent) writeOpenHead(response, answer.status, answer.fields);
  // Without a listener the end of the time is the end of the connection.
  response.setTimeout(answer.quietMs);
  // Whoever made the pieces has told what went wrong.
  pipeline(source, response, done);
}
