// Input by name → address, header fields and body, as the operation's descriptor says.

import type { OperationDescriptor, ParamDescriptor } from './descriptor.ts';

export interface WireRequest {
  /** Path and query. */
  target: string;
  headers: Record<string, string>;
  body: WireBody | undefined;
}

/** What `fetch` takes as a body. */
export type WireBody = NonNullable<RequestInit['body']>;

/** Parameters by name, and the request body as `body`. */
export type CallInput = Readonly<Record<string, unknown>>;

/** Throws TypeError when a part of the path is missing: that is a mistake of the caller, not of the server. */
export function writeRequest(operation: OperationDescriptor, input: CallInput): WireRequest {
  const headers: Record<string, string> = { accept: 'application/json, application/problem+json, */*;q=0.1' };
  const query: string[] = [];
  let path = operation.path;
  for (const param of operation.params) {
    const value = valueOf(param, input[param.name]);
    if (param.in === 'path') {
      if (!isPresent(value) || value === '') throw new TypeError(`${operation.id} needs ${param.name}.`);
      path = path.replaceAll(`{${param.name}}`, () => simple(value, param.explode, encodeURIComponent));
    } else if (isPresent(value)) {
      if (param.in === 'query') query.push(...queryPairs(param, value));
      else if (param.in === 'querystring') query.push(wholeQuery(param, value));
      else if (param.in === 'header') headers[param.name.toLowerCase()] = simple(value, param.explode, String);
      // Cookies belong to the browser: they are never written here.
    }
  }
  const body = operation.hasBody ? writeBody(operation.media ?? 'application/json', input['body'], headers) : undefined;
  return { target: query.length > 0 ? `${path}?${query.join('&')}` : path, headers, body };
}

/** JSON, a form, or what already is text or bytes. The browser itself writes the boundary of a multipart form. */
function writeBody(media: string, value: unknown, headers: Record<string, string>): WireBody | undefined {
  if (value === undefined) return undefined;
  if (media.startsWith('multipart/')) return formOf(value);
  headers['content-type'] = media;
  if (media.endsWith('json')) return JSON.stringify(value);
  if (media === 'application/x-www-form-urlencoded') {
    return formText(value as object);
  }
  return value as WireBody;
}

function formText(value: object): string {
  return Object.entries(value)
    .flatMap(([name, member]) => queryPairs({ name, in: 'query', style: 'form', explode: true }, member ?? []))
    .join('&');
}

/** A parameter that is described by a media type travels as its text. */
function valueOf({ media = '' }: ParamDescriptor, value: unknown): unknown {
  return isPresent(value) && media.endsWith('json') ? JSON.stringify(value) : value;
}

/** OpenAPI 3.2: a form as pairs, anything else as one encoded text. */
function wholeQuery({ media = '' }: ParamDescriptor, value: unknown): string {
  const isForm = media.endsWith('x-www-form-urlencoded') && typeof value === 'object' && value !== null;
  return isForm ? formText(value) : encodeURIComponent(scalar(value));
}

/** Lists are repeated fields; objects are JSON; files are sent as they are (RFC 7578). */
function formOf(value: unknown): FormData {
  const form = new FormData();
  for (const [name, member] of Object.entries(value as object)) {
    for (const part of (Array.isArray(member) ? member : [member]).filter(isPresent)) {
      form.append(name, part instanceof Blob ? part : scalar(part));
    }
  }
  return form;
}

function queryPairs(param: ParamDescriptor, value: unknown): string[] {
  const name = encodeURIComponent(param.name);
  if (Array.isArray(value)) {
    const members = value.filter(isPresent).map((member) => encodeURIComponent(scalar(member)));
    if (param.explode) return members.map((member) => `${name}=${member}`);
    const separator = param.style === 'spaceDelimited' ? '%20' : param.style === 'pipeDelimited' ? '%7C' : ',';
    return members.length > 0 ? [`${name}=${members.join(separator)}`] : [];
  }
  if (typeof value !== 'object' || value === null) return [`${name}=${encodeURIComponent(scalar(value))}`];
  const members = Object.entries(value).filter((entry) => isPresent(entry[1]));
  if (param.style === 'deepObject')
    return members.map(([key, member]) => `${name}[${encodeURIComponent(key)}]=${encodeURIComponent(scalar(member))}`);
  if (param.explode)
    return members.map(([key, member]) => `${encodeURIComponent(key)}=${encodeURIComponent(scalar(member))}`);
  return [`${name}=${members.flatMap(([key, member]) => [key, scalar(member)].map(encodeURIComponent)).join(',')}`];
}

/** OpenAPI's `simple` style: `a,b` and `k,v` or `k=v`. */
function simple(value: unknown, explode: boolean, encode: (text: string) => string): string {
  if (Array.isArray(value)) return value.map((member) => encode(scalar(member))).join(',');
  if (typeof value !== 'object' || value === null) return encode(scalar(value));
  const join = explode ? '=' : ',';
  return Object.entries(value)
    .map(([key, member]) => `${encode(key)}${join}${encode(scalar(member))}`)
    .join(',');
}

function scalar(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
