// An answer that waits: the edge makes it, and what is then done with it (delay, fault, another form) is decided before
// the first byte leaves.

import { hashText } from '@plinth/contract/serving';
import { fieldLines, type Trace, traceparentOf, type Transport } from '@plinth/runtime/pipeline/storeless';
import type { Visit } from './visit.ts';

export interface HeldAnswer {
  status: number;
  /** Complete field lines. */
  fields: string;
  /** Empty when there is none. A text has one byte for each of its letters: it leaves in one piece with the head. */
  body: Buffer | string;
}

export interface Holder {
  /** Gets the answer instead of the caller. */
  held(visit: Visit, answer: HeldAnswer): void;
  /** Of a caller who brings none. */
  traceOf(number: number): Trace;
}

/** Sixteen hexadecimal digits of a seed: the first half of its traces. */
export function traceOf(seed: number): string {
  const digits = (part: string): string => ((hashText(`${seed}/${part}`) | 1) >>> 0).toString(16).padStart(8, '0');
  return digits('left') + digits('right');
}

const noBytes = Buffer.alloc(0);

/** What the edge has of a visit in place of what it came by. */
export class HeldTransport implements Transport {
  readonly visit: Visit;
  readonly method: string;
  readonly target: string;
  /** An answer that is held has no date yet. */
  sendDate = false;
  readonly #wire: Transport;
  readonly #holder: Holder;

  constructor(visit: Visit, holder: Holder) {
    this.visit = visit;
    this.#wire = visit.wire;
    this.#holder = holder;
    this.method = visit.wire.method;
    this.target = visit.wire.target;
  }

  get address(): string {
    return this.#wire.address;
  }

  get peer(): string {
    return this.#wire.peer;
  }

  get scheme(): Transport['scheme'] {
    return this.#wire.scheme;
  }

  get connection(): object {
    return this.#wire.connection;
  }

  get isUnproven(): boolean {
    return this.#wire.isUnproven;
  }

  get fields(): readonly string[] {
    return this.#wire.fields;
  }

  get hasBody(): boolean {
    return this.#wire.hasBody;
  }

  get gone(): boolean {
    return this.#wire.gone;
  }

  /** undefined = the caller's own. */
  get trace(): Trace | undefined {
    return this.#wire.header('traceparent') === undefined ? this.#holder.traceOf(this.visit.number) : undefined;
  }

  header(name: string): string | undefined {
    const value = this.#wire.header(name);
    return value === undefined && name === 'traceparent'
      ? traceparentOf(this.#holder.traceOf(this.visit.number))
      : value;
  }

  readBody(...reading: Parameters<Transport['readBody']>): void {
    this.#wire.readBody(...reading);
  }

  readPieces(...reading: Parameters<Transport['readPieces']>): void {
    this.#wire.readPieces(...reading);
  }

  stream(...answer: Parameters<Transport['stream']>): void {
    this.#wire.stream(...answer);
  }

  endConnection(): void {
    this.#wire.endConnection();
  }

  send(status: number, fields: string, body: string | Uint8Array | undefined, isAscii = false): void {
    if (this.#wire.gone || this.visit.node?.response.headersSent === true) return;
    this.#holder.held(this.visit, { status, fields, body: isAscii && typeof body === 'string' ? body : bytes(body) });
  }
}

function bytes(body: string | Uint8Array | undefined): Buffer {
  if (body === undefined) return noBytes;
  return typeof body === 'string' ? Buffer.from(body, 'utf8') : Buffer.from(body);
}

/** The bytes of a body. */
export function bytesOf(body: HeldAnswer['body']): Buffer {
  return typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
}

/** The value of a field; undefined when it is not there. */
export function fieldOf(fields: string, name: string): string | undefined {
  return new RegExp(`^${RegExp.escape(name)}: (.*)\r$`, 'im').exec(fields)?.[1];
}

/** The lines with one replaced or added. Throws TypeError for what is no field. */
export function withField(fields: string, name: string, value: string): string {
  return fields.replaceAll(new RegExp(`^${RegExp.escape(name)}: .*\r\n`, 'gim'), '') + fieldLines([name, value]);
}
