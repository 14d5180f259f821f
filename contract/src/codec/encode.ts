// Typed values by name → path, query and headers; the other way of params.ts.

import { isObject, textOf } from '../load/pointer.ts';
import type { JsonObject, Media, Operation, Param } from '../model/contract.ts';
import { isForm, isJson } from './media.ts';

export interface EncodedParams {
  /** Path with its variables filled in. */
  path: string;
  /** `?a=1` or ''. */
  query: string;
  /** By lower-case name. */
  headers: Record<string, string>;
}

/** How one value is written. */
export type Writing = Pick<Param, 'name' | 'style' | 'explode' | 'allowReserved' | 'media'>;

/** Values that are undefined are left out; an empty exploded list cannot be told from none. */
export function encodeParams(
  operation: Pick<Operation, 'path' | 'params'>,
  input: Readonly<Record<string, unknown>>,
): EncodedParams {
  let { path } = operation;
  const query: string[] = [];
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (const param of operation.params) {
    const value = input[param.name];
    if (value === undefined) continue;
    if (param.in === 'path') path = filled(path, `{${param.name}}`, segment(param, value));
    else if (param.in === 'header') headers[param.name.toLowerCase()] = listed(param, value, String);
    else if (param.in === 'cookie') cookies.push(...encodeCookie(param, value));
    else if (param.in === 'querystring') query.push(wholeQuery(param, value));
    else query.push(...encodeMember(param, value));
  }
  if (cookies.length > 0) headers['cookie'] = cookies.join('; ');
  return { path, query: query.length > 0 ? `?${query.join('&')}` : '', headers };
}

/** Not by `replace`, to which `$` in a value means something. */
function filled(path: string, variable: string, text: string): string {
  const at = path.indexOf(variable);
  return at < 0 ? path : path.slice(0, at) + text + path.slice(at + variable.length);
}

/** OpenAPI 3.2: a form as its members, anything else as one encoded text. */
function wholeQuery({ media = '', encoding = {} }: Param, value: unknown): string {
  return isForm(media) && isRecord(value) ? encodeForm(value, { encoding }) : percent(value);
}

/** Styles simple `a,b`, label `.a.b` and matrix `;name=a;name=b`. */
function segment(param: Writing, value: unknown): string {
  const { style, explode } = param;
  if (style === 'label') return `.${listed(param, value, percent, explode ? '.' : ',')}`;
  if (style !== 'matrix') return listed(param, value, percent);
  const name = percent(param.name);
  if (!explode) return `;${name}=${listed(param, value, percent)}`;
  if (Array.isArray(value)) return value.map((part) => `;${name}=${percent(part)}`).join('');
  return isRecord(value) ? `;${listed(param, value, percent, ';')}` : `;${name}=${percent(value)}`;
}

/** `a,b`, `k,v` or exploded `k=v`. */
function listed(
  { explode, media }: Writing,
  value: unknown,
  write: (part: unknown) => string,
  delimiter = ',',
): string {
  if (media !== undefined && isJson(media)) return write(JSON.stringify(value));
  if (typeof value === 'string') return write(value);
  if (Array.isArray(value)) return value.map((part) => write(scalar(part))).join(delimiter);
  if (!isRecord(value)) return write(scalar(value));
  return entriesOf(value)
    .map(([key, part]) => `${write(key)}${explode ? '=' : ','}${write(scalar(part))}`)
    .join(delimiter);
}

/** Style form keeps a list in one cookie and encodes it; style cookie (OpenAPI 3.2) writes the text as it is. */
function encodeCookie(param: Writing, value: unknown): string[] {
  const { name, style, explode } = param;
  if (style !== 'cookie') return [`${name}=${listed({ ...param, explode: false }, value, percent)}`];
  if (explode && Array.isArray(value)) return value.map((part) => `${name}=${scalar(part)}`);
  if (explode && isRecord(value)) return entriesOf(value).map(([key, part]) => `${key}=${scalar(part)}`);
  return [`${name}=${listed(param, value, scalar)}`];
}

function scalar(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

function percent(value: unknown): string {
  return encodeURIComponent(scalar(value));
}

/** `allowReserved` leaves what may stand in a query and delimits nothing here (RFC 3986, 3.4). */
function reserved(value: unknown): string {
  return percent(value).replaceAll(/%(?:3A|2F|3F|40|24|3B)/g, decodeURIComponent);
}

/** `name=value` members of a query or form. */
export function encodeMember(param: Writing, value: unknown): string[] {
  const name = percent(param.name);
  const write = param.allowReserved ? reserved : percent;
  if (param.media !== undefined && isJson(param.media)) return [`${name}=${write(JSON.stringify(value))}`];
  if (param.style === 'deepObject') return encodeDeep(name, value, write);
  const delimiter = param.style === 'spaceDelimited' ? '%20' : param.style === 'pipeDelimited' ? '%7C' : ',';
  if (Array.isArray(value)) {
    if (param.explode) return value.map((part) => `${name}=${write(part)}`);
    return [`${name}=${value.map(write).join(delimiter)}`];
  }
  if (!isRecord(value)) return [`${name}=${write(value)}`];
  const entries = entriesOf(value).map(([key, part]) => [percent(key), write(part)]);
  return param.explode ? entries.map((entry) => entry.join('=')) : [`${name}=${entries.flat().join(delimiter)}`];
}

function encodeDeep(name: string, value: unknown, write: (part: unknown) => string): string[] {
  if (Array.isArray(value)) {
    // Numbers where an item has members, and for all items then: they keep the order.
    const isFlat = value.every((part) => typeof part !== 'object' || part === null);
    return value.flatMap((part, index) =>
      isFlat ? [`${name}[]=${write(part)}`] : encodeDeep(`${name}[${index}]`, part, write),
    );
  }
  if (!isRecord(value)) return [`${name}=${write(value)}`];
  return entriesOf(value).flatMap(([key, part]) => encodeDeep(`${name}[${percent(key)}]`, part, write));
}

function entriesOf(value: Record<string, unknown>): [name: string, part: unknown][] {
  return Object.entries(value).filter(([, part]) => part !== undefined);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The form of an object: the other way of `compileForm`. Empty lists and maps leave no trace in a form. */
export function encodeForm(value: Readonly<Record<string, unknown>>, media: Pick<Media, 'encoding'>): string {
  return Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .flatMap(([name, part]) => encodeMember(writingOf(name, encodingOf(media, name), isNested(part)), part))
    .join('&');
}

/** What a form says of one of its properties. */
export function encodingOf({ encoding }: Pick<Media, 'encoding'>, name: string): JsonObject {
  const own = Object.hasOwn(encoding, name) ? encoding[name] : undefined;
  return isObject(own) ? own : {};
}

/** How a property of a form is written. Without a word, what nests is `a[b]=1`, as forms everywhere send it. */
export function writingOf(name: string, encoding: JsonObject, isNested: boolean): Writing {
  const style = textOf(encoding['style']) || (isNested ? 'deepObject' : 'form');
  // A style that is written down goes before a content type (OpenAPI 3.2, 4.15.1.1).
  const media = encoding['style'] === undefined ? textOf(encoding['contentType']) : '';
  const explode = typeof encoding['explode'] === 'boolean' ? encoding['explode'] : style === 'form' || isNested;
  return { name, style, explode, allowReserved: encoding['allowReserved'] === true, ...(media ? { media } : {}) };
}

function isNested(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((part) => typeof part === 'object' && part !== null);
  return typeof value === 'object' && value !== null;
}
