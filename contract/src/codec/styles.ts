// One value in one serialization style (OpenAPI 3.2, 4.12.2 “Style Values”): text of a path, header or cookie, or members
// of a query or form → typed value. Delimiters are split on before anything is decoded.

import type { JsonObject, JsonValue, Param } from '../model/contract.ts';
import { readDeepObject } from './deep-object.ts';
import { isJson } from './media.ts';
import { decode, type Members } from './raw-query.ts';
import { type Shape, typed } from './typing.ts';

/** A parameter, or a property of a form, with what its schema expects. */
export interface Styled {
  param: Pick<Param, 'name' | 'style' | 'explode' | 'media' | 'schema'>;
  shape: Shape;
  document: JsonObject;
  /** Names in the query that belong to other parameters: an open object leaves them alone. */
  others?: ReadonlySet<string>;
}

/** Why a text has no value. `name` is the member at fault where that is not the parameter itself. */
export type StyleFault = (rule: keyof typeof faultWords, name?: string) => undefined;

export const faultWords = {
  repeated: 'Stands there more than once.',
  malformed: 'Holds a broken percent-encoding, or a character that cannot be stored.',
  form: 'Must name its members, like `filter[name]=value`.',
  label: 'Must begin with a dot, like `.value`.',
  matrix: 'Must begin with a semicolon and its name, like `;name=value`.',
};

type Read = (text: string) => string;
const asItIs: Read = (text) => text;

/** A path segment or header value: styles simple, label and matrix. `read` decodes a part of it, after it was split. */
export function fromText(styled: Styled, text: string, fault: StyleFault, read: Read = asItIs): unknown {
  const { param, shape } = styled;
  if (param.media !== undefined && isJson(param.media)) return jsonValue(read(text));
  if (param.style === 'label' && !text.startsWith('.')) return fault('label');
  if (param.style === 'matrix') return fromMatrix(styled, text, fault, read);
  const bare = param.style === 'label' ? text.slice(1) : text;
  const delimiter = param.style === 'label' && param.explode ? '.' : ',';
  return shape.kind === 'scalar' ? typed(read(bare), shape.types) : fromParts(bare.split(delimiter), styled, read);
}

/** `;a=1,2`, or exploded `;a=1;a=2`; objects `;a=k,v`, or exploded `;k=v`. */
function fromMatrix(styled: Styled, text: string, fault: StyleFault, read: Read): unknown {
  const { param, shape } = styled;
  if (!text.startsWith(';')) return fault('matrix');
  const parts = text.slice(1).split(';');
  if (shape.kind === 'object' && param.explode) return fromParts(parts, styled, read);
  const values: string[] = [];
  for (const part of parts) {
    const [name, value] = cut(part);
    if (read(name) !== param.name) return fault('matrix');
    values.push(value);
  }
  if (values.length > 1 && !(shape.kind === 'array' && param.explode)) return fault('repeated');
  const [first = ''] = values;
  if (shape.kind === 'scalar') return typed(read(first), shape.types);
  return fromParts(param.explode ? values : first.split(','), styled, read);
}

/** Items of a list, or members of an object: `a=1,b=2` exploded, `a,1,b,2` not. */
function fromParts(parts: readonly string[], { param, shape }: Styled, read = asItIs): JsonValue {
  if (shape.kind === 'array') return parts.map((part) => typed(read(part.trim()), shape.types));
  const entries = param.explode
    ? parts.map(cut)
    : parts.flatMap((part, index) => (index % 2 === 0 ? [[part, parts[index + 1] ?? ''] as const] : []));
  const result = Object.create(null) as JsonObject;
  for (const [written, value] of entries) {
    const name = read(written);
    result[name] = typed(read(value), shape.properties.get(name) ?? shape.rest);
  }
  return result;
}

function cut(text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/**
 * A value of the Cookie header (RFC 6265, 5.4): style form percent-decodes and keeps lists in one cookie; style cookie
 * (OpenAPI 3.2) takes the text as it is, quotes included, and spreads what is exploded over several cookies.
 */
export function fromCookies(styled: Styled, header: string | undefined, fault: StyleFault): unknown {
  const { param, shape } = styled;
  const isRaw = param.style === 'cookie';
  const pairs = header?.split(';').map((part) => cut(part.trim())) ?? [];
  if (isRaw && param.explode && shape.kind === 'object') {
    const own = pairs.filter(([name]) => shape.properties.has(name));
    return own.length === 0
      ? undefined
      : fromParts(
          own.map((pair) => pair.join('=')),
          styled,
        );
  }
  const texts = pairs.filter(([name]) => name === param.name).map(([, value]) => value.trim());
  const [first] = texts;
  if (first === undefined) return undefined;
  if (isRaw && param.explode && shape.kind === 'array') return fromParts(texts, styled);
  const read = isRaw ? (text: string) => text : decodeCookie;
  if (shape.kind === 'scalar' || param.media !== undefined) {
    const text = read(first);
    return text === undefined ? fault('malformed') : fromText(styled, text, fault);
  }
  const parts = first.split(',').map(read);
  if (parts.includes(undefined)) return fault('malformed');
  return fromParts(parts as string[], { ...styled, param: { ...param, explode: false } });
}

/** A plus in a cookie is a plus. */
function decodeCookie(text: string): string | undefined {
  return decode(text.replaceAll('+', '%2B'));
}

const delimiters: Partial<Record<string, RegExp>> = { spaceDelimited: /%20|\+/, pipeDelimited: /%7C|\|/i };

/** The value of one parameter among the members of a query or form; undefined when it is not there, or after a fault. */
export function fromMembers(styled: Styled, members: Members, fault: StyleFault): unknown {
  const { param, shape } = styled;
  const json = param.media !== undefined && isJson(param.media);
  if (shape.kind === 'object' && !json) return objectFrom(styled, members, fault);
  const raw = members.get(param.name) ?? (shape.kind === 'array' ? members.get(`${param.name}[]`) : undefined);
  if (raw === undefined) return param.style === 'deepObject' ? deepFrom(styled, members, fault) : undefined;
  if (shape.kind === 'scalar' || json) {
    if (raw.length > 1) return fault('repeated');
    const text = decode(raw[0] ?? '');
    if (text === undefined) return fault('malformed');
    return json ? jsonValue(text) : typed(text, shape.types);
  }
  const delimiter = delimiters[param.style] ?? /,/;
  const parts = param.explode ? raw : raw.flatMap((value) => (value === '' ? [] : value.split(delimiter)));
  const texts = parts.map(decode);
  if (texts.includes(undefined)) return fault('malformed');
  return texts.map((text) => typed(text ?? '', shape.types));
}

function deepFrom({ param, document }: Styled, members: Members, fault: StyleFault): JsonValue | undefined {
  const deep = readDeepObject(param.name, members, param.schema, document);
  return 'fault' in deep ? fault(deep.fault, deep.name) : deep.value;
}

function objectFrom(styled: Styled, members: Members, fault: StyleFault): JsonValue | undefined {
  const { param, shape } = styled;
  if (param.style === 'deepObject') return members.has(param.name) ? fault('form') : deepFrom(styled, members, fault);
  if (!param.explode) {
    const raw = members.get(param.name);
    if (raw === undefined) return undefined;
    if (raw.length > 1) return fault('repeated');
    const texts = (raw[0] ?? '').split(delimiters[param.style] ?? /,/).map(decode);
    return texts.includes(undefined) ? fault('malformed') : fromParts(texts as string[], styled);
  }
  const result = Object.create(null) as JsonObject;
  let found = false;
  const extra = shape.open
    ? [...members.keys()].filter((name) => !shape.properties.has(name) && !styled.others?.has(name))
    : [];
  for (const [name, types] of [...shape.properties, ...extra.map((name) => [name, shape.rest] as const)]) {
    const values = members.get(name);
    if (values === undefined) continue;
    if (values.length > 1) return fault('repeated', name);
    const text = decode(values[0] ?? '');
    if (text === undefined) return fault('malformed', name);
    result[name] = typed(text, types);
    found = true;
  }
  return found ? result : undefined;
}

/** A text that is no JSON stays text, for the validator to judge. */
export function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
