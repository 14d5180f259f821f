// Multipart bodies (RFC 2046, 5.1; RFC 7578): parts as their bytes come, and parts to bytes. Knows nothing of schemas.

import { decodeUtf8 } from './json.ts';

/** Bounds of one body. `headerBytes`: of the head of one part. */
export interface MultipartLimits {
  parts: number;
  partBytes: number;
  headerBytes: number;
}

export interface PartHead {
  /** Of Content-Disposition; absent in most multipart bodies that are no forms. */
  name?: string;
  /** A label that the sender chose; never a path. */
  fileName?: string;
  /** Content-Type; '' when the part has none. */
  type: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
}

/** Hears the parts in their order. */
export interface PartSink {
  begin(head: PartHead): void;
  /** A piece of the part begun last; valid during the call only. */
  data(bytes: Uint8Array): void;
  end(): void;
}

export interface MultipartFault {
  rule: 'malformed' | 'parts' | 'part-bytes' | 'header-bytes';
  message: string;
}

const dash = 45;
const carriageReturn = 13;
const none = new Uint8Array(0);
const headEnd = new TextEncoder().encode('\r\n\r\n');

/** Valid boundaries (RFC 2046, 5.1.1). */
export function isBoundary(text: string | undefined): text is string {
  return text !== undefined && /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/.test(text);
}

/**
 * Reads one body. Holds back no more than one head or one boundary: a part's bytes go to the sink as they come. The
 * first fault is final.
 */
export class MultipartParser {
  readonly #delimiter: Uint8Array;
  readonly #limits: MultipartLimits;
  readonly #sink: PartSink;
  #state: 'preamble' | 'head' | 'body' | 'done' = 'preamble';
  /** Begins with a line end of ours, so that the first boundary is like any other. */
  #held: Uint8Array = new Uint8Array([carriageReturn, 10]);
  #parts = 0;
  #partBytes = 0;
  #fault: MultipartFault | undefined;

  constructor(boundary: string, limits: MultipartLimits, sink: PartSink) {
    this.#delimiter = new TextEncoder().encode(`\r\n--${boundary}`);
    this.#limits = limits;
    this.#sink = sink;
  }

  write(chunk: Uint8Array): MultipartFault | undefined {
    if (this.#state === 'done' || this.#fault) return this.#fault;
    let rest = joined(this.#held, chunk);
    for (let next: Uint8Array | undefined = rest; next;) {
      rest = next;
      next = this.#state === 'head' ? this.#readHead(rest) : this.#readBody(rest);
      if (this.#fault) return this.#fault;
    }
    // A copy: the caller may use the chunk again.
    this.#held = this.#hold(rest);
    return this.#fault;
  }

  /** The last word: whether the body was whole. */
  end(): MultipartFault | undefined {
    if (this.#state !== 'done') this.#refuse('malformed', 'Ends before its last boundary.');
    return this.#fault;
  }

  /** What follows the next boundary; undefined when more bytes are needed. */
  #readBody(bytes: Uint8Array): Uint8Array | undefined {
    const at = indexOf(bytes, this.#delimiter);
    if (at < 0) return undefined;
    this.#give(bytes.subarray(0, at));
    if (this.#state === 'body' && !this.#fault) this.#sink.end();
    this.#state = 'head';
    return bytes.subarray(at + this.#delimiter.length);
  }

  /** A head begins with the end of its boundary's line; `--` there ends it all. */
  #readHead(bytes: Uint8Array): Uint8Array | undefined {
    if (bytes.length < 2) return undefined;
    if (bytes[0] === dash && bytes[1] === dash) {
      this.#state = 'done';
      return undefined;
    }
    const at = indexOf(bytes, headEnd);
    if (Math.max(at, at < 0 ? bytes.length - headEnd.length : 0) > this.#limits.headerBytes)
      return this.#refuse('header-bytes', `The head of a part is longer than ${this.#limits.headerBytes} bytes.`);
    if (at < 0) return undefined;
    const head = readHead(bytes.subarray(0, at));
    if (!head) return this.#refuse('malformed', 'The head of a part is malformed.');
    if ((this.#parts += 1) > this.#limits.parts)
      return this.#refuse('parts', `Has more than ${this.#limits.parts} parts.`);
    this.#partBytes = 0;
    this.#sink.begin(head);
    this.#state = 'body';
    return bytes.subarray(at + headEnd.length);
  }

  /** All but what may be the beginning of a boundary goes on. */
  #hold(bytes: Uint8Array): Uint8Array {
    if (this.#state === 'done') return none;
    if (this.#state === 'head') return bytes.slice();
    const sure = Math.max(0, bytes.length - this.#delimiter.length + 1);
    this.#give(bytes.subarray(0, sure));
    return bytes.slice(sure);
  }

  #give(bytes: Uint8Array): void {
    if (this.#state !== 'body' || bytes.length === 0) return;
    this.#partBytes += bytes.length;
    if (this.#partBytes > this.#limits.partBytes)
      this.#refuse('part-bytes', `A part is larger than ${this.#limits.partBytes} bytes.`);
    else this.#sink.data(bytes);
  }

  #refuse(rule: MultipartFault['rule'], message: string): undefined {
    this.#fault ??= { rule, message };
    return undefined;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  const last = bytes.length - wanted.length;
  for (let at = bytes.indexOf(carriageReturn); at >= 0 && at <= last; at = bytes.indexOf(carriageReturn, at + 1)) {
    let length = 1;
    while (length < wanted.length && bytes[at + length] === wanted[length]) length += 1;
    if (length === wanted.length) return at;
  }
  return -1;
}

/** undefined when it is not UTF-8, or a line is no field. */
function readHead(bytes: Uint8Array): PartHead | undefined {
  const text = decodeUtf8(bytes);
  if (text === undefined || text.includes('\u0000')) return undefined;
  const [padding = '', ...lines] = text.split('\r\n');
  if (padding.trim() !== '') return undefined;
  const headers = Object.create(null) as Record<string, string>;
  for (const line of lines) {
    const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*)$/s.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    headers[name.toLowerCase()] = value.trimEnd();
  }
  const disposition = headers['content-disposition'] ?? '';
  const name = dispositionPart(disposition, 'name');
  const fileName = dispositionPart(disposition, 'filename');
  return {
    ...(name === undefined ? {} : { name }),
    ...(fileName === undefined ? {} : { fileName }),
    type: headers['content-type'] ?? '',
    headers,
  };
}

/** As browsers write it: no backslash escapes, but `%22`, `%0D` and `%0A` (HTML, “multipart/form-data”). */
function dispositionPart(disposition: string, part: 'name' | 'filename'): string | undefined {
  // From left to right: what stands inside a quoted text is not looked at.
  for (const [, key = '', quoted, token] of disposition.matchAll(/;\s*([^=;\s"]+)=(?:"([^"]*)"|([^\s;"]*))/g)) {
    if (key.toLowerCase() === part) return (quoted ?? token)?.replaceAll(/%(?:22|0D|0A)/gi, decodeURIComponent);
  }
  return undefined;
}

/** A part to be written. */
export interface Part {
  name?: string;
  fileName?: string;
  /** Content-Type; none is written when absent. */
  type?: string;
  headers?: Readonly<Record<string, string>>;
  bytes: Uint8Array;
}

/** The bytes of a multipart body and its boundary, which no part holds. The same parts are always the same bytes. */
export function encodeMultipart(parts: readonly Part[]): { boundary: string; bytes: Uint8Array } {
  const boundary = boundaryFor(parts);
  const text = new TextEncoder();
  const pieces = parts.flatMap((part) => [
    text.encode(`--${boundary}\r\n${headOf(part)}\r\n`),
    part.bytes,
    text.encode('\r\n'),
  ]);
  pieces.push(text.encode(`--${boundary}--\r\n`));
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return { boundary, bytes };
}

function boundaryFor(parts: readonly Part[]): string {
  for (let count = 0; ; count++) {
    const boundary = `plinth-part-7MA4YWxkTrZu0gW${count === 0 ? '' : `-${count}`}`;
    const delimiter = new TextEncoder().encode(`\r\n--${boundary}`);
    // A part may also begin with it, right after its head.
    if (!parts.some(({ bytes }) => indexOf(joined(new Uint8Array([carriageReturn, 10]), bytes), delimiter) >= 0))
      return boundary;
  }
}

function headOf({ name, fileName, type, headers = {} }: Part): string {
  const file = fileName === undefined ? '' : `; filename="${quotable(fileName)}"`;
  const lines = Object.entries(headers).map(([field, value]) => `${field}: ${value.replaceAll(/[\r\n]/g, ' ')}`);
  if (name !== undefined) lines.unshift(`Content-Disposition: form-data; name="${quotable(name)}"${file}`);
  if (type !== undefined) lines.push(`Content-Type: ${type}`);
  return lines.map((line) => `${line}\r\n`).join('');
}

function quotable(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
