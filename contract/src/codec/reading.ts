// Readings: one body on its way in. Bytes are written as they come; of a sequence each item comes out, judged, when it is
// complete, of any other body the one value at its end.

import { ByteBuffer } from './byte-buffer.ts';
import type { ReadPart } from './form-data.ts';
import { decodeUtf8, parseJson } from './json.ts';
import { MultipartParser, type PartHead } from './multipart.ts';
import { EventAssembler, type SequenceKind, Splitter } from './sequence.ts';
import { bodyViolation, type Decoded } from './violation.ts';

/** Bounds of a body, each by bytes but `parts`. `bodyBytes`: of what has to be held whole. */
export interface BodyLimits {
  bodyBytes: number;
  parts: number;
  partBytes: number;
  /** Of the head of one part. */
  headerBytes: number;
  /** Of one item of a sequence. */
  itemBytes: number;
}

/** After the first violation of a whole body, or of the frame of a sequence, nothing more comes out. */
export interface BodyReading {
  write(chunk: Uint8Array): Decoded[];
  end(): Decoded[];
}

export function refused(rule: string, message: string): Decoded {
  return { violations: [bodyViolation('', rule, message)] };
}

interface Fault {
  rule: string;
  message: string;
}

function tooLarge(bytes: number): Fault {
  return { rule: 'body-bytes', message: `Is larger than ${bytes} bytes.` };
}

/** A body that means nothing before its last byte. */
export function wholeReading(read: (bytes: Uint8Array) => Decoded, { bodyBytes }: BodyLimits): BodyReading {
  const held = new ByteBuffer();
  let fault: Fault | undefined;
  return {
    write(chunk) {
      if (held.size + chunk.length > bodyBytes) fault ??= tooLarge(bodyBytes);
      if (!fault) held.add(chunk);
      return [];
    },
    end: () => [fault ? refused(fault.rule, fault.message) : read(held.take())],
  };
}

/** Parts, each handed on whole. Together they are no larger than `bodyBytes`. */
class PartCollector {
  readonly #parser: MultipartParser;
  readonly #mostBytes: number;
  readonly #bytes = new ByteBuffer();
  #head: PartHead | undefined;
  #size = 0;
  #done: ReadPart[] = [];

  constructor(boundary: string, limits: BodyLimits) {
    this.#mostBytes = limits.bodyBytes;
    this.#parser = new MultipartParser(boundary, limits, {
      begin: (head) => {
        this.#head = head;
      },
      data: (bytes) => this.#bytes.add(bytes),
      end: () => {
        if (this.#head) this.#done.push({ head: this.#head, bytes: this.#bytes.take() });
      },
    });
  }

  /** Parts that are complete with these bytes. */
  write(chunk: Uint8Array): { parts: ReadPart[]; fault: Fault | undefined } {
    this.#size += chunk.length;
    const fault = this.#size > this.#mostBytes ? tooLarge(this.#mostBytes) : this.#parser.write(chunk);
    return { parts: this.#done.splice(0), fault };
  }

  end(): Fault | undefined {
    return this.#parser.end();
  }
}

/** A form: all its parts are one value. */
export function formDataReading(
  boundary: string,
  read: (parts: readonly ReadPart[]) => Decoded,
  limits: BodyLimits,
): BodyReading {
  const collector = new PartCollector(boundary, limits);
  const parts: ReadPart[] = [];
  let fault: Fault | undefined;
  return {
    write(chunk) {
      if (fault) return [];
      const got = collector.write(chunk);
      parts.push(...got.parts);
      ({ fault } = got);
      return [];
    },
    end() {
      fault ??= collector.end();
      return [fault ? refused(fault.rule, fault.message) : read(parts)];
    },
  };
}

/** Parts by position: each is an item. */
export function partsReading(
  boundary: string,
  read: (part: ReadPart, position: number) => Decoded,
  limits: BodyLimits,
): BodyReading {
  const collector = new PartCollector(boundary, limits);
  let position = 0;
  let isOver = false;
  return {
    write(chunk) {
      if (isOver) return [];
      const { parts, fault } = collector.write(chunk);
      isOver = fault !== undefined;
      const items = parts.map((part) => read(part, position++));
      return fault ? [...items, refused(fault.rule, fault.message)] : items;
    },
    end() {
      if (isOver) return [];
      const fault = collector.end();
      return fault ? [refused(fault.rule, fault.message)] : [];
    },
  };
}

/** Items of JSON lines, JSON sequences and event streams. */
export function sequenceReading(
  kind: SequenceKind,
  judge: (item: unknown) => Decoded,
  { itemBytes }: BodyLimits,
): BodyReading {
  const splitter = new Splitter(kind, itemBytes);
  const assembler = new EventAssembler();
  const itemOf = (bytes: Uint8Array): Decoded | undefined =>
    kind === 'events' ? readLine(assembler, bytes) : readJson(bytes, kind);
  let position = 0;
  let isOver = false;
  const judged = (item: Decoded | undefined): Decoded[] =>
    item ? [placed('value' in item ? judge(item.value) : item, position++)] : [];
  return {
    write(chunk) {
      if (isOver) return [];
      const items = splitter.write(chunk).flatMap((bytes) => judged(itemOf(bytes)));
      isOver = splitter.isTooLong || assembler.size > itemBytes;
      return isOver ? [...items, ...judged(refused('item-bytes', `Is longer than ${itemBytes} bytes.`))] : items;
    },
    // An event needs the empty line after it: one that is cut off is none.
    end: () => (isOver || kind === 'events' ? [] : judged(readJson(splitter.end(), kind))),
  };
}

/** Empty lines, and what stands before the first record, are nothing. */
function readJson(bytes: Uint8Array, kind: SequenceKind): Decoded | undefined {
  const text = decodeUtf8(bytes);
  if (text?.trim() === '') return undefined;
  // RFC 7464, 2.4: what white space does not follow may be the beginning of another number or word.
  if (kind === 'records' && text !== undefined && !/^\s*[[{"]|\s$/.test(text))
    return refused('malformed-json', 'Is cut off.');
  const parsed = parseJson(bytes, text);
  return 'value' in parsed ? parsed : refused(parsed.rule, `Is not JSON as it is accepted: ${parsed.reason}.`);
}

function readLine(assembler: EventAssembler, bytes: Uint8Array): Decoded | undefined {
  const text = decodeUtf8(bytes);
  if (text === undefined) return refused('malformed', 'Is not UTF-8.');
  const event = assembler.line(text);
  return event && { value: event };
}

/** A violation inside an item, as seen from the whole. */
export function placed(decoded: Decoded, position: number): Decoded {
  if ('value' in decoded) return decoded;
  return { violations: decoded.violations.map((each) => ({ ...each, pointer: `/${position}${each.pointer}` })) };
}
