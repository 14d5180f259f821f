// What never becomes a request, and what of a request no two readers may understand in two ways.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerUnreadable, badHeadOf, mostHeaders } from './heads.ts';

const type = 'application/problem+json';
let server: Server;

beforeAll(async () => {
  // The answer of the first target begins and never ends.
  server = createServer((request, response) => {
    if (request.url === '/endless') response.write('begun');
    else response.end('ok');
  });
  answerUnreadable(server, {
    problem: (code, { reason, method }) =>
      ({ status: 400, type, body: `{"ä":"${code} ${String(reason ?? method)}"}` }) as never,
    refuse: (_request, response, { code, reason }) => void response.writeHead(400, { reason }).end(code),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** What is said to that until the connection ends; `more` is sent when something was said. */
async function told(text: string, more = ''): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let said = '';
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
  socket.on('error', () => undefined);
  socket.once('data', () => more !== '' && socket.write(more));
  socket.write(text);
  await once(socket, 'close');
  return said;
}

const bodyOf = (answer: string): string => answer.split('\r\n\r\n')[1] ?? '';

describe('what is no request', () => {
  it('is answered with a problem, whole and kept by nobody, and the connection ends', async () => {
    const body = '{"ä":"malformed-request it is not HTTP/1.1"}';
    expect(await told('rubbish\r\n\r\n')).toBe(
      [
        'HTTP/1.1 400 Bad Request',
        `Content-Type: ${type}`,
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Cache-Control: no-store',
        'X-Content-Type-Options: nosniff',
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    );
  });

  it('does not tear an answer that is on its way', async () => {
    const said = await told('GET /endless HTTP/1.1\r\nHost: a\r\n\r\n', 'rubbish\r\n\r\n');
    expect(said.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(said).not.toContain('malformed-request');
  });

  it.each([
    ['HPE_HEADER_OVERFLOW', 'headers-too-large '],
    ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'malformed-request chunk extensions are too long'],
    ['ERR_HTTP_REQUEST_TIMEOUT', 'request-too-slow '],
    ['HPE_INVALID_METHOD', 'malformed-request it is not HTTP/1.1'],
    // Nobody is there to hear.
    ['ECONNRESET', undefined],
  ])('and ends with %s is told %j', (code, said) => {
    let [text, isEnded] = ['', false];
    const write = (answer: string): void => void (text += answer);
    const socket = { writable: true, write, destroySoon: () => (isEnded = true) };
    server.emit('clientError', Object.assign(new Error('bad'), { code }), socket);
    expect([bodyOf(text), isEnded]).toEqual([said === undefined ? '' : `{"ä":"${said}"}`, true]);
  });

  it('opens no tunnel', async () => {
    expect(bodyOf(await told('CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n'))).toBe('{"ä":"method-not-allowed CONNECT"}');
  });

  it('expects nothing but to go on', async () => {
    const said = await told('GET / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\nConnection: close\r\n\r\n');
    expect(said).toMatch(/^HTTP\/1\.1 400 /);
    expect(said).toContain('malformed-request');
  });
});

/** A head as the parser gives it. */
function head(more: Partial<IncomingMessage> & { coding?: string } = {}): IncomingMessage {
  const { coding, ...rest } = more;
  const usual = { rawHeaders: ['hOST', 'a'], url: '/', httpVersionMajor: 1, httpVersionMinor: 1 };
  const headers = coding === undefined ? {} : { 'transfer-encoding': coding };
  return { ...usual, headers, ...rest } as unknown as IncomingMessage;
}
const fields = (count: number): string[] => [
  'Host',
  'a',
  ...Array.from({ length: count - 1 }, () => ['X', 'y']).flat(),
];

describe('a head', () => {
  it.each([
    ['of our time', head()],
    ['of HTTP/1.0', head({ httpVersionMinor: 0 })],
    ['with a coding in capitals', head({ coding: 'Chunked' })],
    ['as long as it may be', head({ rawHeaders: fields(mostHeaders) })],
  ])('%s is taken', (_, request) => {
    expect(badHeadOf(request)).toBeUndefined();
  });

  it.each([
    ['of HTTP/2', head({ httpVersionMajor: 2, httpVersionMinor: 0 }), 'the version is neither 1.0 nor 1.1'],
    ['of HTTP/1.2', head({ httpVersionMinor: 2 }), 'the version is neither 1.0 nor 1.1'],
    ['without Host', head({ rawHeaders: ['Hosts', 'a'] }), 'there is no Host'],
    ['with two', head({ rawHeaders: ['Host', 'a', 'HOST', 'a'] }), 'there is more than one Host'],
    ['with another coding', head({ coding: 'gzip, chunked' }), 'the transfer coding is not chunked'],
    ['to a proxy', head({ url: 'http://a/livez' }), 'the target does not begin with a slash'],
    ['to the server as such', head({ url: '*' }), 'the target does not begin with a slash'],
  ])('%s is not', (_, request, reason) => {
    expect(badHeadOf(request)).toEqual({ code: 'malformed-request', reason });
  });

  it('with one field too many is too large', () => {
    expect(badHeadOf(head({ rawHeaders: fields(mostHeaders + 1) }))?.code).toBe('headers-too-large');
  });
});
