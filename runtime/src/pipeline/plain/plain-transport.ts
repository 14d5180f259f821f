// A plain request as the stages see it.

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { lineOf, startOf } from '../head.ts';
import { type BodyDone, type BodyFault, type Caller, mostJoined, type Transport, unread } from '../transport.ts';
import { type PlainHead, valueOf } from './head-reader.ts';

/** What a request needs of its connection. */
export interface Carrier {
  readonly socket: Socket;
  /** It came before the one before it was answered. */
  readonly isEarly: boolean;
  /** The answer has been given. True: the connection ends with it. */
  done(isLast: boolean): void;
  stream(answer: Streamed): void;
}

export interface Streamed {
  /** Of the request. */
  method: string;
  status: number;
  fields: string;
  pieces: AsyncIterable<string | Uint8Array>;
  quietMs: number;
  isLast: boolean;
}

export class PlainTransport implements Transport {
  readonly method: string;
  readonly target: string;
  /** For whom a proxy passes the request on. Set before anything asks for the address. */
  caller: Caller | undefined = undefined;
  /** False: it stands in the fields of the answer. */
  sendDate = true;
  readonly #head: PlainHead;
  readonly #body: Buffer;
  readonly #carrier: Carrier;
  readonly #isEarly: boolean;
  #isLast: boolean;
  #isAnswered = false;

  /** `isLast`: the connection ends with the answer in any case. */
  constructor(head: PlainHead, body: Buffer, carrier: Carrier, isLast: boolean) {
    this.method = head.method;
    this.target = head.target;
    this.#head = head;
    this.#body = body;
    this.#carrier = carrier;
    this.#isEarly = carrier.isEarly;
    this.#isLast = isLast;
  }

  get address(): string {
    return this.caller?.address ?? this.peer;
  }

  get peer(): string {
    return this.#carrier.socket.remoteAddress ?? '';
  }

  get scheme(): 'http' | 'https' {
    return this.caller?.scheme ?? ((this.#carrier.socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http');
  }

  get connection(): object {
    return this.#carrier.socket;
  }

  get isUnproven(): boolean {
    return this.#isEarly || this.#carrier.socket.bytesWritten === 0;
  }

  get hasBody(): boolean {
    return this.#head.bodyBytes > 0;
  }

  /** Also a caller that has said that it sends no more, as for Node. */
  get gone(): boolean {
    return this.#isAnswered || !this.#carrier.socket.writable;
  }

  get fields(): readonly string[] {
    return this.#head.lines.flatMap(({ text, value }) => [text.slice(0, text.indexOf(':')), value]);
  }

  header(name: string): string | undefined {
    return valueOf(this.#head.lines, name);
  }

  readBody(mostBytes: number, done: BodyDone): void {
    if (this.#body.length > mostBytes) done(undefined, 'too-large');
    else done(this.#body, undefined);
  }

  readPieces(mostBytes: number, take: (bytes: Buffer) => Promise<boolean>, done: (fault?: BodyFault) => void): void {
    const taken = (): void => done();
    if (this.#body.length > mostBytes) done('too-large');
    else if (this.#body.length === 0) taken();
    else void take(this.#body).then(taken);
  }

  endConnection(): void {
    this.#isLast = true;
  }

  send(status: number, fields: string, body: string | Uint8Array | undefined, isAscii = false): void {
    if (this.gone) return;
    this.#isAnswered = true;
    const { socket } = this.#carrier;
    const start = this.sendDate ? startOf(status) : lineOf(status);
    const head = start + fields + (this.#isLast ? 'Connection: close\r\n\r\n' : '\r\n');
    if (body === undefined || this.method === 'HEAD' || status === 204 || status === 304) socket.write(head, 'latin1');
    else if (isAscii && typeof body === 'string' && body.length <= mostJoined) socket.write(head + body, 'latin1');
    else {
      socket.cork();
      socket.write(head, 'latin1');
      if (typeof body === 'string') socket.write(body, isAscii ? 'latin1' : 'utf8');
      else socket.write(body);
      socket.uncork();
    }
    if (socket.writableLength === 0) return this.#carrier.done(this.#isLast);
    // The system did not take all of it: whoever watches connections counts what waits, and nothing more is read meanwhile.
    socket.emit(unread);
    socket.write('', () => this.#carrier.done(this.#isLast));
  }

  stream(status: number, fields: string, pieces: AsyncIterable<string | Uint8Array>, quietMs: number): void {
    this.#carrier.stream({ method: this.method, status, fields, pieces, quietMs, isLast: this.#isLast });
    this.#isAnswered = true;
  }
}
