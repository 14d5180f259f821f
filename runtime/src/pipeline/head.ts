// The head of an answer as text. Most of it is known when a contract is installed, so it is joined and checked there;
// `ServerResponse.writeHead` would take it apart and check it for every answer, which costs as much as all stages before
// dispatch (decision 0020).

/* oxlint-disable no-underscore-dangle -- the names are Node's */

import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import { later } from '../kernel/index.ts';

const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
const value = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether this can stand in a head (RFC 9110 5.5). */
export function isField(name: string, text: string): boolean {
  return token.test(name) && value.test(text);
}

/** Field lines of alternating names and values. Throws TypeError for what is no field. */
export function fieldLines(list: readonly string[]): string {
  let lines = '';
  for (let index = 0; index + 1 < list.length; index += 2) {
    const name = list[index] as string;
    const text = list[index + 1] as string;
    if (!isField(name, text)) throw new TypeError(`header ${JSON.stringify(name)} is not sendable`);
    lines += `${name}: ${text}\r\n`;
  }
  return lines;
}

/** What `ServerResponse` keeps of a head: not in its documentation, but read by every logger and tracer for Node. */
interface Open {
  _header: string | null;
  /** The connection ends with this answer. */
  _last: boolean;
  _hasBody: boolean;
  maxRequestsOnConnectionReached?: boolean;
}

/**
 * Gives a response its head: status, `fields`, Date, and what the connection needs. A connection of HTTP/1.1 stays open
 * unless it is said otherwise (RFC 9112 9.3), so that is not said. A response with `sendDate` off has its date in `fields`.
 */
export function writeHead(response: ServerResponse, status: number, fields: string): void {
  if (!takesText(response)) return void response.writeHead(status, pairsOf(fields));
  const open = response as unknown as Open;
  let head = (response.sendDate ? startOf(status) : lineOf(status)) + fields;
  if (!response.shouldKeepAlive || open.maxRequestsOnConnectionReached === true) {
    open._last = true;
    head += 'Connection: close\r\n';
  } else if (response.req.httpVersionMinor === 0) head += 'Connection: keep-alive\r\n';
  if (status === 204 || status === 304) open._hasBody = false;
  response.statusCode = status;
  open._header = `${head}\r\n`;
}

/** Sends head and body at once. `body` is ASCII, and `fields` have its length. False when it must go the usual way. */
export function writeWhole(response: ServerResponse, status: number, fields: string, body: string): boolean {
  if (!takesText(response)) return false;
  writeHead(response, status, fields);
  const open = response as unknown as Open;
  if (open._hasBody) open._header += body;
  response.end();
  return true;
}

/** The head of an answer whose length nobody knows yet. */
export function writeOpenHead(response: ServerResponse, status: number, fields: string): void {
  response.writeHead(status, pairsOf(fields));
}

/** Not on a Node that keeps its heads another way, nor for a class of its own, which may want to see them: these get the documented call. */
function takesText(response: ServerResponse): boolean {
  return keepsText && response.constructor === ServerResponse;
}

const keepsText = ((): boolean => {
  const response = new ServerResponse({ method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage);
  const open = response as unknown as Partial<Open>;
  if (open._header !== null || typeof open._last !== 'boolean' || typeof open._hasBody !== 'boolean') return false;
  response.writeHead(200, ['a', 'b']);
  return String(open._header).startsWith('HTTP/1.1 200 OK\r\na: b\r\n');
})();

function pairsOf(fields: string): string[] {
  const pairs: string[] = [];
  for (let start = 0; start < fields.length;) {
    const colon = fields.indexOf(':', start);
    const end = fields.indexOf('\r\n', colon);
    pairs.push(fields.slice(start, colon), fields.slice(colon + 2, end));
    start = end + 2;
  }
  return pairs;
}

/** Start line and Date by status; made once a second. The clock is not read for it, which would be for every answer. */
const starts = new Map<number, string>();
let date = '';

export function startOf(status: number): string {
  let start = date === '' ? undefined : starts.get(status);
  if (start === undefined) starts.set(status, (start = newStart(status)));
  return start;
}

/** RFC 9112 4, RFC 9110 6.6.1. */
function newStart(status: number): string {
  if (date === '') {
    const nowMs = Date.now();
    date = `Date: ${new Date(nowMs).toUTCString()}\r\n`;
    starts.clear();
    later(1_000 - (nowMs % 1_000), () => (date = ''));
  }
  return flat(lineOf(status) + date);
}

export function lineOf(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
}

/** The same text in one piece: each piece of a head is copied on its own, with every answer. */
export function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** A year. Other hosts of the same domain are not ours to promise for. */
const strictTransport = 'max-age=31536000';

/**
 * Fields of every answer, alternating names and values: types are not guessed (Fetch standard, "nosniff"), addresses are not
 * told to other sites, and where `baseUrl` is https no browser asks without TLS again (RFC 6797).
 */
export function safetyHeaders(baseUrl: string): readonly string[] {
  const always = ['X-Content-Type-Options', 'nosniff', 'Referrer-Policy', 'no-referrer'];
  return baseUrl.startsWith('https:') ? [...always, 'Strict-Transport-Security', strictTransport] : always;
}
