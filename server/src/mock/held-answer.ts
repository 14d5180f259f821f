// An answer that waits: the edge makes it, and what is then done with it (delay, fault, another form) is decided before
// the first byte leaves.

import { fieldLines, NodeTransport, type Trace, traceparentOf } from '@plinth/runtime/pipeline/storeless';
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

const noBytes = Buffer.alloc(0);

/** What the edge has of a visit in place of its connection. */
export class HeldTransport extends NodeTransport {
  readonly visit: Visit;
  readonly #holder: Holder;

  constructor(visit: Visit, holder: Holder) {
    super(visit.request, visit.response);
    this.visit = visit;
    this.#holder = holder;
  }

  /** undefined = the caller's own. */
  get trace(): Trace | undefined {
    return super.header('traceparent') === undefined ? this.#holder.traceOf(this.visit.number) : undefined;
  }

  override header(name: string): string | undefined {
    const value = super.header(name);
    return value === undefined && name === 'traceparent'
      ? traceparentOf(this.#holder.traceOf(this.visit.number))
      : value;
  }

  override send(status: number, fields: string, body: string | Uint8Array | undefined, isAscii = false): void {
    const { request, response } = this.visit;
    if (response.destroyed || response.headersSent) return;
    if (!request.complete && this.hasBody) response.shouldKeepAlive = false;
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
