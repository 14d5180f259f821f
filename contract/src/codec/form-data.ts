// Multipart bodies by schema (OpenAPI 3.2, 4.15): parts by name are the properties of an object, parts by position the
// items of a list. What a part holds is said by `encoding`, else by the schema: objects JSON, bytes files, the rest text.

import { follow, isObject, textOf } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Media, Schema } from '../model/contract.ts';
import { compileSchema, type Validator } from '../schema/compile.ts';
import { declaredMembers } from '../schema/members.ts';
import { fileOfText, type FileReference } from './file-part.ts';
import { decodeUtf8, parseJson } from './json.ts';
import { covers, isJson } from './media.ts';
import type { Part, PartHead } from './multipart.ts';
import { faultWords, fromText, type Styled } from './styles.ts';
import { isBinary, shapeOf, typed } from './typing.ts';
import { bodyViolation, type BodyViolation, type Decoded } from './violation.ts';

/** A file inside a body. */
export interface BodyFile {
  /** A label that the sender chose; never a path. */
  fileName?: string;
  /** Content-Type as the sender gives it; '' when it does not. */
  type: string;
  bytes: Uint8Array;
}

export function isBodyFile(value: unknown): value is BodyFile {
  return isObject(value) && (value['bytes'] as unknown) instanceof Uint8Array;
}

/** A part that has come in whole. */
export interface ReadPart {
  head: PartHead;
  /** Empty when the part was put aside. */
  bytes: Uint8Array;
  /** A file that was put elsewhere; undefined: its bytes are here. */
  file?: FileReference | undefined;
  /** It is refused, whatever its bytes. */
  fault?: PartFault | undefined;
}

interface PartFault {
  rule: string;
  message: string;
}

/** Where the bytes of a part go: to the value, elsewhere, or nowhere, because the part is refused. */
export type PartPlace = 'here' | 'aside' | PartFault;

interface Slot {
  /** Name or position, for messages. */
  at: string;
  isList: boolean;
  content: 'json' | 'file' | 'text' | 'any';
  types: ReadonlySet<string>;
  /** Media types that `encoding` allows; empty = any. */
  allowed: readonly string[];
  headers: readonly Header[];
}

interface Header {
  styled: Styled;
  required: boolean;
  validator: Validator;
}

export interface NamedParts {
  /** The value is not yet judged by the whole schema. */
  read: (parts: readonly ReadPart[]) => Decoded;
  /** Of a form whose files are put elsewhere: a declared file of an allowed type is. */
  placeOf: (head: PartHead) => PartPlace;
}

/** Compiles what becomes of parts with names. */
export function compileNamedParts(media: Media, document: JsonObject): NamedParts {
  const { properties } = declaredMembers(media.schema ?? true, document);
  const slots = new Map(
    [...properties].map(([name, schema]) => [name, slotOf(name, schema, { encoding: media.encoding[name], document })]),
  );
  const placeOf = ({ name = '', type }: PartHead): PartPlace => {
    const slot = slots.get(name);
    if (slot?.content !== 'file') return 'here';
    return slot.allowed.length === 0 || allows(slot, type) ? 'aside' : wrongType(slot);
  };
  const read = (parts: readonly ReadPart[]): Decoded => {
    const value = Object.create(null) as Record<string, unknown>;
    const violations: BodyViolation[] = [];
    for (const part of parts) {
      const { name } = part.head;
      if (name === undefined) {
        violations.push(bodyViolation('', 'part-name', 'A part has no name.'));
        continue;
      }
      const slot = slots.get(name) ?? { ...unnamed, at: name };
      const item = readPart(slot, part, violations);
      const before = value[name];
      if (slot.isList) value[name] = Array.isArray(item) ? item : [...((before as unknown[] | undefined) ?? []), item];
      else if (before === undefined) value[name] = item;
      else if (slots.has(name)) violations.push(bodyViolation(name, 'repeated', faultWords.repeated));
      else value[name] = [...(Array.isArray(before) ? (before as unknown[]) : [before]), item];
    }
    return violations.length > 0 ? { violations } : { value };
  };
  return { read, placeOf };
}

const unnamed: Slot = { at: '', isList: false, content: 'any', types: new Set(), allowed: [], headers: [] };

/** Compiles what becomes of the part at a position (`prefixEncoding`, `itemEncoding`). */
export function compilePartsByPosition(
  media: Media,
  document: JsonObject,
): (part: ReadPart, position: number) => Decoded {
  const whole = follow(document, media.schema ?? true);
  const prefix = isObject(whole) && Array.isArray(whole['prefixItems']) ? (whole['prefixItems'] as Schema[]) : [];
  const rest = media.itemSchema ?? (isObject(whole) ? (whole['items'] as Schema | undefined) : undefined) ?? true;
  const slot = (position: number): Slot =>
    slotOf(String(position), prefix[position] ?? rest, {
      encoding: media.prefixEncoding?.[position] ?? media.itemEncoding,
      document,
    });
  const firstCount = Math.max(prefix.length, media.prefixEncoding?.length ?? 0);
  const first = Array.from({ length: firstCount }, (_, position) => slot(position));
  const other = slot(firstCount);
  return (part, position) => {
    const violations: BodyViolation[] = [];
    const value = readPart({ ...(first[position] ?? other), at: String(position) }, part, violations);
    return violations.length > 0 ? { violations } : { value };
  };
}

function slotOf(at: string, schema: Schema, by: { encoding: JsonValue | undefined; document: JsonObject }): Slot {
  const { document } = by;
  const encoding = isObject(by.encoding) ? by.encoding : {};
  const outer = shapeOf(schema, document);
  const isList = outer.kind === 'array';
  const inner = isList ? (declaredMembers(schema, document).items ?? true) : schema;
  const allowed = allowedBy(encoding);
  return {
    at,
    isList,
    content: contentOf(inner, allowed[0], document),
    types: isList ? outer.types : outer.kind === 'object' ? new Set() : outer.types,
    allowed,
    headers: headersOf(encoding, document),
  };
}

/** True for a part, or an item of one that is a list, that is read as a file. */
export function isFile(schema: Schema, by: { encoding: JsonValue | undefined; document: JsonObject }): boolean {
  const [type] = allowedBy(isObject(by.encoding) ? by.encoding : {});
  return contentOf(schema, type, by.document) === 'file';
}

function allowedBy(encoding: JsonObject): string[] {
  return textOf(encoding['contentType'])
    .split(',')
    .map((type) => type.trim())
    .filter((type) => type !== '');
}

function contentOf(schema: Schema, type: string | undefined, document: JsonObject): Slot['content'] {
  if (type !== undefined) return isJson(type) ? 'json' : type.startsWith('text/') ? 'text' : 'file';
  if (isBinary(schema, document)) return 'file';
  const { kind, types } = shapeOf(schema, document);
  if (kind !== 'scalar') return 'json';
  return types.size === 0 ? 'any' : 'text';
}

/** Content-Type is said by `contentType` alone. */
function headersOf(encoding: JsonObject, document: JsonObject): Header[] {
  return Object.entries(isObject(encoding['headers']) ? encoding['headers'] : {}).flatMap(([name, written]) => {
    const header = follow(document, written);
    if (!isObject(header) || name.toLowerCase() === 'content-type') return [];
    const schema = (header['schema'] ?? true) as Schema;
    const param = { name, style: 'simple', explode: header['explode'] === true, schema };
    return [
      {
        styled: { param, shape: shapeOf(schema, document), document },
        required: header['required'] === true,
        validator: compileSchema(schema, { document }),
      },
    ];
  });
}

function readPart(slot: Slot, part: ReadPart, violations: BodyViolation[]): unknown {
  const refuse = (rule: string, message: string): undefined => {
    violations.push(bodyViolation(slot.at, rule, message));
    return undefined;
  };
  const { head, bytes, fault } = part;
  if (fault) return refuse(fault.rule, fault.message);
  // A text without a word about its type is text (RFC 7578, 4.4).
  const type = head.type || (slot.content === 'text' || slot.content === 'any' ? 'text/plain' : '');
  if (head.type !== '' && slot.allowed.length > 0 && !allows(slot, type)) {
    const { rule, message } = wrongType(slot);
    return refuse(rule, message);
  }
  for (const header of slot.headers) judgeHeader(header, head, refuse);
  const content = slot.content === 'any' ? anyContent(head, type) : slot.content;
  if (part.file) return part.file;
  if (content === 'file')
    return { ...(head.fileName === undefined ? {} : { fileName: head.fileName }), type: head.type, bytes };
  if (content === 'json' || (isJson(head.type) && !slot.types.has('string'))) {
    const parsed = parseJson(bytes);
    return 'value' in parsed ? parsed.value : refuse(parsed.rule, `Is not JSON as it is accepted: ${parsed.reason}`);
  }
  const text = decodeUtf8(bytes);
  if (text === undefined) return refuse('malformed', 'Is not UTF-8.');
  // As in a query: no store takes it as text.
  return text.includes('\u0000') ? refuse('malformed', 'Holds the character U+0000.') : typed(text, slot.types);
}

function allows({ allowed }: Slot, type: string): boolean {
  return allowed.some((each) => covers(each, type));
}

function wrongType({ allowed }: Slot): PartFault {
  return { rule: 'media-type', message: `Must be of type ${allowed.join(' or ')}.` };
}

function anyContent(head: PartHead, type: string): Slot['content'] {
  if (isJson(type)) return 'json';
  return head.fileName === undefined && type.startsWith('text/') ? 'text' : 'file';
}

function judgeHeader(
  { styled, required, validator }: Header,
  head: PartHead,
  refuse: (rule: string, message: string) => undefined,
): void {
  const { name } = styled.param;
  const text = head.headers[name.toLowerCase()];
  if (text === undefined) {
    if (required) refuse('required', `Its header ${name} is required.`);
    return;
  }
  const value = fromText(styled, text, (rule) => refuse(rule, faultWords[rule]));
  for (const { rule, message } of validator.explain(value, 5)) refuse(rule, `Its header ${name}: ${message}`);
}

/** Parts of an object: the other way of `compileNamedParts`. An empty list leaves no trace. */
export function partsByName(value: Readonly<Record<string, unknown>>, media: Media, document: JsonObject): Part[] {
  const { properties } = declaredMembers(media.schema ?? true, document);
  return Object.entries(value).flatMap(([name, property]) => {
    if (property === undefined) return [];
    const slot = slotOf(name, properties.get(name) ?? true, { encoding: media.encoding[name], document });
    const items = slot.isList && Array.isArray(property) ? (property as unknown[]) : [property];
    return items.map((item) => ({ name, ...partOf(item, slot, name) }));
  });
}

/** Parts of a list: the other way of `compilePartsByPosition`. */
export function partsByPosition(items: readonly unknown[], media: Media): Part[] {
  return items.map((item, position) => {
    const encoding = media.prefixEncoding?.[position] ?? media.itemEncoding;
    return partOf(item, slotOf(String(position), true, { encoding, document: {} }), undefined);
  });
}

function partOf(value: unknown, slot: Slot, name: string | undefined): Part {
  const [declared] = slot.allowed;
  // A range names no type that could be sent.
  const type = declared?.includes('*') ? undefined : declared;
  if (isBodyFile(value)) {
    const fileName = value.fileName ?? name;
    const own = value.type || type;
    return { bytes: value.bytes, ...(fileName === undefined ? {} : { fileName }), ...(own ? { type: own } : {}) };
  }
  if (slot.content === 'file' || value instanceof Uint8Array) return filePart(value, slot, { name, type });
  const bytes = new TextEncoder().encode(partText(value, slot));
  const isJsonPart = slot.content === 'json' || (typeof value === 'object' && value !== null);
  const own = type ?? (isJsonPart ? 'application/json' : undefined);
  return { bytes, ...(own === undefined ? {} : { type: own }) };
}

/** Bytes as they are; what is no bytes is a file that holds its text. */
function filePart(value: unknown, slot: Slot, by: { name: string | undefined; type: string | undefined }): Part {
  const { bytes, type } =
    value instanceof Uint8Array ? { bytes: value, type: by.type } : fileOfText(partText(value, slot), slot.allowed);
  return {
    bytes,
    ...(by.name === undefined ? {} : { fileName: by.name }),
    type: type ?? 'application/octet-stream',
  };
}

function partText(value: unknown, { content }: Slot): string {
  return content === 'json' || (typeof value === 'object' && value !== null) ? JSON.stringify(value) : String(value);
}
