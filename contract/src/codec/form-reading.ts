// A form on its way in whose files are put elsewhere as they come: what is held is text, and the head of a part.

import { ByteBuffer } from './byte-buffer.ts';
import { type FileReference, type FileTaker, fitsType, signatureBytes } from './file-part.ts';
import type { NamedParts, PartPlace, ReadPart } from './form-data.ts';
import { mediaName } from './media.ts';
import { type MultipartFault, MultipartParser, type PartHead } from './multipart.ts';
import type { BodyLimits } from './reading.ts';
import type { Decoded } from './violation.ts';

/** What is wrong with a form before its values count. `held-bytes`: its parts that are no files are too large together. */
export interface FormFault {
  rule: MultipartFault['rule'] | 'held-bytes';
  message: string;
}

export interface FormReading {
  /** The first fault is final: nothing more is taken. */
  write(chunk: Uint8Array): FormFault | undefined;
  /** The last word. Where files have been put is complete by now. */
  end(): Decoded | { fault: FormFault };
}

/** `bodyBytes`: of all that is held. */
export function formReading(boundary: string, named: NamedParts, taker: FileTaker, limits: BodyLimits): FormReading {
  const sink = new FormSink(named, taker);
  const parser = new MultipartParser(boundary, limits, sink);
  let fault: FormFault | undefined;
  return {
    write(chunk) {
      fault ??= parser.write(chunk);
      if (sink.heldBytes > limits.bodyBytes)
        fault ??= { rule: 'held-bytes', message: `What is no file has more than ${limits.bodyBytes} bytes.` };
      return fault;
    },
    end() {
      fault ??= parser.end();
      return fault ? { fault } : named.read(sink.parts);
    },
  };
}

class FormSink {
  readonly parts: ReadPart[] = [];
  heldBytes = 0;
  readonly #named: NamedParts;
  readonly #taker: FileTaker;
  readonly #bytes = new ByteBuffer();
  #head: PartHead = { type: '', headers: {} };
  #place: PartPlace = 'here';
  #file: FileReference | undefined;
  /** The first bytes of a file. */
  #first: number[] = [];

  constructor(named: NamedParts, taker: FileTaker) {
    this.#named = named;
    this.#taker = taker;
  }

  begin(head: PartHead): void {
    this.#head = head;
    this.#place = this.#named.placeOf(head);
    this.#file = this.#place === 'aside' ? this.#taker.begin(head) : undefined;
    this.#first = [];
  }

  data(bytes: Uint8Array): void {
    if (this.#place === 'here') {
      this.heldBytes += bytes.length;
      this.#bytes.add(bytes);
    } else if (this.#file) {
      this.#first.push(...bytes.subarray(0, signatureBytes - this.#first.length));
      this.#taker.data(bytes);
    }
  }

  end(): void {
    if (this.#file) this.#taker.end();
    this.parts.push({ head: this.#head, bytes: this.#bytes.take(), file: this.#file, fault: this.#faultOf() });
  }

  #faultOf(): ReadPart['fault'] {
    if (typeof this.#place === 'object') return this.#place;
    if (!this.#file || fitsType(this.#file.type, Uint8Array.from(this.#first))) return undefined;
    return { rule: 'media-type', message: `Does not begin as ${mediaName(this.#head.type)} does.` };
  }
}
