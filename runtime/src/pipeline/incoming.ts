// Requests whose header record costs less: callers send the same names in the same order again and again, so what a name is
// in lower case is known from the request before. Whatever is rare (repeated fields, names of `Object`) is left to Node's own
// rules.

/* oxlint-disable no-underscore-dangle -- the names are Node's */

import { IncomingMessage, type ServerOptions } from 'node:http';

/** Names as sent, and in lower case, of the last request with so many fields. */
interface Names {
  sent: string[];
  lower: string[];
}

/** Requests with more fields are left to Node. */
const mostFields = 100;

/** By the number of fields. */
const latest: Names[] = [];

function namesFor(fields: number): Names {
  while (latest.length <= fields) latest.push({ sent: [], lower: [] });
  return latest[fields] as Names;
}

/** The record, when each field stands there once; what `Object` has by itself counts as there. */
function recordOf(raw: readonly string[]): IncomingMessage['headers'] | undefined {
  if (raw.length > 2 * mostFields) return undefined;
  const record: IncomingMessage['headers'] = {};
  const { sent, lower } = namesFor(raw.length >> 1);
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const place = index >> 1;
    if (sent[place] !== raw[index]) {
      sent[place] = raw[index] as string;
      lower[place] = sent[place].toLowerCase();
    }
    const name = lower[place] as string;
    if (record[name] !== undefined || name === 'set-cookie') return undefined;
    record[name] = raw[index + 1] as string;
  }
  return record;
}

const record = Symbol('headers');

/** Gets each piece of a body as it comes, then null. False = nothing more is read of the connection. */
export type Taker = (piece: Buffer | null) => boolean;

/** A request of `node:http`; its `headers` are those that Node would give. */
export class Incoming extends IncomingMessage {
  [record]: IncomingMessage['headers'] | undefined = undefined;
  #taker: Taker | undefined = undefined;

  /**
   * The body goes to `taker`, and what comes from now on past the stream, whose events cost more than a piece of a few
   * bytes. Nobody else reads it then.
   */
  divert(taker: Taker): void {
    for (let piece = this.read() as Buffer | null; piece !== null; piece = this.read() as Buffer | null)
      if (!taker(piece)) return;
    if (this.complete) taker(null);
    else this.#taker = taker;
  }

  /** The parser's way into the stream. */
  override push(piece: Buffer | null, encoding?: BufferEncoding): boolean {
    const taker = this.#taker;
    if (taker === undefined) return super.push(piece, encoding);
    // As Node closes the stream of a request without a body.
    if (piece === null) (this as unknown as Closeable)._dumpAndCloseReadable();
    return taker(piece);
  }
}

/** Not in Node's documentation. */
interface Closeable {
  _dumpAndCloseReadable(): void;
}

/** The record as Node makes it. */
function nodes(request: Incoming): IncomingMessage['headers'] {
  return Reflect.get(IncomingMessage.prototype, 'headers', request);
}

// Declared as a property, made as an accessor: a class cannot say so.
Object.defineProperty(Incoming.prototype, 'headers', {
  get(this: Incoming) {
    return (this[record] ??= recordOf(this.rawHeaders) ?? nodes(this));
  },
  set(this: Incoming, given: IncomingMessage['headers']) {
    this[record] = given;
  },
});

/** What a listener of the edge is created with. A request without a body never becomes a stream with events. */
export const lean = { IncomingMessage: Incoming, optimizeEmptyRequests: true } satisfies ServerOptions<typeof Incoming>;
