// Bodies that are sequences of items (OpenAPI 3.2, 4.14.3 “Sequential Media Types”): bytes to the text of each item as it
// is complete. JSON lines (NDJSON), JSON text sequences (RFC 7464), server-sent events (HTML, 9.2).

import { ByteBuffer } from './byte-buffer.ts';
import { mediaName } from './media.ts';

export type SequenceKind = 'lines' | 'records' | 'events';

/** How a media type puts its items one after another; undefined when it does not. */
export function sequenceKind(type: string): SequenceKind | undefined {
  const name = mediaName(type);
  if (name === 'text/event-stream') return 'events';
  if (/[/+]json-seq$/.test(name)) return 'records';
  return /[/+](?:x-)?(?:ndjson|jsonl|json-lines|jsonlines)$/.test(name) ? 'lines' : undefined;
}

/** One server-sent event. `retry` in milliseconds. */
export interface ServerEvent {
  data: string;
  event?: string;
  id?: string;
  retry?: number;
}

const lineFeed = 10;
const carriageReturn = 13;
const recordSeparator = 30;

/** Cuts a stream at single bytes; of an event stream at LF, CR and CR LF. Holds at most one unfinished piece. */
export class Splitter {
  readonly #separator: number;
  readonly #other: number;
  readonly #mostBytes: number;
  readonly #held = new ByteBuffer();
  #before = 0;
  /** A piece was longer than `mostBytes`; nothing more is read. */
  isTooLong = false;

  constructor(kind: SequenceKind, mostBytes: number) {
    this.#separator = kind === 'records' ? recordSeparator : lineFeed;
    this.#other = kind === 'events' ? carriageReturn : this.#separator;
    this.#mostBytes = mostBytes;
  }

  /** Pieces that are complete with these bytes. */
  write(chunk: Uint8Array): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length && !this.isTooLong; at++) {
      const byte = chunk[at] as number;
      const before = this.#before;
      this.#before = byte;
      if (byte !== this.#separator && byte !== this.#other) continue;
      const isRest = byte === lineFeed && before === carriageReturn && this.#other === carriageReturn;
      if (!isRest && this.#hold(chunk.subarray(start, at))) pieces.push(this.#held.take());
      start = at + 1;
    }
    if (!this.isTooLong) this.#hold(chunk.subarray(start));
    return pieces;
  }

  /** What stands after the last separator. */
  end(): Uint8Array {
    return this.#held.take();
  }

  #hold(bytes: Uint8Array): boolean {
    this.isTooLong ||= this.#held.size + bytes.length > this.#mostBytes;
    if (!this.isTooLong) this.#held.add(bytes);
    return !this.isTooLong;
  }
}

/** Lines to events. An event without data is none, and neither is one that the stream breaks off. */
export class EventAssembler {
  #data: string[] = [];
  #fields: Omit<ServerEvent, 'data'> = {};
  #size = 0;
  #isFirst = true;

  /** Characters of the event under way. */
  get size(): number {
    return this.#size;
  }

  /** The event that this line completes. */
  line(written: string): ServerEvent | undefined {
    const line = this.#isFirst ? written.replace(/^\uFEFF/, '') : written;
    this.#isFirst = false;
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') {
      this.#data.push(value);
      this.#size += value.length;
    } else if (name === 'event') this.#fields.event = value;
    else if (name === 'id' && !value.includes('\0')) this.#fields.id = value;
    else if (name === 'retry' && /^\d{1,15}$/.test(value)) this.#fields.retry = Number(value);
    return undefined;
  }

  #dispatch(): ServerEvent | undefined {
    const event = this.#data.length === 0 ? undefined : { data: this.#data.join('\n'), ...this.#fields };
    this.#data = [];
    this.#size = 0;
    this.#fields = {};
    return event;
  }
}

/** The text of one item. Of events: an object with `data`, `event`, `id`, `retry`; data that is no text is JSON. */
export function encodeItem(value: unknown, kind: SequenceKind): string {
  if (kind === 'lines') return `${JSON.stringify(value)}\n`;
  if (kind === 'records') return `\u001E${JSON.stringify(value)}\n`;
  const { data, ...fields } = value as { data: unknown };
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  const lines = Object.entries(fields).map(([name, field]) => `${name}: ${String(field).replaceAll(/[\r\n]/g, ' ')}`);
  return `${[...lines, ...text.split(/\r\n|\r|\n/).map((line) => `data: ${line}`)].join('\n')}\n\n`;
}
