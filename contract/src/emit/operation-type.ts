// Input and answers of one operation as type text: parameters by name and the body as `body`.

import { eventDataOf } from '../codec/event-data.ts';
import { isFile } from '../codec/form-data.ts';
import { isJson } from '../codec/media.ts';
import { type SequenceKind, sequenceKind } from '../codec/sequence.ts';
import { typesOf } from '../codec/typing.ts';
import { follow, isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Media, Operation, Response, Schema } from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';
import { comment, keyText } from './names.ts';
import { orUndefined, type Side, typeOf, type TypeScope, union } from './schema-type.ts';

/** The one input shape: `{ orderId: string; limit?: number | undefined; body: NewOrder }`. */
export function inputType(operation: Operation, scope: TypeScope, indent: string): string {
  const inner = `${indent}  `;
  const lines: string[] = [];
  const seen = new Set(['body']);
  for (const param of operation.params) {
    if (seen.has(param.name)) continue;
    seen.add(param.name);
    const type = typeOf(param.schema, scope, { side: 'request', indent: inner });
    const end = param.required ? `: ${type};` : `?: ${orUndefined(type)};`;
    lines.push(`${comment(param.description, inner)}${inner}${keyText(param.name)}${end}`);
  }
  if (operation.body) {
    const type = mediaType(operation.body.media, scope, 'request', inner);
    lines.push(`${inner}body${operation.body.required ? `: ${type};` : `?: ${orUndefined(type)};`}`);
  }
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`;
}

/** Answers that are no problems: every declared 2xx and 3xx. */
export function successes(operation: Operation): { status: number; response: Response }[] {
  return operation.responses.flatMap((response) => {
    const status = typeof response.status === 'number' ? response.status : response.status === '2XX' ? 200 : 0;
    return status >= 200 && status < 400 ? [{ status, response }] : [];
  });
}

/** Body of one answer; `undefined` when it has none. */
export function answerType(response: Response, scope: TypeScope, indent: string): string {
  return response.media.length === 0 ? 'undefined' : mediaType(response.media, scope, 'response', indent);
}

/** Body the typed client returns: any of the 2xx bodies. */
export function outputType(operation: Operation, scope: TypeScope, indent: string): string {
  const bodies = successes(operation)
    .filter(({ status }) => status < 300)
    .map(({ response }) => answerType(response, scope, indent));
  return bodies.length === 0 ? 'unknown' : union(bodies);
}

function mediaType(media: readonly Media[], scope: TypeScope, side: Side, indent: string): string {
  return union(media.map((entry) => oneMediaType(entry, scope, side, indent)));
}

/** The schema of a multipart body with bytes wherever a part is read as a file; inline, since a component says text there. */
function withFiles({ schema, encoding }: Media, { contract: { document } }: TypeScope): Schema | undefined {
  const node = follow(document, schema);
  if (!isObject(node) || !isObject(node['properties'])) return schema;
  const properties = Object.entries(node['properties']).map(([name, property]): [string, JsonValue] => {
    const part = follow(document, property);
    const isList = isObject(part) && part['type'] === 'array';
    const item = (isList ? part['items'] : property) as Schema;
    if (!isFile(item, { encoding: encoding[name], document })) return [name, property];
    const beside = isObject(part) ? part : {};
    return [name, isList ? { ...beside, items: bytes } : { ...beside, ...bytes }];
  });
  return { ...node, properties: Object.fromEntries(properties) };
}

const bytes = { type: 'string', format: 'binary' };

function oneMediaType(media: Media, scope: TypeScope, side: Side, indent: string): string {
  const type = (media.type.split(';')[0] ?? '').trim().toLowerCase();
  if (type.startsWith('multipart/') && scope.file !== undefined && side === 'request')
    return typeOf(withFiles(media, scope), { ...scope, binary: scope.file }, { side, indent });
  const kind = sequenceKind(type);
  if (kind !== undefined && scope.items === true) return sequenceType(media, kind, { scope, side, indent });
  const structured = isJson(type) || type.startsWith('multipart/') || type === 'application/x-www-form-urlencoded';
  if (structured || type === '*/*') return typeOf(media.schema, scope, { side, indent });
  if (type.startsWith('text/') || type.endsWith('xml')) return 'string';
  return side === 'response' && scope.items === true ? 'Uint8Array | AsyncIterable<Uint8Array>' : 'Uint8Array';
}

/** Items of a sequence; where only the whole is described, an answer may also be that. */
function sequenceType(
  { schema, itemSchema }: Media,
  kind: SequenceKind,
  { scope, side, indent }: { scope: TypeScope; side: Side; indent: string },
): string {
  const write = (part: Schema | undefined): string => typeOf(part, scope, { side, indent });
  const { document } = scope.contract;
  const isList = isObject(schema) && typesOf(schema, document).has('array');
  const lines = kind === 'lines' && !isList ? schema : undefined;
  const said = itemSchema ?? lines ?? declaredMembers(schema ?? true, document).items;
  const item = kind === 'events' ? eventType(itemSchema, write, document) : write(said);
  const list = /[|&]/.test(item) ? `(${item})[]` : `${item}[]`;
  if (side === 'request') return list;
  const whole = itemSchema === undefined && lines === undefined && schema !== undefined ? [write(schema)] : [];
  return union([`AsyncIterable<${item}>`, ...whole]);
}

/** An event as it is declared; data that is declared as JSON may be given as the value. */
function eventType(schema: Schema | undefined, write: (part: Schema) => string, document: JsonObject): string {
  if (schema === undefined)
    return '{ data: string; event?: string | undefined; id?: string | undefined; retry?: number | undefined }';
  return write(withData(schema, document, 0));
}

/** The schema of an event in which JSON data is its value or its text. */
function withData(schema: Schema, document: JsonObject, depth: number): Schema {
  const node = follow(document, schema);
  if (!isObject(node) || depth > 8) return schema;
  const data = eventDataOf(node);
  const branches = (['allOf', 'oneOf', 'anyOf'] as const).flatMap((key) => {
    const list = node[key];
    return Array.isArray(list)
      ? [[key, list.map((part) => withData(part as Schema, document, depth + 1))] as const]
      : [];
  });
  if (data === undefined && branches.length === 0) return schema;
  const properties = isObject(node['properties']) ? node['properties'] : {};
  return {
    ...node,
    ...(data === undefined ? {} : { properties: { ...properties, data: { anyOf: [{ type: 'string' }, data] } } }),
    ...Object.fromEntries(branches),
  };
}
