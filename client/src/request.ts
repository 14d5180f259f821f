// Input by name → address, header fields and body, as the operation's descriptor says.

import type { OperationDescriptor, ParamDescriptor } from './descriptor.ts';
import { formText, isJson, isRecord, listed, members, percent, plain, segment } from './encode.ts';

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
    const value = input[param.name];
    if (param.in === 'path') {
      if (!isPresent(value) || value === '') throw new TypeError(`${operation.id} needs ${param.name}.`);
      path = path.replaceAll(`{${param.name}}`, () => segment(param, value));
    } else if (value !== undefined) {
      if (param.in === 'query') query.push(...members(param, value));
      else if (param.in === 'querystring') query.push(wholeQuery(param, value));
      else if (param.in === 'header') headers[param.name.toLowerCase()] = listed(param, value, plain);
      // Cookies belong to the browser: they are never written here.
    }
  }
  const body = operation.hasBody ? writeBody(operation, input['body'], headers) : undefined;
  return { target: query.length > 0 ? `${path}?${query.join('&')}` : path, headers, body };
}

/** JSON, a form, or what already is text or bytes. The browser itself writes the boundary of a multipart form. */
function writeBody(
  { media = 'application/json', form }: OperationDescriptor,
  value: unknown,
  headers: Record<string, string>,
): WireBody | undefined {
  if (value === undefined) return undefined;
  if (media.startsWith('multipart/')) return formOf(value, form);
  headers['content-type'] = media;
  if (isJson(media)) return JSON.stringify(value);
  if (media === 'application/x-www-form-urlencoded') return formText(value as object, form);
  return value as WireBody;
}

/** OpenAPI 3.2: a form as pairs, anything else as one encoded text. */
function wholeQuery(param: ParamDescriptor, value: unknown): string {
  const isForm = param.media?.endsWith('x-www-form-urlencoded') && isRecord(value);
  return isForm ? formText(value, param.form) : percent(value);
}

/** Lists are repeated fields; objects are JSON; files are sent as they are (RFC 7578). */
function formOf(value: unknown, form: OperationDescriptor['form'] = {}): FormData {
  const data = new FormData();
  for (const [name, member] of Object.entries(value as object)) {
    const media = Object.hasOwn(form, name) ? form[name]?.media : undefined;
    for (const part of Array.isArray(member) ? member : [member])
      if (part !== undefined) data.append(name, partOf(part, media));
  }
  return data;
}

/** A field says its type only where the contract asks for one: many servers take what has a type for a file. */
function partOf(part: unknown, media: string | undefined): string | Blob {
  if (part instanceof Blob) return part;
  const text = isJson(media) ? JSON.stringify(part) : plain(part);
  return media === undefined ? text : new Blob([text], { type: media });
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
