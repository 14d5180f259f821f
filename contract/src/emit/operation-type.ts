// Input and answers of one operation as type text: parameters by name and the body as `body`.

import { isFile } from '../codec/form-data.ts';
import { follow, isObject } from '../load/pointer.ts';
import type { JsonValue, Media, Operation, Response, Schema } from '../model/contract.ts';
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
  const structured =
    type.endsWith('json') || type.startsWith('multipart/') || type === 'application/x-www-form-urlencoded';
  if (structured || type === '*/*') return typeOf(media.schema, scope, { side, indent });
  return type.startsWith('text/') || type.endsWith('xml') ? 'string' : 'Uint8Array';
}
