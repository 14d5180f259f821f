// What HTTP's parser lets pass and a front proxy may read in another way is refused here; what the parser itself refuses
// gets a problem document instead of a bare status line.

import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Answer } from '@plinth/runtime/pipeline';

/** Header fields of one request. */
export const mostHeaders = 100;

/** Why a request is not taken on; `code` of the catalogue. */
export interface BadHead {
  code: 'malformed-request' | 'headers-too-large';
  reason: string;
}

/** HTTP/1.0 or 1.1, exactly one Host, no transfer coding but `chunked`, an origin-form target, at most 100 fields. */
export function badHeadOf(request: IncomingMessage): BadHead | undefined {
  const { rawHeaders, url = '', httpVersionMajor: major, httpVersionMinor: minor } = request;
  if (major !== 1 || minor > 1) return malformed('the version is neither 1.0 nor 1.1');
  if (rawHeaders.length > mostHeaders * 2) return { code: 'headers-too-large', reason: '' };
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts !== 1) return malformed(hosts === 0 ? 'there is no Host' : 'there is more than one Host');
  const coding = request.headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    return malformed('the transfer coding is not chunked');
  if (!url.startsWith('/')) return malformed('the target does not begin with a slash');
  return undefined;
}

function malformed(reason: string): BadHead {
  return { code: 'malformed-request', reason };
}

export interface HeadsOptions {
  /** A problem as it would be answered. */
  problem: (code: string, values: Record<string, unknown>) => Answer;
  refuse: (request: IncomingMessage, response: ServerResponse, bad: BadHead) => void;
}

/** Answers what never becomes a request: the parser's errors, expectations, tunnels. */
export function answerUnreadable(server: Server, { problem, refuse }: HeadsOptions): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // An answer that is on its way would be torn in two by another one.
    if (socket.writable && error.code !== 'ECONNRESET' && !hasBegunAnswer(socket)) {
      const [code, reason] = faultOf(error.code);
      socket.write(rawAnswer(problem(code, { reason })));
    }
    socket.destroySoon();
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    refuse(request, response, malformed('nothing but 100-continue can be expected'));
  });
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    socket.end(rawAnswer(problem('method-not-allowed', { method: 'CONNECT' })));
  });
}

function hasBegunAnswer(socket: Socket): boolean {
  const { _httpMessage: current } = socket as Socket & { _httpMessage?: ServerResponse | null };
  return current?.headersSent === true;
}

function faultOf(code: string | undefined): [code: string, reason: string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return ['headers-too-large', ''];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return ['malformed-request', 'chunk extensions are too long'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['request-too-slow', ''];
    default:
      return ['malformed-request', 'it is not HTTP/1.1'];
  }
}

function rawAnswer({ status, type, body }: Answer): string {
  const text = typeof body === 'string' ? body : '';
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${text}`;
}
