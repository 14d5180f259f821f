// A declared body: bytes or chunks of a content type → the value, judged by the contract; and the other way. The edge,
// the mock and the test runner all read bodies by this.

import { isObject } from '../load/pointer.ts';
import type { Body, Contract, JsonObject, Media, Schema } from '../model/contract.ts';
import { type BodyOptions, type BodyReader, compileBody, compileSchema, type Validator } from '../schema/compile.ts';
import { encodeForm } from './encode.ts';
import { eventData } from './event-data.ts';
import { FileReference, type FileTaker } from './file-part.ts';
import {
  compileNamedParts,
  compilePartsByPosition,
  isBodyFile,
  partsByName,
  partsByPosition,
  type ReadPart,
} from './form-data.ts';
import { type FormReading, formReading } from './form-reading.ts';
import { compileForm } from './form.ts';
import { decodeUtf8, parseJson } from './json.ts';
import { isForm, isJson, isMultipart, mediaFor, mediaName, mediaParameter } from './media.ts';
import { encodeMultipart, isBoundary } from './multipart.ts';
import {
  type BodyLimits,
  type BodyReading,
  formDataReading,
  partsReading,
  placed,
  refused,
  sequenceReading,
  wholeReading,
} from './reading.ts';
import { encodeItem, type SequenceKind, sequenceKind } from './sequence.ts';
import { shapeOf } from './typing.ts';
import type { Decoded } from './violation.ts';

export type { BodyLimits, BodyReading } from './reading.ts';
export type { BodyViolation, Decoded } from './violation.ts';
export { FileReference, type FileTaker } from './file-part.ts';
export { type BodyFile, isBodyFile } from './form-data.ts';
export type { FormFault, FormReading } from './form-reading.ts';

const mebibyte = 1_048_576;

/** Bounds where the caller has none of its own. */
export const bodyLimits: BodyLimits = {
  bodyBytes: 64 * mebibyte,
  parts: 20,
  partBytes: 10 * mebibyte,
  headerBytes: 8192,
  itemBytes: mebibyte,
};

export interface BodyCodecOptions extends Pick<BodyOptions, 'unknown'> {
  /** Default: a request's. */
  direction?: BodyOptions['direction'];
  limits?: BodyLimits;
}

/** Items of a sequence on their way out. */
export interface ItemCodec {
  /** Judges an item as it is sent. */
  judge(item: unknown): Decoded;
  /** The text of one item, its separators included. */
  encode(item: unknown): string;
}

export interface EncodedBody {
  /** Value of Content-Type. */
  type: string;
  body: string | Uint8Array;
}

/**
 * JSON, forms and sequences become values; text stays text, and anything else bytes, of which only the type counts. Files
 * in multipart bodies are `BodyFile`s. An undeclared content type is a violation `media-type`.
 */
export interface BodyCodec {
  /** The value of a whole body; of a sequence the list of its items. */
  decode(bytes: Uint8Array, contentType: string): Decoded;
  /** A body that comes in pieces. Of a sequence the items come out one by one, each judged. */
  open(contentType: string): BodyReading;
  /** A form whose files `taker` puts elsewhere: `FileReference`s in its value. undefined for any other content type. */
  openForm(contentType: string, taker: FileTaker): FormReading | undefined;
  /** The same, over a stream: items of a sequence as they come, of any other body its one value. */
  read(chunks: AsyncIterable<Uint8Array>, contentType: string): AsyncGenerator<Decoded, void, void>;
  /** Undefined for a type that carries no sequence, or is not declared. */
  items(contentType: string): ItemCodec | undefined;
  /** A value that needs no decoding. `contentType` default: JSON, else what is declared first. */
  check(value: unknown, contentType?: string): Decoded;
  /** Emits the code of all declared types now: the first body is then judged as quickly as the next. */
  prepare(): void;
  /** The other way; throws TypeError for a value that the type cannot carry. */
  encode(value: unknown, contentType?: string): EncodedBody;
}

/** Compiles a body of a contract; each media type when it is first met. */
export function compileBodyCodec(
  body: Body,
  contract: Pick<Contract, 'document'>,
  options: BodyCodecOptions,
): BodyCodec {
  const codecs = new Map<Media, MediaCodec>();
  const codecOf = (media: Media): MediaCodec => {
    let codec = codecs.get(media);
    if (!codec) codecs.set(media, (codec = new MediaCodec(media, contract.document, options)));
    return codec;
  };
  const preferred = body.media.find(({ type }) => isJson(type)) ?? body.media[0];
  const chosen = (contentType: string | undefined): Media | undefined =>
    contentType === undefined || contentType === preferred?.type ? preferred : mediaFor(body.media, contentType);
  const open = (contentType: string): BodyReading => {
    const media = chosen(contentType);
    if (media) return codecOf(media).open(contentType);
    const declared = body.media.map(({ type }) => type).join(', ');
    return failedReading(
      refused('media-type', `${mediaName(contentType) || 'No media type'} is not among: ${declared}.`),
    );
  };
  return {
    open,
    openForm(contentType, taker) {
      const media = chosen(contentType);
      return media && codecOf(media).openForm(contentType, taker);
    },
    decode(bytes, contentType) {
      const media = chosen(contentType);
      const reading = open(contentType);
      const items = [...reading.write(bytes), ...reading.end()];
      return media && codecOf(media).isSequence(contentType)
        ? codecOf(media).whole(items)
        : (items[0] ?? refused('malformed', 'Is incomplete.'));
    },
    async *read(chunks, contentType) {
      const reading = open(contentType);
      for await (const chunk of chunks) yield* reading.write(chunk);
      yield* reading.end();
    },
    items(contentType) {
      const media = chosen(contentType);
      const kind = sequenceKind(contentType);
      return media && kind && codecOf(media).items(kind);
    },
    check(value, contentType) {
      const media = chosen(contentType);
      return media ? codecOf(media).judge(value) : refused('media-type', `${contentType} is not declared.`);
    },
    prepare() {
      for (const media of body.media) codecOf(media).prepare();
    },
    encode(value, contentType) {
      const media = chosen(contentType);
      if (!media) throw new TypeError(`The body has no media type ${contentType}.`);
      return encodeBody(value, media, contract.document, contentType);
    },
  };
}

function failedReading(decoded: Decoded): BodyReading {
  return { write: () => [], end: () => [decoded] };
}

/** One declared media type. */
class MediaCodec {
  readonly #media: Media;
  readonly #document: JsonObject;
  readonly #limits: BodyLimits;
  readonly #reader: BodyReader | undefined;
  readonly #itemReader: BodyReader | undefined;
  readonly #isNamed: boolean;
  readonly #hasFiles: boolean;
  #readForm: ReturnType<typeof compileForm> | undefined;
  #readNamed: ReturnType<typeof compileNamedParts> | undefined;
  #readPart: ReturnType<typeof compilePartsByPosition> | undefined;
  readonly #eventData: readonly { event: Validator; data: Validator }[];

  constructor(media: Media, document: JsonObject, options: BodyCodecOptions) {
    const { unknown, direction = 'request', limits = bodyLimits } = options;
    this.#media = media;
    this.#document = document;
    this.#limits = limits;
    const reader = (schema: Schema | undefined): BodyReader | undefined =>
      schema === undefined ? undefined : compileBody(schema, document, { unknown, direction });
    const { schema } = media;
    const shape = schema === undefined ? undefined : shapeOf(schema, document);
    this.#hasFiles = media.type.startsWith('*') || isMultipart(media.type);
    this.#isNamed = mediaName(media.type) === 'multipart/form-data' || shape?.kind === 'object';
    // Before OpenAPI 3.2 a schema of JSON lines mostly meant the line; that of a list means all of them.
    const isOfItem = sequenceKind(media.type) === 'lines' && shape !== undefined && shape.kind !== 'array';
    this.#reader = isOfItem ? undefined : reader(schema);
    this.#itemReader = reader(media.itemSchema ?? (isOfItem ? schema : undefined));
    this.#eventData = eventData(media.itemSchema, document).map(({ event, data }) => ({
      event: compileSchema(event, { document }),
      data: compileSchema(data, { document }),
    }));
  }

  prepare(): void {
    this.#reader?.prepare();
    this.#itemReader?.prepare();
  }

  isSequence(contentType: string): boolean {
    return sequenceKind(contentType) !== undefined || (isMultipart(contentType) && !this.#named(contentType));
  }

  #named(contentType: string): boolean {
    return this.#isNamed || mediaName(contentType) === 'multipart/form-data';
  }

  open(contentType: string): BodyReading {
    const kind = sequenceKind(contentType);
    if (kind) return sequenceReading(kind, (item) => this.#judgeItem(item, kind), this.#limits);
    if (isMultipart(contentType)) return this.#openMultipart(contentType);
    return wholeReading((bytes) => this.#decodeWhole(bytes, contentType), this.#limits);
  }

  #openMultipart(contentType: string): BodyReading {
    const boundary = mediaParameter(contentType, 'boundary');
    if (!isBoundary(boundary))
      return failedReading(refused('boundary', 'The content type has no boundary of 1 to 70 plain characters.'));
    if (this.#named(contentType)) {
      const { read } = (this.#readNamed ??= compileNamedParts(this.#media, this.#document));
      return formDataReading(boundary, (parts) => this.#judged(read(parts)), this.#limits);
    }
    const read = (this.#readPart ??= compilePartsByPosition(this.#media, this.#document));
    return partsReading(
      boundary,
      (part, position) => {
        const item = read(part, position);
        return 'value' in item ? placed(verdict(this.#itemReader, item.value, standIn(item.value)), position) : item;
      },
      this.#limits,
    );
  }

  openForm(contentType: string, taker: FileTaker): FormReading | undefined {
    const boundary = mediaParameter(contentType, 'boundary');
    if (mediaName(contentType) !== 'multipart/form-data' || !isBoundary(boundary)) return undefined;
    const named = (this.#readNamed ??= compileNamedParts(this.#media, this.#document));
    const judged = { ...named, read: (parts: readonly ReadPart[]) => this.#judged(named.read(parts)) };
    return formReading(boundary, judged, taker, this.#limits);
  }

  #decodeWhole(bytes: Uint8Array, contentType: string): Decoded {
    if (isJson(contentType)) {
      const parsed = parseJson(bytes);
      return 'value' in parsed
        ? this.judge(parsed.value)
        : refused(parsed.rule, `Is not JSON as it is accepted: ${parsed.reason}.`);
    }
    const isTextual = isForm(contentType) || mediaName(contentType).startsWith('text/');
    if (!isTextual) return { value: bytes };
    const text = decodeUtf8(bytes);
    if (text === undefined) return refused('malformed', 'Is not UTF-8.');
    if (!isForm(contentType)) return { value: text };
    this.#readForm ??= compileForm(this.#media, this.#document);
    return this.#judged(this.#readForm(text));
  }

  #judged(decoded: Decoded): Decoded {
    return 'value' in decoded ? this.judge(decoded.value) : decoded;
  }

  judge(value: unknown): Decoded {
    return verdict(this.#reader, value, this.#hasFiles ? standIn(value) : value);
  }

  #judgeItem(item: unknown, kind: SequenceKind): Decoded {
    const decoded = verdict(this.#itemReader, item);
    if (kind !== 'events' || !('value' in decoded)) return decoded;
    const { data: text } = item as { data?: unknown };
    const own = typeof text === 'string' ? this.#eventData.filter(({ event }) => event.check(item)) : [];
    if (own.length === 0) return decoded;
    const parsed = parseJson(new TextEncoder().encode(text as string));
    if (!('value' in parsed)) return at('/data', refused('malformed-json', 'Is not JSON.'));
    const data = own.map((each) => verdict(each.data, parsed.value)).find((each) => !('value' in each));
    return data === undefined ? decoded : at('/data', data);
  }

  items(kind: SequenceKind): ItemCodec {
    return {
      judge: (item) => this.#judgeItem(kind === 'events' ? asEvent(item) : item, kind),
      encode: (item) => encodeItem(item, kind),
    };
  }

  /** The items of a sequence together. */
  whole(items: readonly Decoded[]): Decoded {
    const violations = items.flatMap((item) => ('value' in item ? [] : item.violations));
    if (violations.length > 0) return { violations: violations.slice(0, mostViolations) };
    return this.judge(items.flatMap((item) => ('value' in item ? [item.value] : [])));
  }
}

/** An event as its reader sees it: data is text. */
function asEvent(item: unknown): unknown {
  if (!isObject(item) || typeof item['data'] === 'string' || item['data'] === undefined) return item;
  return { ...item, data: JSON.stringify(item['data']) };
}

const mostViolations = 50;

function at(pointer: string, decoded: Decoded): Decoded {
  if ('value' in decoded) return decoded;
  return { violations: decoded.violations.map((each) => ({ ...each, pointer: pointer + each.pointer })) };
}

/** `seen`: the value as the schema looks at it. */
function verdict(reader: (Validator & Partial<BodyReader>) | undefined, value: unknown, seen = value): Decoded {
  if (!reader) return { value };
  if (reader.check(seen)) return { value: reader.project ? reader.project(value) : value };
  return { violations: reader.explain(seen).map((each) => ({ in: 'body', ...each })) };
}

/** What a schema sees of a file: a text of as many characters as it has bytes (OpenAPI 3.1, 4.8.24.1, on `maxLength`). */
function standIn(value: unknown): unknown {
  if (isBodyFile(value)) return ' '.repeat(value.bytes.length);
  if (value instanceof Uint8Array) return ' '.repeat(value.length);
  if (value instanceof FileReference) return ' '.repeat(value.size);
  if (Array.isArray(value)) return value.some(isFileOrBytes) ? value.map(standIn) : value;
  if (!isObject(value) || !Object.values(value).some((part) => isFileOrBytes(part) || Array.isArray(part)))
    return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, standIn(part)]));
}

function isFileOrBytes(value: unknown): boolean {
  return value instanceof Uint8Array || value instanceof FileReference || isBodyFile(value);
}

/** The bytes of a body in a declared media type. `contentType` says which one where a range is declared. */
export function encodeBody(value: unknown, media: Media, document: JsonObject, contentType?: string): EncodedBody {
  const type = contentType ?? concrete(media.type);
  const kind = sequenceKind(type);
  if (kind) return { type, body: (value as unknown[]).map((item) => encodeItem(item, kind)).join('') };
  if (isMultipart(type)) return multipartOf(value, media, { document, type: mediaName(type) });
  if (isForm(type)) return { type, body: isObject(value) ? encodeForm(value, media) : '' };
  if (!isJson(type) && (typeof value === 'string' || value instanceof Uint8Array)) return { type, body: value };
  return { type, body: JSON.stringify(value) };
}

function multipartOf(value: unknown, media: Media, by: { document: JsonObject; type: string }): EncodedBody {
  const parts = Array.isArray(value)
    ? partsByPosition(value, media)
    : partsByName(isObject(value) ? value : {}, media, by.document);
  const { boundary, bytes } = encodeMultipart(parts);
  // Text where it is text: it can be shown and repeated by hand.
  return { type: `${by.type}; boundary=${boundary}`, body: decodeUtf8(bytes) ?? bytes };
}

/** A concrete media type of a declared one: ranges become their plainest member. */
function concrete(type: string): string {
  if (type === '*/*' || type === 'application/*') return 'application/json';
  return type === 'text/*' ? 'text/plain' : type.replace('/*', '/octet-stream');
}
